// One GiB of small objects in total, with little of it alive at any time.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

type node struct {
	left, right *node
	payload     [4]uint64
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{payload: [4]uint64{1, 2, 3, 4}}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1), payload: [4]uint64{uint64(depth)}}
}

func (n *node) sum() uint64 {
	if n == nil {
		return 0
	}
	return n.payload[0] + n.left.sum() + n.right.sum()
}

// resident returns the resident set size in MiB.
func resident() int {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kb, _ := strconv.Atoi(f[1])
			return kb / 1024
		}
	}
	return 0
}

func main() {
	megabytes := 1024
	if len(os.Args) > 1 {
		megabytes, _ = strconv.Atoi(os.Args[1])
	}
	keep := tree(8)
	var total uint64
	allocated := 0
	for allocated < megabytes<<20 {
		t := tree(10)
		total += t.sum()
		allocated += 2047 * 48
		s := make([]string, 0, 16)
		for i := range 16 {
			s = append(s, strconv.Itoa(i)+"x")
		}
		total += uint64(len(strings.Join(s, ",")))
	}
	fmt.Println("sum", total, "kept", keep.sum())
	if r := resident(); r >= 64 {
		fmt.Println("resident set is", r, "MiB")
		os.Exit(1)
	}
	fmt.Println("resident set below 64 MiB")
}
