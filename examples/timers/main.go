// Sleep, timers and tickers.
package main

import (
	"fmt"
	"time"
)

func main() {
	start := time.Now()
	time.Sleep(10 * time.Millisecond)
	fmt.Println("slept", time.Since(start) >= 10*time.Millisecond)
	ticks := 0
	tick := time.NewTicker(2 * time.Millisecond)
	stop := time.NewTimer(25 * time.Millisecond)
loop:
	for {
		select {
		case <-tick.C:
			if ticks++; ticks == 3 {
				tick.Stop()
			}
		case <-stop.C:
			break loop
		}
	}
	fmt.Println("ticks", ticks)
	fired := make(chan string, 2)
	time.AfterFunc(time.Millisecond, func() { fired <- "first" })
	cancelled := time.AfterFunc(time.Hour, func() { fired <- "never" })
	fmt.Println(<-fired, cancelled.Stop())
	d, err := time.ParseDuration("1h15m30.5s")
	fmt.Println(d, err, time.Unix(1_000_000_000, 0).UTC().Format(time.RFC3339))
}
