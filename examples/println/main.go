// Output without any package: print and println write to standard error.
package main

type point struct{ x, y int }

func main() {
	println("hello", 42, -7, true, 'x', 1.5)
	print("a", "b", 1, 2, "\n")
	p := point{3, 4}
	println(p.x*p.x+p.y*p.y, uint8(200), int64(-1)<<40)
	var e error
	println(e == nil, len("länge"))
}
