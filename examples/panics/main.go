// Ends as its argument says: every way in which a Go program dies.
package main

import (
	"errors"
	"fmt"
	"os"
)

type tree struct {
	left, right *tree
	value       int
}

//go:noinline
func (t *tree) depth() int { return t.left.value }

//go:noinline
func index(s []int, i int) int { return s[i] }

//go:noinline
func divide(a, b int) int { return a / b }

func recurse(n int) int { return recurse(n+1) + 1 }

func main() {
	how := "exit"
	if len(os.Args) > 1 {
		how = os.Args[1]
	}
	fmt.Println("about to", how)
	switch how {
	case "panic":
		panic("uncaught")
	case "error":
		panic(errors.New("an error value"))
	case "nil":
		fmt.Println(new(tree).depth())
	case "index":
		fmt.Println(index([]int{1, 2, 3}, 5))
	case "divide":
		fmt.Println(divide(1, len(os.Args)-2))
	case "deadlock":
		<-make(chan int)
	case "overflow":
		fmt.Println(recurse(0))
	case "goroutine":
		go func() { panic("in a goroutine") }()
		select {}
	case "nested":
		defer func() { panic("second") }()
		panic("first")
	case "exit":
		defer fmt.Println("not run")
		os.Exit(3)
	}
}
