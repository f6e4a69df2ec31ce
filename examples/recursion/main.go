// A million frames deep: stacks grow, move and shrink; pointers into them follow.
package main

import (
	"fmt"
	"runtime"
)

type link struct {
	up    *link
	value int
}

func down(n int, up *link) int {
	here := link{up, n}
	if n == 0 {
		sum := 0
		for l := &here; l != nil; l = l.up {
			sum += l.value & 1
		}
		return sum
	}
	return down(n-1, &here) + here.value&1
}

func main() {
	fmt.Println(down(1_000_000, nil))
	runtime.GC()
	runtime.GC()
	done := make(chan int)
	for range 4 {
		go func() { done <- down(50_000, nil) }()
	}
	for range 4 {
		fmt.Println(<-done)
	}
}
