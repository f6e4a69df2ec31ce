// A TCP echo over the loopback, and an HTTP server with its client.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func echo() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	var wg sync.WaitGroup
	results := make([]string, 5)
	for i := range results {
		wg.Go(func() {
			c, err := net.Dial("tcp", l.Addr().String())
			check(err)
			defer c.Close()
			fmt.Fprintf(c, "hello %d\n", i)
			results[i], err = bufio.NewReader(c).ReadString('\n')
			check(err)
		})
	}
	wg.Wait()
	fmt.Printf("%q\n", results)
}

func main() {
	echo()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /greet/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello, %s", r.PathValue("name"))
	})
	mux.HandleFunc("POST /upper", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		check(err)
		io.WriteString(w, strings.ToUpper(string(body)))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	res, err := http.Get(server.URL + "/greet/gopher")
	check(err)
	body, err := io.ReadAll(res.Body)
	check(err)
	fmt.Println(res.Status, string(body))
	res, err = http.Post(server.URL+"/upper", "text/plain", strings.NewReader(strings.Repeat("abc", 10000)))
	check(err)
	body, err = io.ReadAll(res.Body)
	check(err)
	fmt.Println(res.StatusCode, len(body), string(body[:6]))
	res, err = http.Get(server.URL + "/nothing")
	check(err)
	fmt.Println(res.StatusCode)
}
