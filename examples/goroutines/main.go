// Ten thousand goroutines, channels, select, sync and context.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	const n = 10000
	var wg sync.WaitGroup
	var total atomic.Int64
	ch := make(chan int)
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ch <- i
		}()
	}
	go func() { wg.Wait(); close(ch) }()
	sum := 0
	for v := range ch {
		sum += v
		total.Add(1)
	}
	fmt.Println("received", total.Load(), "sum", sum)

	var mu sync.Mutex
	counts := map[int]int{}
	for i := range 100 {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			counts[i%7]++
		})
	}
	wg.Wait()
	fmt.Println("counts", counts)

	empty := make(chan string)
	select {
	case s := <-empty:
		fmt.Println("unexpected", s)
	default:
		fmt.Println("default")
	}
	select {
	case s := <-empty:
		fmt.Println("unexpected", s)
	case <-time.After(5 * time.Millisecond):
		fmt.Println("timeout")
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err())

	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	cond := sync.NewCond(&mu)
	ready := false
	go func() { mu.Lock(); ready = true; mu.Unlock(); cond.Broadcast() }()
	mu.Lock()
	for !ready {
		cond.Wait()
	}
	mu.Unlock()
	fmt.Println("ready", ready)
}
