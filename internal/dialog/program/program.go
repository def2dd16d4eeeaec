//go:build linux

// Package program runs a dialog program of the desktop (zenity, kdialog): a
// window that is a process, whose exit status and output say what the person
// did.
package program

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// maxOutput bounds what is kept of a program's output; more than a field
	// may hold is refused as an answer anyhow.
	maxOutput = protocol.MaxField + 1024
	maxErrors = 4096
	// grace is what a program has to close its window before it is killed.
	grace = 2 * time.Second
)

// Program is a dialog program.
type Program struct {
	Name string   // looked up in PATH
	Env  []string // set on top of this process's environment
}

// Result is what a program that ended by itself left.
type Result struct {
	Status  int    // exit status
	Output  string // standard output, at most a little over protocol.MaxField
	Errors  string // the beginning of standard error
	ShownAt time.Time
}

// Find returns the program's path. Its error wraps dialog.ErrUnavailable.
func (p Program) Find() (string, error) {
	path, err := exec.LookPath(p.Name)
	if err != nil {
		return "", fmt.Errorf("finding %s: %w: %w", p.Name, dialog.ErrUnavailable, err)
	}
	return path, nil
}

// Run starts the program with stdin as its input and waits for its end. When
// ctx is cancelled the program is asked to end, killed after two seconds, and
// Run returns the cause; ShownAt is set then too. The error of a program that
// is missing or was ended by a signal wraps dialog.ErrUnavailable. The program dies with this
// process, so that no window without anybody behind it stays on screen.
func (p Program) Run(ctx context.Context, stdin io.Reader, args ...string) (Result, error) {
	path, err := p.Find()
	if err != nil {
		return Result{}, err
	}
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = environment(p.Env)
	cmd.Cancel = func() error { return terminate(cmd.Process) }
	cmd.WaitDelay = grace
	output, failures := &bounded{max: maxOutput}, &bounded{max: maxErrors}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, output, failures
	dieWithParent(cmd)
	// The kernel ties that to the thread that started the program.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return Result{}, fmt.Errorf("starting %s: %w: %w", p.Name, dialog.ErrUnavailable, err)
	}
	result := Result{ShownAt: time.Now()}
	err = cmd.Wait()
	// A status means that the program ended by itself: a signal leaves none.
	result.Output, result.Errors = output.String(), strings.TrimSpace(failures.String())
	result.Status = cmd.ProcessState.ExitCode()
	if result.Status >= 0 {
		return result, nil
	}
	if ctx.Err() != nil {
		return result, context.Cause(ctx)
	}
	// Qt aborts where there is no display.
	return result, fmt.Errorf("running %s: %w: %w", p.Name, dialog.ErrUnavailable, err)
}

// environment returns this process's variables with set on top. Variables
// that would tie the window to the terminal it was started from are left out.
func environment(set []string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "WINDOWID=") {
			env = append(env, v)
		}
	}
	return append(env, set...)
}

// bounded keeps the first max bytes that are written to it.
type bounded struct {
	bytes.Buffer
	max int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), b.max-b.Len())])
	return len(p), nil
}
