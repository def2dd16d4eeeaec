package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/image"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
)

// exitAttended is the exit status of "deskbell monitor" where one is already.
const exitAttended = 3

// Here returns a function that has start start a monitor in the caller's own
// session. The error is ErrNobody, wrapped, where that has no place for a window.
func Here(start func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !reachesScreen() {
			return fmt.Errorf("%w, and there is no session or display here to start a monitor in", ErrNobody)
		}
		return start(ctx)
	}
}

// Launch is Here with program, which is deskbell, as what starts a monitor of the
// queue. It returns when that attends, or with what the monitor said for itself;
// cancelling its ctx ends the waiting. The monitor goes by itself when it has been
// idle.
func Launch(program, queue string) func(context.Context) error {
	return Here(func(ctx context.Context) error {
		command := exec.CommandContext(ctx, program, "monitor", "--until-idle", "--queue", queue)
		said := &bounded{most: 4 << 10}
		command.Stderr = said
		command.WaitDelay = time.Second
		hide(command)
		done, err := session.Unelevate(command)
		if err != nil {
			return err
		}
		defer done()
		err = command.Run()
		var exit *exec.ExitError
		switch {
		case err == nil, errors.Is(err, exec.ErrWaitDelay): // the monitor may have its streams
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.As(err, &exit) && exit.ExitCode() == exitAttended:
			return nil
		case errors.As(err, &exit):
			return errors.New(said.reason(exit.String()))
		}
		return err
	})
}

// displayWait is how long a monitor waits for the display of a session that has
// just begun. It is short, as what it was given of the session's environment
// may not be all yet: then another is started with more.
const displayWait = 5 * time.Second

// startMonitor returns a function that starts a monitor of a queue in somebody
// else's session, which goes by itself when it has been idle.
func startMonitor(program string) func(context.Context, session.Session, string) (process.ID, error) {
	return func(ctx context.Context, s session.Session, queue string) (process.ID, error) {
		ready := image.Ready
		if program != "" {
			ready = func() (string, error) { return image.Of(program) }
		}
		path, err := ready()
		if err != nil {
			return process.ID{}, err
		}
		return session.Start(ctx, s, session.Program{
			Path: path,
			Args: []string{"monitor", "--foreground", "--log", "system", "--until-idle", "--wait-display", displayWait.String(), "--queue", queue},
		})
	}
}

// reachesScreen reports whether a monitor started here could show anything:
// the caller has a session or display, or says how he wants it shown.
func reachesScreen() bool {
	return session.Interactive() || os.Getenv("DESKBELL_RUNTIME_DIR") != "" || os.Getenv("DESKBELL_UI") != ""
}

// bounded keeps the first bytes written to it and drops the rest.
type bounded struct {
	text bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.text.Write(p[:min(len(p), b.most-b.text.Len())])
	return len(p), nil
}

// reason is what a deskbell wrote as its error, without its own name.
func (b *bounded) reason(otherwise string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(b.text.String()), "\n")
	line = strings.TrimPrefix(strings.TrimSpace(line), "deskbell: ")
	if line = strings.TrimPrefix(line, "monitor: "); line == "" {
		return otherwise
	}
	return line
}
