// A loop without calls does not keep others from running: asynchronous preemption.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

var spins int

func main() {
	runtime.GOMAXPROCS(1)
	var stop atomic.Bool
	go func() {
		for {
			spins++
			if spins < 0 {
				return
			}
		}
	}()
	go func() {
		time.Sleep(20 * time.Millisecond)
		stop.Store(true)
	}()
	for !stop.Load() {
		runtime.Gosched()
	}
	runtime.GC()
	fmt.Println("preempted", stop.Load())
}
