// Arguments, environment, standard input to standard output, files and directories.
package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func main() {
	fmt.Println("args", len(os.Args), strings.Join(os.Args[1:], "|"))
	fmt.Println("env", os.Getenv("RT0_EXAMPLE"))
	lines := 0
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		lines++
		fmt.Println(strings.ToUpper(in.Text()))
	}
	check(in.Err())
	fmt.Println("lines", lines)

	dir, err := os.MkdirTemp("", "rt0-example")
	check(err)
	defer os.RemoveAll(dir)
	for i := range 3 {
		check(os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%d.txt", i)), []byte(strings.Repeat("data ", i)), 0o600))
	}
	check(os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	check(os.Rename(filepath.Join(dir, "f0.txt"), filepath.Join(dir, "sub", "moved.txt")))
	check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		check(err)
		rel, err := filepath.Rel(dir, path)
		check(err)
		info, err := d.Info()
		check(err)
		if !d.IsDir() {
			fmt.Println(rel, info.Size(), info.Mode())
		}
		return nil
	}))
	_, err = os.ReadFile(filepath.Join(dir, "missing"))
	fmt.Println(os.IsNotExist(err))
}
