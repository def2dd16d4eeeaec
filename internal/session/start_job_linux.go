package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// exitExec is the status of a unit whose program could not be executed,
// EXIT_EXEC of systemd.exec(5).
const exitExec = 203

// A job is the start of a unit.
type job struct {
	unit    string
	signals <-chan *dbus.Signal
	status  int32 // of a program that has ended
}

// watch hears of what becomes of a unit that is not there yet. The manager is
// spoken to directly, so its signals come without being asked for one by one.
func (m *manager) watch(ctx context.Context, unit string) (*job, error) {
	signals := make(chan *dbus.Signal, 64)
	m.bus.Signal(signals)
	if err := m.object().CallWithContext(ctx, systemdManager+".Subscribe", 0).Err; err != nil {
		return nil, fmt.Errorf("have the user's systemd tell of jobs: %w", err)
	}
	return &job{unit: unit, signals: signals}, nil
}

// wait waits until the unit has been started, or not.
func (j *job) wait(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case signal, ok := <-j.signals:
			if !ok {
				return errors.New("the user's systemd hung up")
			}
			if result, over := j.over(signal); over {
				return j.outcome(result)
			}
		}
	}
}

// over reads a signal: JobRemoved(id, job, unit, result) of the unit's job ends
// the waiting.
func (j *job) over(signal *dbus.Signal) (result string, over bool) {
	switch signal.Name {
	case systemdManager + ".JobRemoved":
		if len(signal.Body) < 4 || signal.Body[2] != j.unit {
			return "", false
		}
		result, over = signal.Body[3].(string)
		return result, over
	case propertiesName + ".PropertiesChanged":
		if signal.Path != unitPath(j.unit) || len(signal.Body) < 2 {
			return "", false
		}
		if changed, ok := signal.Body[1].(map[string]dbus.Variant); ok {
			if status, ok := changed["ExecMainStatus"].Value().(int32); ok {
				j.status = status
			}
		}
	}
	return "", false
}

func (j *job) outcome(result string) error {
	switch {
	case result == "done":
		return nil
	case j.status == exitExec:
		return &StartError{Reason: StartNotExecutable, Err: errors.New("the user's systemd could not execute it")}
	case j.status != 0:
		return fmt.Errorf("the user's systemd did not start it: %q, exit status %d", result, j.status)
	}
	return fmt.Errorf("the user's systemd did not start it: %q", result)
}
