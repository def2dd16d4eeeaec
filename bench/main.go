// Command bench measures Deskbell beside the plainest program that does the
// same, in one run on one machine, and prints the figures with their ratios.
//
//	go run ./bench [-runs 5] [-rounds 500] [-write docs/performance.md] [ROW…]
//
// Rows: answer, script, pending, senders, monitors, growth, size, window, idle; all of
// them by default, on Linux and then in Wine, in each run. It prints the figures as
// they come, and then the median and the spread of the runs, which it writes into the
// page, with a plot. It runs the programs of build/ and needs what make test installs.
// On Windows it measures answer, script and pending.
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
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) > 1 && os.Args[1] == "-raw-ask" {
		return rawAskOnce(os.Args[2], os.Args[3])
	}
	runs := flag.Int("runs", 1, "how often all rows are measured")
	rounds := flag.Int("rounds", 500, "questions per row")
	build := flag.String("build", "build", "where the programs are")
	page := flag.String("write", "", "the page that the figures are written into")
	machine := flag.Bool("json", false, "print figures as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b := bench{rounds: *rounds, build: *build, figures: &figures{to: os.Stdout, machine: *machine}}
	for n := range *runs {
		for _, row := range rows {
			if flag.NArg() > 0 && !slices.Contains(flag.Args(), row.name) {
				continue
			}
			if !*machine {
				fmt.Printf("\nrun %d of %d, %s: %s\n", n+1, *runs, row.name, row.system)
			}
			b.row, b.system = row.name, row.system
			if err := row.run(ctx, b); err != nil {
				return fmt.Errorf("%s: %w", row.name, err)
			}
		}
	}
	all := spreads(b.figures.all)
	if !*machine && *runs > 1 {
		fmt.Printf("\n%s", table(*runs, all))
	}
	if *page == "" {
		return nil
	}
	return write(*page, *runs, all)
}

// bench is what the rows are measured with.
type bench struct {
	rounds  int
	build   string
	figures *figures

	row, system string // being measured
}

// row is one comparison on one system.
type row struct {
	name, system string
	run          func(context.Context, bench) error
}
