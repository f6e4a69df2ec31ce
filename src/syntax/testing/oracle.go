// Prints what cmd/compile/internal/syntax says about files: for each file named on standard input, a line "F path", a line
// "E line:col message" for each error, and with -dump the positions and kinds of all nodes.
package main

import (
	"bufio"
	"cmd/compile/internal/syntax"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
)

func main() {
	mode := os.Args[1]
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var files []string
	for in.Scan() {
		files = append(files, in.Text())
	}
	if mode == "speed" {
		var texts []string
		size := 0
		for _, f := range files {
			b, _ := os.ReadFile(f)
			texts = append(texts, string(b))
			size += len(b)
		}
		best := time.Hour
		for i := 0; i < 5; i++ {
			start := time.Now()
			for j, t := range texts {
				syntax.Parse(syntax.NewFileBase(files[j]), strings.NewReader(t), func(error) {}, nil, syntax.CheckBranches)
			}
			best = min(best, time.Since(start))
		}
		fmt.Fprintf(out, "%.1f\n", float64(size)/1e6/best.Seconds())
		return
	}
	for _, name := range files {
		fmt.Fprintf(out, "F %s\n", name)
		f, err := os.Open(name)
		if err != nil {
			panic(err)
		}
		errors := 0
		file, _ := syntax.Parse(syntax.NewFileBase(name), f, func(err error) {
			e := err.(syntax.Error)
			errors++
			fmt.Fprintf(out, "E %d:%d %s\n", e.Pos.Line(), e.Pos.Col(), strings.ReplaceAll(e.Msg, "\n", "\\n"))
		}, nil, syntax.CheckBranches)
		f.Close()
		if mode == "dump" && file != nil && errors == 0 {
			syntax.Inspect(file, func(n syntax.Node) bool {
				if n == nil {
					return false
				}
				s, e := syntax.StartPos(n), syntax.EndPos(n)
				fmt.Fprintf(out, "N %s %d:%d %d:%d %d:%d", strings.TrimPrefix(reflect.TypeOf(n).String(), "*syntax."), n.Pos().Line(), n.Pos().Col(), s.Line(), s.Col(), e.Line(), e.Col())
				if x, ok := n.(syntax.Expr); ok {
					fmt.Fprintf(out, " %s", strings.ReplaceAll(syntax.String(x), "\n", "\\n"))
				}
				fmt.Fprintln(out)
				return true
			})
		}
	}
}
