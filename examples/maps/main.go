// Maps of every kind of key.
package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

type pair struct {
	a int32
	b string
}

type mixed struct {
	f float64
	_ int
	i any
	p [2]int8
}

type big [40]int

func fill[K comparable](name string, keys ...K) {
	m := make(map[K]int)
	for i, k := range keys {
		m[k] += i + 1
	}
	for range 3 {
		for i, k := range keys {
			if v, ok := m[k]; !ok || v == 0 {
				fmt.Println(name, "lost key", i)
			}
		}
	}
	n := len(m)
	delete(m, keys[0])
	_, ok := m[keys[0]]
	fmt.Println(name, n, len(m), ok)
}

func main() {
	fill("bool", true, false)
	fill("int8", int8(-1), 5)
	fill("uint16", uint16(9), 65535)
	fill("int32", int32(-5), 7, 7)
	fill("uint64", uint64(1)<<63, 2)
	fill("uintptr", uintptr(4), 5)
	fill("float32", float32(1.5), 2.5)
	fill("float64", 0.0, math.Copysign(0, -1), 3)
	fill("complex", complex(1, 2), complex(0, 0))
	fill("string", "", "a", "länger", "a")
	fill("struct", pair{1, "x"}, pair{1, "y"})
	fill("mixed", mixed{f: 1, i: "s"}, mixed{f: 1, i: 2}, mixed{i: pair{}})
	fill("array", [3]string{"a"}, [3]string{"b", "c"})
	fill("big", big{1}, big{2}, big{39: 1})
	fill("any", any(1), any("1"), any(1.0), any(pair{}))
	x, y := 1, 2
	fill("pointer", &x, &y)
	c := make(chan int)
	fill("chan", c, nil)
	fill[error]("interface", nil, fmt.Errorf("e"))

	nan := map[float64]int{math.NaN(): 1, math.NaN(): 2}
	fmt.Println("nan", len(nan), nan[math.NaN()])
	large := map[int]string{}
	for i := range 100000 {
		large[i*7919] = fmt.Sprint(i)
	}
	for i := 0; i < 100000; i += 2 {
		delete(large, i*7919)
	}
	sum := 0
	for k, v := range large {
		if k%7919 != 0 || v == "" {
			panic("corrupt")
		}
		sum += len(v)
	}
	fmt.Println("large", len(large), sum)
	nested := map[string]map[pair][]int{"a": {{1, "b"}: {1, 2}}}
	nested["a"][pair{1, "b"}] = append(nested["a"][pair{1, "b"}], 3)
	fmt.Println(nested, slices.Sorted(maps.Keys(map[string]int{"z": 1, "y": 2})))
	clear(large)
	fmt.Println(len(large))
	defer func() { fmt.Println("recovered:", recover()) }()
	_ = map[any]int{[]int{1}: 1}
}
