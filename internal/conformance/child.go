package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	program "github.com/deskbell/deskbell/internal/child"
	"github.com/deskbell/deskbell/internal/file"
	"github.com/deskbell/deskbell/internal/process"
)

// child is a program that we have started. What it says goes to a file: what
// it leaves running would keep a pipe open, and a file with a name in use.
type child struct {
	cmd    *exec.Cmd
	tree   *program.Tree
	output *os.File
	errors *os.File
	ended  chan struct{}
}

func startChild(cmd *exec.Cmd) (c *child, err error) {
	c = &child{cmd: cmd, ended: make(chan struct{})}
	if c.output, err = file.Unnamed(); err != nil {
		return nil, err
	}
	if c.errors, err = file.Unnamed(); err != nil {
		return nil, errors.Join(err, c.discard())
	}
	cmd.Stdout, cmd.Stderr = c.output, c.errors
	if c.tree, err = program.StartTree(cmd); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", cmd.Path, err), c.discard())
	}
	go func() {
		defer close(c.ended)
		_ = c.tree.Wait() // its status is in ProcessState
	}()
	return c, nil
}

func (c *child) discard() error {
	var err error
	for _, f := range []*os.File{c.output, c.errors} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// over reports whether it has ended.
func (c *child) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

func (c *child) status() int { return c.cmd.ProcessState.ExitCode() }

// printed is what it has written to its standard output so far.
func (c *child) printed() string { return contents(c.output) }

// said is the end of all that it has written.
func (c *child) said() string {
	text := bytes.TrimSpace([]byte(contents(c.output) + contents(c.errors)))
	const most = 500
	return string(text[max(0, len(text)-most):])
}

func contents(f *os.File) string {
	const most = 1 << 20
	text := make([]byte, most)
	n, err := f.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	return string(text[:n])
}

// kill ends it and what it has started, waits for that and forgets what it said.
func (c *child) kill() error {
	c.tree.Kill()
	<-c.ended
	return c.discard()
}

// waitFor waits until it has ended, at most for limit.
func (c *child) waitFor(ctx context.Context, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.ended:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return c.over()
}

// waitingProcess is a process that runs until it is told to end.
type waitingProcess struct {
	cmd   *exec.Cmd
	input io.Closer
	id    process.ID
}

func startWaiter(cmd *exec.Cmd) (*waitingProcess, error) {
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a process that waits: %w", err)
	}
	w := &waitingProcess{cmd: cmd, input: input}
	if w.id, err = process.Of(cmd.Process.Pid); err != nil {
		return nil, errors.Join(err, w.end())
	}
	return w, nil
}

func (w *waitingProcess) end() error { return errors.Join(w.input.Close(), w.cmd.Wait()) }

func waitGone(ctx context.Context, id process.ID, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return process.Wait(ctx, id)
}
