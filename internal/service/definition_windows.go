package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/deskbell/deskbell/protocol"
)

func (d Definition) name() string {
	if d.Queue == protocol.DefaultQueue {
		return "Deskbell"
	}
	return "Deskbell-" + d.Queue
}

func (d Definition) place() string {
	return `HKLM\SYSTEM\CurrentControlSet\Services\` + d.name()
}

// command is its command line, quoted as Windows takes it apart.
func (d Definition) command() (string, error) {
	if !filepath.IsAbs(d.Program) || strings.ContainsAny(d.Program, "\"\x00") {
		return "", fmt.Errorf("%q cannot be the program of a command line", d.Program)
	}
	return `"` + d.Program + `" ` + strings.Join(d.args(), " "), nil
}

// administrator reports whether the token that counts now, that of the thread
// where it has one, has Administrators as an enabled group, as SYSTEM's has.
func administrator() error {
	admins, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return fmt.Errorf("make the SID of Administrators: %w", err)
	}
	switch member, err := windows.Token(0).IsMember(admins); {
	case err != nil:
		return fmt.Errorf("ask whether this user is an administrator: %w", err)
	case !member:
		return windows.ERROR_ACCESS_DENIED
	}
	return nil
}

func (d Definition) install(context.Context) error {
	command, err := d.command()
	if err != nil {
		return err
	}
	return d.manage(func(m *mgr.Mgr) error {
		s, err := m.OpenService(d.name())
		if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
			return d.create(m, command)
		}
		if err != nil {
			return err
		}
		defer s.Close()
		different, err := d.different(s, command)
		if err == nil && different != "" {
			err = d.configure(s, command)
		}
		return err
	})
}

// create makes the service whole or not at all.
func (d Definition) create(m *mgr.Mgr, command string) error {
	s, err := m.CreateService(d.name(), d.Program, mgr.Config{StartType: mgr.StartAutomatic, ErrorControl: mgr.ErrorNormal})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := d.configure(s, command); err != nil {
		return errors.Join(err, s.Delete())
	}
	return nil
}

func (d Definition) uninstall(ctx context.Context) error {
	if err := d.stop(ctx); err != nil {
		return err
	}
	err := d.manage(func(m *mgr.Mgr) error {
		s, err := m.OpenService(d.name())
		if err != nil {
			return err
		}
		return errors.Join(s.Delete(), s.Close())
	})
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return nil
	}
	if err != nil && !errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
		return err
	}
	// It goes with the last handle that somebody has of it.
	return await(ctx, func() (bool, error) {
		s, err := d.status(ctx)
		return s.State == Missing, err
	})
}

// manage opens the service manager with all rights.
func (d Definition) manage(do func(*mgr.Mgr) error) error {
	if err := administrator(); err != nil {
		return &PermissionError{Err: err}
	}
	m, err := mgr.Connect()
	if errors.Is(err, fs.ErrPermission) {
		return &PermissionError{Err: err}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoManager, err)
	}
	return errors.Join(do(m), m.Disconnect())
}
