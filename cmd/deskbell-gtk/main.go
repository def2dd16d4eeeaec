//go:build linux

// Deskbell-gtk is the dialog host for Linux: it shows one question in a window
// of GTK, keeps it up to date and prints one reply. What it reads and prints
// is described in docs/dialog-host.md.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
)

// Exit statuses of a dialog host.
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitMissing   = 3 // GTK is not installed
	exitNoDisplay = 4
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("deskbell-gtk", flag.ContinueOnError)
	flags.SetOutput(stderr)
	version := flags.Int("gtk", 0, "major `version` of GTK to use, 3 or 4 (0: what is there)")
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		return exitUsage
	}
	// GTK belongs to the thread that loaded it.
	runtime.LockOSThread()
	// A warning must not abort the window, and a launch that some other
	// program began must not give this one the focus.
	os.Unsetenv("G_DEBUG")
	os.Unsetenv("DESKTOP_STARTUP_ID")
	os.Unsetenv("XDG_ACTIVATION_TOKEN")

	lines := read(stdin)
	g, err := gtk.Open(*version)
	if err != nil {
		fmt.Fprintln(stderr, "deskbell-gtk:", err)
		return exitMissing
	}
	g.SetName("deskbell")
	if !g.Start() {
		fmt.Fprintln(stderr, "deskbell-gtk: no display")
		return exitNoDisplay
	}
	first, ok := <-lines
	switch {
	case !ok:
		return exitDone
	case first.err != nil:
		fmt.Fprintln(stderr, "deskbell-gtk:", first.err)
		return exitFailed
	}
	w := newWindow(g, first.question, stdout, stderr)
	w.open()
	go w.follow(lines)
	if err := w.run(); err != nil {
		fmt.Fprintln(stderr, "deskbell-gtk:", err)
		return exitFailed
	}
	return exitDone
}
