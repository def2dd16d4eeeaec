// Package service is Deskbell as a service of this computer: how it is put into
// the service manager of Windows or systemd, started and stopped there, and run
// by it; and what it does: it attends the machine mailbox of a queue and the
// service mailboxes of its users, and starts monitors where messages wait.
package service

import (
	"context"
	"errors"
	"fmt"
)

// Definition is the service of one queue.
type Definition struct {
	Queue   string // as protocol.ParseQueue returns it
	Program string // absolute path of deskbell; only Install needs it
	// Managed is for Run: the service manager started this process, as Installed
	// says. Where that is not said, Run finds out.
	Managed bool
}

// Installed is the flag by which the service manager runs the program: not for
// people, nor moved by the environment to another place.
const Installed = "--installed"

// args are what the program is started with.
func (d Definition) args() []string {
	return []string{"service", "run", Installed, "--queue", d.Queue}
}

// State is what a service does.
type State string

const (
	Missing  State = "missing" // it is not installed
	Stopped  State = "stopped"
	Starting State = "starting"
	Running  State = "running"
	Stopping State = "stopping"
	Failed   State = "failed" // stopped, and not because it was told to
)

// Status is what the service manager says of a service.
type Status struct {
	State State
	Pid   int // 0 where it does not run
	// Command is the command line that it is registered with, "" where it is
	// not known.
	Command string
	// Program is the first word of it.
	Program string
	// Said is what there is to say of how it goes: the last words of one that
	// failed.
	Said string
	// Different says what Install would change of a service that is there; ""
	// where all is as it should be.
	Different string
}

// Name is what the service manager calls it: "Deskbell" or "Deskbell-<queue>",
// deskbell.service or deskbell-<queue>.service.
func (d Definition) Name() string { return d.name() }

// Place is where its definition is kept.
func (d Definition) Place() string { return d.place() }

// Install makes the service what it should be, one that starts with the
// computer, and does not start it. Nothing is written where all is so already.
// Without administrator rights the error is a *PermissionError, where there is
// no service manager ErrNoManager. The calls of the service manager last a
// moment; a cancelled ctx ends the waiting for them.
func (d Definition) Install(ctx context.Context) error { return d.wrap("install", d.install(ctx)) }

// Uninstall stops the service and removes it; no error where there is none.
// Errors are those of Install and Stop.
func (d Definition) Uninstall(ctx context.Context) error {
	return d.wrap("uninstall", d.uninstall(ctx))
}

// Start starts the service and returns when it runs, or a *ControlError that
// says why it does not; at once where it runs already. It blocks until ctx is
// done.
func (d Definition) Start(ctx context.Context) error { return d.wrap("start", d.start(ctx)) }

// Stop stops the service and returns when its process has ended; at once where
// it does not run, or is not there. It blocks until ctx is done.
func (d Definition) Stop(ctx context.Context) error { return d.wrap("stop", d.stop(ctx)) }

// Status asks for the service, which everybody may. Where Program is "", nothing
// is said of what Install would change.
func (d Definition) Status(ctx context.Context) (Status, error) {
	s, err := d.status(ctx)
	return s, d.wrap("look at", err)
}

func (d Definition) wrap(act string, err error) error {
	var rights *PermissionError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &rights):
		rights.What = act + " the service " + d.Name()
		return rights
	}
	return fmt.Errorf("%s the service %s: %w", act, d.Name(), err)
}

// Administrator returns nil where this process has administrator rights (root;
// an enabled member of Administrators), else a *PermissionError for what.
func Administrator(what string) error {
	if err := administrator(); err != nil {
		return &PermissionError{What: what, Err: err}
	}
	return nil
}

// PermissionError says that something needs administrator rights. It is an
// fs.ErrPermission.
type PermissionError struct {
	What string // what was to be done
	Err  error
}

func (e *PermissionError) Error() string {
	return e.What + ": administrator rights are needed: " + e.Err.Error()
}

func (e *PermissionError) Unwrap() error { return e.Err }

// ControlError says that a service did not get where it was told to.
type ControlError struct {
	State State  // where it is instead
	Said  string // what it, or the service manager, said
}

func (e *ControlError) Error() string {
	if e.Said == "" {
		return "it is " + string(e.State)
	}
	return "it is " + string(e.State) + ": " + e.Said
}

// ErrNoManager says that there is no service manager that could run a service.
var ErrNoManager = errors.New("there is no service manager here")

// Available returns nil where a service could run, else ErrNoManager.
func Available() error { return managed() }
