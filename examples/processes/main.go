// Processes: output, exit status, pipes, killing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		fmt.Println("child of", len(os.Getenv("RT0_PARENT")) > 0)
		os.Exit(7)
	}
	out, err := exec.Command("/bin/echo", "from", "echo").Output()
	fmt.Printf("%q %v\n", out, err)
	self := exec.Command(os.Args[0], "child")
	self.Env = append(os.Environ(), "RT0_PARENT=1")
	out, err = self.Output()
	var exit *exec.ExitError
	fmt.Printf("%q %v %v\n", out, errors.As(err, &exit), err)
	cat := exec.Command("/bin/cat")
	cat.Stdin = strings.NewReader("through a pipe")
	out, err = cat.CombinedOutput()
	fmt.Println(string(out), err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err = exec.CommandContext(ctx, "/bin/sleep", "60").Run()
	fmt.Println(err)
	_, err = exec.LookPath("no-such-program-at-all")
	fmt.Println(errors.Is(err, exec.ErrNotFound))
}
