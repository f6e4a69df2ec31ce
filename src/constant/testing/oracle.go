// Runs a program of constant operations, one a line, each making the next value, through go/constant and prints all forms.
package main

import (
	"bufio"
	"fmt"
	"go/constant"
	"go/token"
	"math"
	"os"
	"strconv"
	"strings"
)

var ops = map[string]token.Token{"+": token.ADD, "-": token.SUB, "*": token.MUL, "/": token.QUO, "div": token.QUO_ASSIGN,
	"%": token.REM, "&": token.AND, "|": token.OR, "^": token.XOR, "&^": token.AND_NOT, "<<": token.SHL, ">>": token.SHR,
	"==": token.EQL, "<": token.LSS}
var kinds = []token.Token{token.INT, token.FLOAT, token.IMAG, token.CHAR, token.STRING}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var pool []constant.Value
	for in.Scan() {
		f := strings.SplitN(in.Text(), " ", 4)
		n := func(i int) int { v, _ := strconv.Atoi(f[i]); return v }
		var v constant.Value
		switch f[0] {
		case "L":
			v = constant.MakeFromLiteral(strings.Join(f[2:], " "), kinds[n(1)], 0)
		case "B":
			v = constant.BinaryOp(pool[n(2)], ops[f[1]], pool[n(3)])
		case "U":
			v = constant.UnaryOp(ops[f[1]], pool[n(2)], uint(n(3)))
		case "S":
			v = constant.Shift(pool[n(2)], ops[f[1]], uint(n(3)))
		case "C":
			v = constant.MakeBool(constant.Compare(pool[n(2)], ops[f[1]], pool[n(3)]))
		case "I":
			v = constant.ToInt(pool[n(1)])
		}
		pool = append(pool, v)
		fmt.Fprintf(out, "%d\t%s\t%s", v.Kind(), v.String(), v.ExactString())
		if v.Kind() == constant.Int || v.Kind() == constant.Float {
			f64, e64 := constant.Float64Val(v)
			f32, e32 := constant.Float32Val(v)
			fmt.Fprintf(out, "\t%x %v %x %v", math.Float64bits(f64), e64, math.Float32bits(f32), e32)
		}
		fmt.Fprintln(out)
	}
}
