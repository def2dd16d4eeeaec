package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/trust"
)

func open(queue string) (Store, error) {
	state, err := mailbox.StateDir()
	if err != nil {
		return Store{}, err
	}
	check := trust.AdminsOnly
	if os.Getenv("DESKBELL_STATE_DIR") != "" { // of a test's own
		check = func(dir string) error { _, err := os.Lstat(dir); return err }
	}
	return Store{
		dir: filepath.Join(state, ".jobs", queue), way: []string{filepath.Join(state, ".jobs")}, check: check,
		make: func(dir string) error { return os.MkdirAll(dir, 0o700) },
	}, nil
}

// undisturbed: who reads a file keeps nobody from replacing it.
func undisturbed(do func() error) error { return do() }

// unit is the name of the unit that a job runs in.
func unit(queue, name string) string { return "deskbell-job-" + queue + "-" + name + ".service" }

// Start runs a job, by the program, in a unit of its own: an installer may do what
// the service that starts it may not. It returns when it has begun, and what waits
// for its end; ErrRuns where it runs already.
func Start(ctx context.Context, program, queue string, j Job) (wait func(context.Context) error, err error) {
	bus, err := dbus.NewSystemConnectionContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask systemd to run a job: %w", err)
	}
	environment := []string{Resumed + "=1", "DESKBELL_QUEUE=" + queue}
	begun := make(chan string, 1)
	_, err = bus.StartTransientUnitContext(ctx, unit(queue, j.Name), "fail", []dbus.Property{
		dbus.PropDescription("Deskbell runs the job " + j.Name + " at the time that was chosen"),
		dbus.PropExecStart(append([]string{program}, j.Args...), false),
		dbus.PropType("exec"),
		{Name: "CollectMode", Value: godbus.MakeVariant("inactive-or-failed")},
		{Name: "WorkingDirectory", Value: godbus.MakeVariant(j.Dir)},
		{Name: "Environment", Value: godbus.MakeVariant(environment)},
	}, begun)
	if said := (godbus.Error{}); errors.As(err, &said) && said.Name == "org.freedesktop.systemd1.UnitExists" {
		bus.Close()
		return nil, ErrRuns
	}
	if err != nil {
		bus.Close()
		return nil, fmt.Errorf("have systemd run a job: %w", err)
	}
	select {
	case result := <-begun:
		if result != "done" {
			bus.Close()
			return nil, fmt.Errorf("have systemd run a job: %s", result)
		}
	case <-ctx.Done():
		bus.Close()
		return nil, context.Cause(ctx)
	}
	return func(ctx context.Context) error {
		defer bus.Close()
		return awaitUnit(ctx, bus, unit(queue, j.Name))
	}, nil
}

// awaitUnit waits until a unit is gone, which this one is when it has ended.
func awaitUnit(ctx context.Context, bus *dbus.Conn, name string) error {
	set := bus.NewSubscriptionSet()
	set.Add(name)
	changes, errs := set.SubscribeContext(ctx)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case err := <-errs:
			return err
		case units := <-changes:
			if status, known := units[name]; known && (status == nil || status.ActiveState == "inactive" || status.ActiveState == "failed") {
				return nil
			}
		}
	}
}
