// Command bench measures Deskbell beside the plainest program that does the
// same, in one run on one machine, and prints the figures with their ratios.
//
//	go run ./bench [-rounds 500] [ROW…]
//
// Rows: answer, script, pending, senders, monitors, growth, size, window, idle; all of
// them by default, on Linux and then in Wine. It runs the programs of build/ and needs
// what make test installs. On Windows it measures answer, script and pending.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-raw-responder" {
		fmt.Fprintln(os.Stderr, "bench:", rawRespond(os.Args[2])) // it never ends by itself
		os.Exit(1)
	}
	if len(os.Args) > 1 && os.Args[1] == "-raw-ask" {
		if err := rawAskOnce(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	rounds := flag.Int("rounds", 500, "questions per row")
	build := flag.String("build", "build", "where the programs are")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b := bench{rounds: *rounds, build: *build}
	for _, row := range rows {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), row.name) {
			continue
		}
		fmt.Printf("\n%s\n", row.title)
		if err := row.run(ctx, b); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", row.name, err)
			os.Exit(1)
		}
	}
}

type bench struct {
	rounds int
	build  string
}

// row is one comparison.
type row struct {
	name, title string
	run         func(context.Context, bench) error
}
