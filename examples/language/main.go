// Closures, method values, interfaces, embedding, generics, range over functions.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

type shape interface {
	area() float64
	fmt.Stringer
}

type named struct{ name string }

func (n *named) rename(s string) { n.name = s }
func (n named) String() string   { return "<" + n.name + ">" }

type square struct {
	*named
	side float64
}

type circle struct {
	named
	r float64
}

func (s square) area() float64  { return s.side * s.side }
func (c *circle) area() float64 { return 3 * c.r * c.r }

type list[T any] struct {
	head *item[T]
	n    int
}

type item[T any] struct {
	v    T
	next *item[T]
}

func (l *list[T]) push(v T) { l.head = &item[T]{v, l.head}; l.n++ }

func (l *list[T]) all() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for e := l.head; e != nil; e = e.next {
			if !yield(i, e.v) {
				return
			}
			i++
		}
	}
}

type number interface {
	~int | ~int64 | ~float64
}

func sum[S ~[]E, E number](s S) (t E) {
	for _, v := range s {
		t += v
	}
	return
}

func apply[A, B any](s []A, f func(A) B) []B {
	out := make([]B, 0, len(s))
	for _, v := range s {
		out = append(out, f(v))
	}
	return out
}

func largest[T cmp.Ordered](first T, rest ...T) T {
	for _, v := range rest {
		first = max(first, v)
	}
	return first
}

type myInt int

func (m myInt) String() string { return fmt.Sprintf("myInt(%d)", int(m)) }

func counter() (func() int, func()) {
	n := 0
	return func() int { n++; return n }, func() { n = 100 }
}

func find(l *list[string], want string) (pos int) {
	defer func() { pos *= 10 }()
	for i, s := range l.all() {
		if s == want {
			return i
		}
	}
	return -1
}

type temporary struct{ error }

func (temporary) Temporary() bool { return true }

func main() {
	next, reset := counter()
	next()
	next()
	reset()
	fmt.Println(next())

	sq := square{&named{"sq"}, 2}
	ci := &circle{named{"ci"}, 1}
	sq.rename("quadrat")
	ci.rename("kreis")
	for _, s := range []shape{sq, ci} {
		f := s.area
		fmt.Println(s, f())
		switch v := s.(type) {
		case square:
			fmt.Println("square", v.side)
		case interface{ rename(string) }:
			v.rename("neu")
			fmt.Println(s)
		}
	}
	g := (*circle).area
	fmt.Println(g(ci), named.String(named{"expr"}))

	var l list[string]
	for _, w := range strings.Fields("the quick brown fox jumps") {
		l.push(w)
	}
	fmt.Println(find(&l, "quick"), find(&l, "cat"))
outer:
	for i, a := range l.all() {
		for _, b := range l.all() {
			if a == "brown" {
				continue outer
			}
			if b == "the" && i > 3 {
				break outer
			}
		}
		fmt.Print(a, " ")
	}
	fmt.Println()
	fmt.Println(sum([]myInt{1, 2, 3}), sum([]float64{.5, .25}), largest("b", "c", "a"))
	fmt.Println(apply([]int{1, 2, 3}, func(i int) string { return strings.Repeat("x", i) }))

	nextv, stop := iter.Pull(slices.Values([]int{7, 8, 9}))
	v, ok := nextv()
	fmt.Println(v, ok)
	stop()

	var funcs []func() int
	for i := 0; i < 3; i++ {
		funcs = append(funcs, func() int { i *= 10; return i })
	}
	for _, f := range funcs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()

	err := fmt.Errorf("wrapped: %w", temporary{errors.New("inner")})
	var t interface{ Temporary() bool }
	fmt.Println(errors.As(err, &t) && t.Temporary(), err)
	type local struct {
		a [3]int
		m map[string]int
	}
	x := local{m: map[string]int{"k": 1}}
	y := x
	y.a[1] = 5
	y.m["k"]++
	fmt.Printf("%v %+v %T\n", x, y, y)
	var i any = x.a
	_, isArr := i.([3]int)
	fmt.Println(isArr, i == any([3]int{}), new(3+4) != nil)
	s := []int{1, 2, 3, 4, 5}
	copy(s[1:], s)
	fmt.Println(s, s[1:3:4], cap(s[1:3:4]), [2]int(s), min(3, 1, 2))
	switch {
	case len(s) > 3:
		fmt.Println("long")
		fallthrough
	case false:
		fmt.Println("fell")
	default:
		fmt.Println("no")
	}
	for i, r := range "aé世\xff" {
		fmt.Print(i, ":", string(r), " ")
	}
	fmt.Println()
	goto end
end:
	fmt.Println("end")
}
