// Prints what types2 records about packages, for comparison. Built inside cmd/compile by an overlay (it imports internal
// packages): go build -overlay, see oracle.ts.
package main

import (
	"bufio"
	"cmd/compile/internal/syntax"
	"cmd/compile/internal/types2"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type lp struct {
	ImportPath, Dir string
	GoFiles         []string
}

var listed = map[string]*lp{}
var done = map[string]*types2.Package{}

func parse(l *lp) []*syntax.File {
	var fs []*syntax.File
	for _, n := range l.GoFiles {
		name := filepath.Join(l.Dir, n)
		b, err := os.Open(name)
		if err != nil {
			panic(err)
		}
		f, err := syntax.Parse(syntax.NewFileBase(name), b, func(error) {}, nil, syntax.CheckBranches)
		b.Close()
		if err != nil {
			panic(err)
		}
		fs = append(fs, f)
	}
	return fs
}

type imp struct{}

func find(path string) *lp {
	for _, p := range []string{path, "vendor/" + path, "cmd/vendor/" + path} {
		if l := listed[p]; l != nil {
			return l
		}
	}
	return nil
}
func (imp) Import(path string) (*types2.Package, error) {
	if path == "unsafe" {
		return types2.Unsafe, nil
	}
	l := find(path)
	if p := done[l.ImportPath]; p != nil {
		return p, nil
	}
	conf := types2.Config{Importer: imp{}, IgnoreFuncBodies: true, EnableAlias: true, GoVersion: "go1.26", Sizes: types2.SizesFor("gc", "amd64"), IgnoreBranchErrors: true}
	p, err := conf.Check(l.ImportPath, parse(l), nil)
	if err != nil {
		return nil, err
	}
	done[l.ImportPath] = p
	return p, nil
}

func main() {
	data, _ := os.ReadFile(os.Args[1])
	var ls []*lp
	if err := json.Unmarshal(data, &ls); err != nil {
		panic(err)
	}
	for _, l := range ls {
		listed[l.ImportPath] = l
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, path := range os.Args[2:] {
		l := find(path)
		info := &types2.Info{Types: map[syntax.Expr]types2.TypeAndValue{}, Selections: map[*syntax.SelectorExpr]*types2.Selection{},
			Instances: map[*syntax.Name]types2.Instance{}, Uses: map[*syntax.Name]types2.Object{}, Defs: map[*syntax.Name]types2.Object{}}
		conf := types2.Config{Importer: imp{}, EnableAlias: true, GoVersion: "go1.26", Sizes: types2.SizesFor("gc", "amd64"), IgnoreBranchErrors: true}
		fs := parse(l)
		if _, err := conf.Check(l.ImportPath, fs, info); err != nil {
			panic(err)
		}
		var lines []string
		for _, f := range fs {
			base := filepath.Base(f.Pos().RelFilename())
			syntax.Inspect(f, func(n syntax.Node) bool {
				e, ok := n.(syntax.Expr)
				if !ok {
					return true
				}
				kind := strings.TrimPrefix(fmt.Sprintf("%T", n), "*syntax.")
				if tv, ok := info.Types[e]; ok {
					m := ""
					if tv.IsVoid() {
						m += "void "
					}
					if tv.IsType() {
						m += "type "
					}
					if tv.IsBuiltin() {
						m += "builtin "
					}
					if tv.IsValue() {
						m += "value "
					}
					if tv.IsNil() {
						m += "nil "
					}
					if tv.Addressable() {
						m += "addr "
					}
					if tv.HasOk() {
						m += "ok "
					}
					v := ""
					if tv.Value != nil {
						v = tv.Value.String()
					}
					t := "void"
					if tv.Type != nil && !tv.IsVoid() {
						t = types2.TypeString(tv.Type, nil)
					}
					lines = append(lines, fmt.Sprintf("%s:%d:%d %s %s| %s | %s", base, e.Pos().Line(), e.Pos().Col(), kind, m, t, v))
				}
				if s, ok := n.(*syntax.SelectorExpr); ok {
					if sel := info.Selections[s]; sel != nil {
						lines = append(lines, fmt.Sprintf("%s:%d:%d SEL %d %v %v %s", base, e.Pos().Line(), e.Pos().Col(), sel.Kind(), sel.Index(), sel.Indirect(), sel.Obj().Name()))
					}
				}
				if s, ok := n.(*syntax.Name); ok {
					if in, ok := info.Instances[s]; ok {
						t := ""
						for i := 0; i < in.TypeArgs.Len(); i++ {
							t += types2.TypeString(in.TypeArgs.At(i), nil) + ";"
						}
						lines = append(lines, fmt.Sprintf("%s:%d:%d INST %s | %s", base, e.Pos().Line(), e.Pos().Col(), t, types2.TypeString(in.Type, nil)))
					}
				}
				return true
			})
		}
		for _, in := range info.InitOrder {
			s := ""
			for _, v := range in.Lhs {
				s += v.Name() + ","
			}
			lines = append(lines, fmt.Sprintf("~INIT %s = %d:%d", s, in.Rhs.Pos().Line(), in.Rhs.Pos().Col()))
		}
		fmt.Fprintf(out, "== %s\n", l.ImportPath)
		for _, s := range lines {
			out.WriteString(strings.ReplaceAll(s, "\n", "\\n"))
			out.WriteByte('\n')
		}
	}
}
