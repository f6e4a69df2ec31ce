// In which order the parts of a statement are evaluated where the language leaves it open: programs rely on what gc does.
package main

import (
	"fmt"
	"os"
)

type T struct{ a, b int }
type L struct{ a, b, c, d, e, f, g, h int }

func (t *T) set() int   { t.a++; return t.a }
func (t *L) set() int   { t.a++; return t.a }
func inc(p *int) int    { *p++; return *p }
func incs(p *[]int) int { *p = append(*p, 1); return len(*p) }

func ret1() (T, int)       { var t T; return t, t.set() }
func ret2() (int, T)       { var t T; return t.set(), t }
func ret3() (L, int)       { var t L; return t, t.set() }
func ret4() (int, int)     { var x int; return x, inc(&x) }
func ret5() (int, int)     { x := 0; f := func() int { x++; return x }; return x, f() }
func ret6() (int, int)     { x := 0; f := func() int { x++; return x }; return x + 1, f() }
func ret7() (int, int)     { var x [3]int; return x[1], inc(&x[1]) }
func ret8() (int, int)     { p := new(int); return *p, inc(p) }
func ret9() (any, int)     { x := 0; return x, inc(&x) }
func ret10() ([]int, int)  { var x []int; return x, incs(&x) }
func ret11() (int, int)    { var x []int; return len(x), incs(&x) }
func ret12() (s T, n int)  { return s, s.set() }
func recv(p *T, n int) int { return p.a + n }
func (t T) sum(n int) int  { return t.a + n }

func ret13() (x int, err int) { defer func() {}(); return x, inc(&x) }
func ret14() (T, int)         { p := &T{}; return *p, p.set() }
func ret15() (int, int)       { p := &T{}; return p.a, p.set() }

var g int

func ret16() (int, int) { return g, inc(&g) }

func main() {
	fmt.Println(ret1())
	fmt.Println(ret2())
	fmt.Println(ret3())
	fmt.Println(ret4())
	fmt.Println(ret5())
	fmt.Println(ret6())
	fmt.Println(ret7())
	fmt.Println(ret8())
	fmt.Println(ret9())
	fmt.Println(ret10())
	fmt.Println(ret11())
	fmt.Println(ret12())
	fmt.Println(ret13())
	fmt.Println(ret14())
	fmt.Println(ret15())
	fmt.Println(ret16())
	var t T
	x, y := t, t.set()
	fmt.Println(x, y)
	var i int
	j, k := i, inc(&i)
	fmt.Println(j, k)
	j, k = i, inc(&i)
	fmt.Println(j, k)
	fmt.Println(i+inc(&i), inc(&i)+i, i*2+inc(&i))
	s := []int{i, inc(&i), i}
	fmt.Println(s)
	st := T{i, inc(&i)}
	fmt.Println(st)
	ar := [3]int{i, inc(&i), i}
	fmt.Println(ar)
	m := map[int]int{i: inc(&i)}
	fmt.Println(m)
	a := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	fmt.Println(a[i]+inc(&i), a[inc(&i)]+a[i])
	fmt.Println(i == inc(&i), i < inc(&i))
	var l L
	lt := []L{l, {a: l.set()}, l}
	fmt.Println(lt[0].a, lt[1].a, lt[2].a)
	q := struct {
		l L
		n int
	}{l, l.set()}
	fmt.Println(q.l.a, q.n)
	a[i], j = inc(&i), i
	fmt.Println(a, i, j)
	str := "a"
	fs := func() string { str += "b"; return str }
	fmt.Println(str + fs() + str)
	r := append([]int{i}, i, inc(&i), i)
	fmt.Println(r)
	ch := make(chan int, 5)
	ch <- i + inc(&i)
	fmt.Println(<-ch)
	g2 := i
	var iface any = i
	fi := func() int { iface = 100; g2 = 50; return 1 }
	fmt.Println(iface, fi(), g2)
	u, w := iface, fi()
	fmt.Println(u, w)
	b1, b2 := i > 0 && inc(&i) > 0, i
	fmt.Println(b1, b2)
	mm := map[string]int{}
	fm := func() int { mm["a"]++; return mm["a"] }
	v1, v2 := mm["a"], fm()
	fmt.Println(v1, v2)
	fmt.Println(mm["a"], fm(), mm["a"])
	fmt.Println(min(i, inc(&i)), max(i, inc(&i)))
	switch i {
	case inc(&i):
		fmt.Println("same")
	default:
		fmt.Println("other")
	}
	var arr [4]int
	fa := func() int { arr[0]++; return arr[0] }
	c1, c2 := arr, fa()
	fmt.Println(c1, c2)
	fmt.Println(arr, fa(), arr)
	for idx, e := range [2]int{i, inc(&i)} {
		fmt.Println(idx, e)
	}
	pp := &T{5, 6}
	fp := func() int { pp = &T{7, 8}; return 1 }
	d1, d2 := pp.a, fp()
	fmt.Println(d1, d2)
	fmt.Println(pp.b, fp(), *pp)
	sl := []int{1, 2}
	fsl := func() int { sl = []int{9, 9}; return 1 }
	e1, e2 := sl[0], fsl()
	fmt.Println(e1, e2)
	sl = []int{1, 2}
	sl[0] = sl[1] + fsl()
	fmt.Println(sl)
	h1, h2 := float64(i), inc(&i)
	fmt.Println(h1, h2)
	n1, n2 := -i, inc(&i)
	fmt.Println(n1, n2)
	t = T{}
	fmt.Println(t.sum(t.set()))
	ptr := &T{1, 1}
	swap := func() int { ptr = &T{10, 10}; return 0 }
	fmt.Println(ptr.sum(swap()), recv(ptr, swap()))
	if i == inc(&i) {
		fmt.Println("read behind the call")
	}
	var seen []string
	tell := func(s string) int { seen = append(seen, s); return len(seen) }
	fmt.Println(tell("a")+tell("b")*tell("c"), []int{tell("d"), tell("e")}, map[string]int{"f": tell("f")}["f"], seen)
	words := []string{"x", "y"}
	grow := func() string { words = append(words, "z"); return "w" }
	fmt.Println(words[1:], grow(), len(words), words)
	fmt.Fprintln(os.Stdout, i, inc(&i))
	var e any = 5
	change := func() int { e = "text"; return 1 }
	n, one := e.(int), change()
	fmt.Println(n, one, e)
	// The left side's calls come before the right side's, what it reads comes after them.
	seen = nil
	cell := func(s string, p *int) *int { tell(s); return p }
	ch = make(chan int, 4)
	ch <- 7
	channel := func(s string) chan int { tell(s); return ch }
	*cell("left", &i) = <-channel("right")
	*cell("left", &i), j = tell("right"), tell("second")
	*cell("left", &i) += tell("right")
	table := [][]int{{0, 0, 0, 0}, {0, 0, 0, 0}}
	row := func(s string) []int { tell(s); return table[1] }
	k = 0
	row("left")[k] = inc(&k) + tell("right")
	fmt.Println(i, j, k, table, seen)
	// One call that gives all arguments of a built-in function.
	pair := func(b []byte) ([]byte, string) { tell("pair"); return b, "xyz" }
	buf := []byte("abc")
	fmt.Println(copy(pair(buf)), string(buf), seen)
}
