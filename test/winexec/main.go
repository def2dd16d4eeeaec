//go:build linux

// Command winexec runs one Windows program in a Wine of its own, for
//
//	GOOS=windows go test -overlay FILE -exec winexec ./...
//
// so that packages tested at the same time share no registry, no services and
// no desktop. `winexec -prepare FILE` writes that overlay file and makes the
// Wine prefix that all are copied from.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/deskbell/deskbell/test/bed"
)

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "winexec:", err)
		status = 1
	}
	os.Exit(status)
}

func run(args []string) (status int, err error) {
	if len(args) < 1 {
		return 0, errors.New("which program?")
	}
	wine, err := bed.BootWine("", nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, wine.Close()) }()
	if args[0] == "-prepare" && len(args) == 2 {
		return 0, bed.WriteOverlay(args[1])
	}

	cmd := wine.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case s := <-signals:
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return 0, err
		}
		<-ended
		return 0, fmt.Errorf("ended by %s", s)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
