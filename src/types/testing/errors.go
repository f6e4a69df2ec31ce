// Prints the errors that types2 has for files, one package each, for comparison. Built like oracle.go.
package main

import (
	"bufio"
	"cmd/compile/internal/syntax"
	"cmd/compile/internal/types2"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

type lp struct {
	ImportPath, Dir string
	GoFiles         []string
}

var listed = map[string]*lp{}
var done = map[string]*types2.Package{}

type imp struct{}

func find(path string) *lp {
	for _, p := range []string{path, "vendor/" + path} {
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
	if l == nil {
		return nil, fmt.Errorf("package %s is not in std", path)
	}
	if p := done[l.ImportPath]; p != nil {
		return p, nil
	}
	var fs []*syntax.File
	for _, n := range l.GoFiles {
		name := filepath.Join(l.Dir, n)
		b, _ := os.Open(name)
		f, err := syntax.Parse(syntax.NewFileBase(name), b, func(error) {}, nil, syntax.CheckBranches)
		b.Close()
		if err != nil {
			panic(err)
		}
		fs = append(fs, f)
	}
	conf := types2.Config{Importer: imp{}, IgnoreFuncBodies: true, EnableAlias: true, GoVersion: "go1.26", Sizes: types2.SizesFor("gc", "amd64"), IgnoreBranchErrors: true}
	p, err := conf.Check(l.ImportPath, fs, nil)
	if err != nil {
		return nil, err
	}
	done[l.ImportPath] = p
	return p, nil
}

func run(file string) (lines []string) {
	defer func() {
		if r := recover(); r != nil {
			lines = []string{fmt.Sprint("PANIC ", r)}
		}
	}()
	b, _ := os.Open(file)
	defer b.Close()
	bad := []string{"SYNTAX"}
	f, _ := syntax.Parse(syntax.NewFileBase("x.go"), b, func(err error) {
		e := err.(syntax.Error)
		bad = append(bad, fmt.Sprintf("%d:%d %s", e.Pos.Line(), e.Pos.Col(), strings.ReplaceAll(e.Msg, "\n", "\\n")))
	}, nil, syntax.CheckBranches)
	if len(bad) > 1 || f == nil {
		return bad
	}
	conf := types2.Config{Importer: imp{}, EnableAlias: true, GoVersion: "go1.26", Sizes: types2.SizesFor("gc", "amd64"), IgnoreBranchErrors: true}
	conf.Error = func(err error) {
		e := err.(types2.Error)
		lines = append(lines, fmt.Sprintf("%d:%d [%d] %s", e.Pos.Line(), e.Pos.Col(), e.Code, strings.ReplaceAll(e.Msg, "\n", "\\n")))
	}
	conf.Check("x", []*syntax.File{f}, nil)
	sort.Strings(lines)
	return
}

func main() {
	data, _ := os.ReadFile(os.Args[1])
	var ls []*lp
	json.Unmarshal(data, &ls)
	for _, l := range ls {
		listed[l.ImportPath] = l
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	files, _ := filepath.Glob(os.Args[2] + "/*.go")
	sort.Strings(files)
	for _, f := range files {
		fmt.Fprintf(out, "== %s\n", filepath.Base(f))
		for _, l := range run(f) {
			fmt.Fprintln(out, l)
		}
	}
}
