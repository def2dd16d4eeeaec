package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/file"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
)

// background is a monitor that was started away from this console, watched
// until it attends.
type background struct {
	pid   int
	done  chan struct{}
	taken bool // it found another monitor there; once done
}

// startMonitor starts this program as a monitor in a process group of its own,
// with no stream or handle of ours but one unnamed file for its last words. If
// it ends while ctx lives, and not for another monitor that attends in its
// place, ended is called with what it said.
func startMonitor(ctx context.Context, queue string, a *attendant, ended context.CancelCauseFunc) (*background, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	said, err := file.Unnamed()
	if err != nil {
		return nil, fmt.Errorf("make a file for the monitor's errors: %w", err)
	}
	args := []string{"monitor", "--foreground", "--log", cmp.Or(a.log, logSystem), "--queue", queue}
	if a.ui != "" {
		args = append(args, "--ui", absolute(a.ui))
	}
	if a.untilIdle > 0 {
		args = append(args, "--until-idle="+a.untilIdle.String())
	}
	command := exec.Command(withoutConsole(self), args...)
	command.Stderr = said
	command.Env = os.Environ()
	if spec := os.Getenv("DESKBELL_UI"); spec != "" {
		command.Env = append(command.Env, "DESKBELL_UI="+absolute(spec))
	}
	command.Dir = filepath.Dir(self) // keeps no other place from being removed
	separate(command)
	done, err := session.Unelevate(command)
	if err == nil {
		err = command.Start()
		done()
	}
	if err != nil {
		return nil, errors.Join(err, said.Close())
	}
	b := &background{pid: command.Process.Pid, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		defer said.Close()
		id, err := process.Of(command.Process.Pid)
		if err == nil && process.Wait(ctx, id) != nil {
			return // it attends, or nobody waits for it any more
		}
		err = lastWords(command.Wait(), said)
		var gone *monitorError
		if b.taken = errors.As(err, &gone) && gone.attended(); !b.taken {
			ended(err)
		}
	}()
	return b, nil
}

// settleTime is how long a monitor may take to see that another attends.
const settleTime = 10 * time.Second

// settle waits, where another monitor has answered, until this one has seen that
// and ended: it would attend after all if the other were told to stop meanwhile.
func (b *background) settle(ctx context.Context, box *mailbox.Mailbox) error {
	attendants, err := box.Attending()
	if err != nil || slices.ContainsFunc(attendants, func(a mailbox.Attendant) bool { return a.Pid == b.pid }) {
		return err
	}
	select {
	case <-b.done:
	case <-ctx.Done():
	case <-time.After(settleTime):
	}
	return nil
}

// watched waits until nobody watches the monitor any more.
func (b *background) watched() { <-b.done }

// lastWords is why a monitor ended.
func lastWords(exit error, said *os.File) error {
	text, err := io.ReadAll(io.NewSectionReader(said, 0, 4<<10))
	if err != nil {
		return fmt.Errorf("read what the monitor said: %w", err)
	}
	// What it said as it ended comes after what a log may have said.
	const ending = "deskbell: monitor: "
	words := strings.TrimSpace(string(text))
	if i := strings.LastIndex(words, ending); i >= 0 {
		words = words[i+len(ending):]
	}
	if line, _, _ := strings.Cut(words, "\n"); line != "" {
		return &monitorError{strings.TrimSpace(line), exit}
	}
	return &monitorError{"it ended and said nothing", exit}
}

// monitorError is what a monitor in the background said as it ended.
type monitorError struct {
	said string
	exit error
}

func (e *monitorError) Error() string { return e.said }
func (e *monitorError) Unwrap() error { return e.exit }

// attended reports whether it ended because another was there.
func (e *monitorError) attended() bool {
	var exit *exec.ExitError
	return errors.As(e.exit, &exit) && exit.ExitCode() == exits[attended].posix
}

// absolute makes the path in the name of a user interface absolute, as a
// monitor in the background has another directory.
func absolute(spec string) string {
	how, path, ok := strings.Cut(spec, ":")
	if !ok || how != "script" && how != "host" {
		return spec
	}
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return how + ":" + path
}
