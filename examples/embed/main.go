// Files compiled into the program.
package main

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed data/a.txt
var text string

//go:embed data/b.bin
var raw []byte

//go:embed data
var tree embed.FS

func main() {
	fmt.Printf("%q %q\n", text, raw)
	fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		fmt.Println(path, d.IsDir(), err)
		return nil
	})
	b, err := tree.ReadFile("data/a.txt")
	fmt.Println(len(b), err)
}
