// Package child runs a program that gets JSON lines on its standard input and
// gives one JSON line on its standard output: dialog hosts and processors
// alike. Whatever such a program does (prints without end, hangs, dies, leaves
// children of its own), what is read of it is bounded and it is waited for.
package child

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"
)

const (
	// MaxLine bounds the line that a child gives, in bytes.
	MaxLine = 2 << 20
	// maxTail is how much of the end of standard error is kept for an error.
	maxTail = 4 << 10
	// pipeDelay is how long after the end of a child its output is waited for,
	// which programs that it started may hold open.
	pipeDelay = time.Second
)

var (
	// ErrNoLine is returned when a child ended without a line.
	ErrNoLine = errors.New("it ended without an answer")
	// ErrTooLong is returned when its line is longer than MaxLine.
	ErrTooLong = fmt.Errorf("its answer is longer than %d bytes", MaxLine)
)

// Command says what to start.
type Command struct {
	Path  string   // of the program; it is not looked for in PATH
	Args  []string // without the name of the program
	Env   []string // nil: that of this process
	Dir   string
	Grace time.Duration // between the end of its input and its being killed
	// Bound has it killed where this process is: there it may not notice that its
	// input has ended. On Linux, where nothing does that, its input has to do.
	Bound bool
}

// ExitError says how a child ended that did not end well.
type ExitError struct {
	Code   int    // exit status, −1 when a signal ended it
	Stderr string // the end of what it wrote there
	Err    error
}

func (e *ExitError) Error() string {
	if e.Stderr == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v: %s", e.Err, e.Stderr)
}

func (e *ExitError) Unwrap() error { return e.Err }

// Process is a running child. Somebody must call Wait.
type Process struct {
	input  *input
	line   *line
	reaper reaper
	ended  chan struct{} // closed after err is set
	err    error
	watch  sync.WaitGroup // the goroutine that supervises
}

// Start starts the program, in a process group (Windows: a job) of its own.
// When ctx is done its input ends; when it has not ended Grace later, it and
// all that it started are killed.
func Start(ctx context.Context, c Command) (*Process, error) {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Path, cmd.Err = c.Path, nil
	cmd.Env, cmd.Dir = c.Env, c.Dir
	var pipes pipes
	if err := pipes.open(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Path, err)
	}
	p := &Process{line: newLine(), ended: make(chan struct{})}
	var err error
	p.reaper, err = start(cmd, c.Bound)
	pipes.closeTheirs()
	if err != nil {
		pipes.closeOurs()
		return nil, fmt.Errorf("start %s: %w", c.Path, err)
	}
	stderr := &tail{}
	read := pipes.read(p.line, stderr)
	p.input = newInput(pipes.ours[0])
	p.watch.Go(func() { p.supervise(ctx, c.Grace) })
	go func() {
		defer close(p.ended)
		p.reaper.await()
		err := wait(cmd)
		p.input.close()
		<-p.input.ended
		// Another may hold its output open; what was read counts.
		select {
		case <-read:
		case <-time.After(pipeDelay):
		}
		pipes.closeOurs()
		p.line.end()
		if err != nil {
			p.err = &ExitError{Code: cmd.ProcessState.ExitCode(), Stderr: stderr.String(), Err: err}
		}
	}()
	return p, nil
}

// supervise ends the child when ctx is done. It ends with the child.
func (p *Process) supervise(ctx context.Context, grace time.Duration) {
	select {
	case <-p.ended:
		return
	case <-p.line.tooLong:
	case <-ctx.Done():
		p.input.close()
		patience := time.NewTimer(grace)
		defer patience.Stop()
		select {
		case <-p.ended:
			return
		case <-p.line.tooLong:
		case <-patience.C:
		}
	}
	p.reaper.kill()
}

// Send gives the child a line, without the newline. It does not block: a line
// that the child has not taken yet is replaced, because each says all.
func (p *Process) Send(data []byte) { p.input.send(data) }

// CloseInput ends the child's input once the last line has been taken.
func (p *Process) CloseInput() { p.input.finish() }

// Line blocks until the child has given its line, which it returns without the
// newline, or has ended without one. What it prints after that is discarded.
// The error wraps ErrNoLine or ErrTooLong, and ExitError.
func (p *Process) Line() ([]byte, error) {
	data, err := p.line.take()
	if err == nil {
		return data, nil
	}
	<-p.ended
	if p.err != nil {
		return nil, fmt.Errorf("%w: %w", err, p.err)
	}
	return nil, err
}

// Wait blocks until the child has ended. The error is an *ExitError.
func (p *Process) Wait() error {
	<-p.ended
	p.watch.Wait()
	return p.err
}

// Given is closed as soon as Line would not block.
func (p *Process) Given() <-chan struct{} { return p.line.given }
