package main

import (
	"errors"
	"io/fs"
	"os/exec"

	"github.com/deskbell/deskbell/internal/delivery"
)

// commandError says that a command did not run, as shells say it: 125 for us,
// 126 for what cannot be executed, 127 for what is not there.
type commandError struct {
	outcome delivery.Outcome
	err     error
}

func (e *commandError) Error() string { return e.err.Error() }
func (e *commandError) Unwrap() error { return e.err }

// lookUp finds a command as the shell would.
func lookUp(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, fs.ErrPermission):
		return "", &commandError{notRunnable, err}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrDot):
		return "", &commandError{notFound, err}
	}
	return "", &commandError{notRunnable, err}
}

// running is a command under way; its owner waits for done.
type running struct {
	command *exec.Cmd
	group   group
	done    chan struct{} // closed when it has ended
	err     error         // of Wait, once done
}

// start runs a command with our streams.
func (c *call) start(path string, program []string) (*running, error) {
	command := exec.Command(path, program[1:]...)
	command.Args[0] = program[0]
	command.Stdin, command.Stdout, command.Stderr = c.stdin, c.stdout, c.stderr
	return startGroup(command)
}

// startGroup starts a command with all that it will start in one group.
func startGroup(command *exec.Cmd) (*running, error) {
	r := &running{command: command, done: make(chan struct{})}
	if err := r.group.start(command); err != nil {
		return nil, &commandError{notRunnable, err}
	}
	go func() {
		defer close(r.done)
		err := command.Wait()
		if errors.Is(err, exec.ErrWaitDelay) {
			err = nil // something else has its output open; it has ended well
		}
		r.err = errors.Join(err, r.group.close())
	}()
	return r, nil
}

// end asks the command to end, and after a while makes it.
func (r *running) end() error { return r.group.end(r.command, r.done) }

// status is the exit status of a command that has ended; 128 and the signal's
// number when a signal ended it, as shells have it.
func (r *running) status() (int, error) {
	var exit *exec.ExitError
	if r.err != nil && !errors.As(r.err, &exit) {
		return 0, &commandError{ours, r.err}
	}
	return exitStatusOf(r.command.ProcessState), nil
}
