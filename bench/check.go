// The reference of bench:check: parses and type-checks the packages of a list, in its order, with go/parser and go/types.
// Built and run by check.ts with GOMAXPROCS=1.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

type listed struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
}

type importer struct {
	done map[string]*types.Package
	m    map[string]string
}

func (i *importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p, ok := i.m[path]; ok {
		path = p
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("not there: %s", path)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func cpu() float64 {
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	check(err)
	var list []*listed
	check(json.Unmarshal(data, &list))
	fset := token.NewFileSet()
	files := make([][]*ast.File, len(list))
	start, cpu0 := time.Now(), cpu()
	for i, l := range list {
		for _, name := range l.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
			check(err)
			files[i] = append(files[i], f)
		}
	}
	parsed, cpu1 := time.Now(), cpu()
	imp := &importer{done: map[string]*types.Package{}}
	for i, l := range list {
		if l.ImportPath == "unsafe" {
			continue
		}
		imp.m = l.ImportMap
		info := &types.Info{
			Types:      map[ast.Expr]types.TypeAndValue{},
			Defs:       map[*ast.Ident]types.Object{},
			Uses:       map[*ast.Ident]types.Object{},
			Implicits:  map[ast.Node]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
			Scopes:     map[ast.Node]*types.Scope{},
			Instances:  map[*ast.Ident]types.Instance{},
		}
		conf := types.Config{Importer: imp, Sizes: types.SizesFor("gc", "amd64"), GoVersion: "go1.26"}
		p, err := conf.Check(l.ImportPath, fset, files[i], info)
		check(err)
		imp.done[l.ImportPath] = p
	}
	checked, cpu2 := time.Now(), cpu()
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	fmt.Printf(`{"parse":{"wall":%f,"cpu":%f},"check":{"wall":%f,"cpu":%f},"mib":%d}`+"\n",
		parsed.Sub(start).Seconds(), cpu1-cpu0, checked.Sub(parsed).Seconds(), cpu2-cpu1, u.Maxrss/1024)
}
