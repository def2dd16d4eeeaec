// Deskbell asks the people at the screen something, for programs that have no
// desktop of their own, and brings back their answer.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/protocol"
)

//go:generate go run -tags man . man ../../build/man

func main() { os.Exit(run(processor.Programs{}, nil)) }

// run is main with the exit status as its result. Ctrl-C and a request to end
// cancel what is under way; a second one ends at once. A monitor has the
// programs as its processors; administrator is as in call.
func run(programs processor.Programs, administrator func() error) int {
	if err := lockLibraries(); err != nil {
		fmt.Fprintln(os.Stderr, "deskbell:", err)
		return exitOf(internal, protocol.NoButton, stylePosix)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	c := &call{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, programs: programs, administrator: administrator}
	return c.run(ctx, os.Args[1:])
}
