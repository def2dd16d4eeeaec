package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/deskbell/deskbell/internal/process"
)

// between is the time between two looks at a service that is on its way: only a
// thread that does nothing else can be called by the service manager.
const between = 50 * time.Millisecond

// await looks again and again until it is so, or ctx is done.
func await(ctx context.Context, so func() (bool, error)) error {
	ticker := time.NewTicker(between)
	defer ticker.Stop()
	for {
		if ok, err := so(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func (d Definition) start(ctx context.Context) error {
	return d.manage(func(m *mgr.Mgr) error {
		s, err := m.OpenService(d.name())
		if err != nil {
			return err
		}
		defer s.Close()
		err = s.Start()
		if errors.Is(err, windows.ERROR_SERVICE_REQUEST_TIMEOUT) {
			// It may have begun and ended by itself meanwhile: then its own word
			// says more than that of the service manager.
			is, queryErr := s.Query()
			if code := windows.Errno(is.Win32ExitCode); queryErr == nil && stateOf(is) == Failed && code == windows.ERROR_SERVICE_SPECIFIC_ERROR {
				return &ControlError{State: Failed, Said: exitOf(is)}
			}
		}
		if err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
			return err
		}
		return await(ctx, func() (bool, error) {
			is, err := s.Query()
			if err != nil {
				return false, err
			}
			switch state := stateOf(is); state {
			case Running:
				return true, nil
			case Starting:
				return false, nil
			default:
				return false, &ControlError{State: state, Said: exitOf(is)}
			}
		})
	})
}

func (d Definition) stop(ctx context.Context) error {
	err := d.manage(func(m *mgr.Mgr) error {
		s, err := m.OpenService(d.name())
		if err != nil {
			return err
		}
		defer s.Close()
		before, err := s.Query()
		if err != nil {
			return err
		}
		if before.State == svc.Stopped {
			return nil
		}
		// While it starts it takes no control; it does not start for ever.
		err = await(ctx, func() (bool, error) {
			_, err := s.Control(svc.Stop)
			if errors.Is(err, windows.ERROR_SERVICE_CANNOT_ACCEPT_CTRL) {
				is, queryErr := s.Query()
				return is.State == svc.StopPending || is.State == svc.Stopped, queryErr
			}
			return err == nil, err
		})
		if err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
			return err
		}
		err = await(ctx, func() (bool, error) {
			is, err := s.Query()
			return is.State == svc.Stopped, err
		})
		if err != nil || before.ProcessId == 0 {
			return err
		}
		// It says that it has stopped before it ends, and keeps its file until then.
		id, err := process.Of(int(before.ProcessId))
		if err != nil {
			return nil // it has ended
		}
		return process.Wait(ctx, id)
	})
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return nil
	}
	return err
}

// status needs no rights but those that every user has.
func (d Definition) status(context.Context) (Status, error) {
	s := Status{State: Missing}
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrNoManager, err)
	}
	defer windows.CloseServiceHandle(manager)
	name, err := windows.UTF16PtrFromString(d.name())
	if err != nil {
		return s, err
	}
	handle, err := windows.OpenService(manager, name, windows.SERVICE_QUERY_CONFIG|windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	opened := &mgr.Service{Name: d.name(), Handle: handle}
	defer opened.Close()
	is, err := opened.Query()
	if err != nil {
		return s, err
	}
	s.State, s.Pid = stateOf(is), int(is.ProcessId)
	if s.State == Failed {
		s.Said = exitOf(is)
	}
	config, err := configOf(opened)
	if err != nil {
		return s, err
	}
	s.Command = config.command
	if words, err := windows.DecomposeCommandLine(s.Command); err == nil && len(words) > 0 {
		s.Program = words[0]
	}
	if d.Program == "" {
		return s, nil
	}
	command, err := d.command()
	if err == nil {
		s.Different, err = d.different(opened, command)
	}
	return s, err
}

func stateOf(is svc.Status) State {
	switch is.State {
	case svc.StartPending, svc.ContinuePending:
		return Starting
	case svc.Running, svc.PausePending, svc.Paused:
		return Running
	case svc.StopPending:
		return Stopping
	}
	if is.Win32ExitCode != 0 && windows.Errno(is.Win32ExitCode) != windows.ERROR_SERVICE_NEVER_STARTED {
		return Failed
	}
	return Stopped
}

// exitOf says how a service ended.
func exitOf(is svc.Status) string {
	code := windows.Errno(is.Win32ExitCode)
	switch code {
	case 0:
		return "it ended"
	case windows.ERROR_SERVICE_SPECIFIC_ERROR:
		return fmt.Sprintf("it ended with %d; the event log says why", is.ServiceSpecificExitCode)
	}
	return fmt.Sprintf("it ended with %d: %v", uint32(code), code)
}

// managed: Windows has a service manager.
func managed() error { return nil }
