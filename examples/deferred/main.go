// defer, panic, recover and Goexit in all their turns.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func named() (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered %v", r)
			n *= 2
		}
	}()
	n = 21
	panic("boom")
}

func order() {
	for i := range 3 {
		defer fmt.Print("loop", i, " ")
	}
	defer func() { fmt.Print("last ") }()
	if len(os.Args) > 100 {
		return
	}
	fmt.Print("body ")
}

func nested() (s string) {
	defer func() { s += fmt.Sprint(" outer:", recover()) }()
	defer func() {
		defer func() { s += fmt.Sprint(" inner:", recover()) }()
		panic("second")
	}()
	panic("first")
}

func repanic() (err error) {
	defer func() {
		r := recover()
		err = r.(error)
	}()
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Errorf("again: %w", r.(error)))
		}
	}()
	panic(errors.New("original"))
}

type resource struct{ name string }

func (r *resource) Close() { fmt.Print("close ", r.name, " ") }

func methods() {
	a := &resource{"a"}
	defer a.Close()
	a = &resource{"b"}
	defer a.Close()
}

func runtimeErrors() {
	try := func(name string, f func()) {
		defer func() {
			r := recover()
			_, isRuntime := r.(runtime.Error)
			fmt.Println(name, isRuntime, r)
		}()
		f()
	}
	var m map[string]int
	var p *resource
	var s []int
	var i any = "str"
	zero := 0
	n := -1
	try("map", func() { m["a"] = 1 })
	try("nil", func() { _ = p.name })
	try("index", func() { s[5] = 1 })
	try("slice", func() { _ = s[zero+2:] })
	try("divide", func() { fmt.Println(1 / zero) })
	try("assert", func() { _ = i.(int) })
	try("iface", func() { _ = i.(fmt.Stringer) })
	try("make", func() { _ = make([]int, n) })
	try("close", func() { var c chan int; close(c) })
	try("shift", func() { _ = 1 << n })
	try("array", func() { _ = [4]int(make([]int, 2)) })
	try("nil panic", func() { panic(nil) })
	try("custom", func() { panic(fmt.Sprintf("%d", 42)) })
}

func main() {
	fmt.Println(named())
	order()
	fmt.Println()
	fmt.Println(nested())
	fmt.Println(repanic())
	methods()
	fmt.Println()
	runtimeErrors()
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("goexit", recover()) }()
		runtime.Goexit()
	}()
	<-done
}
