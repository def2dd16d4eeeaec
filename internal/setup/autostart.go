// Package setup puts Deskbell into a computer and takes it out again.
package setup

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/deskbell/deskbell/internal/trust"
)

// Autostart is an entry that starts the monitor of a queue at log-on: of one
// user, or of everybody. On Windows it is a value of the Run key, on Linux a
// file of the XDG Autostart Specification.
type Autostart struct {
	Queue   string // as protocol.ParseQueue returns it
	Program string // absolute path of deskbell; deskbellw.exe where there is one
	Machine bool   // for everybody, which needs administrator rights
	// Trusted says why a program must not be started for everybody; nil =
	// trust.AdminsOnly.
	Trusted func(path string) error
}

// args are what the program is started with.
func (a Autostart) args() []string { return []string{"monitor", "--queue", a.Queue} }

// PermissionError says that an entry for everybody needs more rights. It is
// an fs.ErrPermission.
type PermissionError struct{ Err error }

func (e *PermissionError) Error() string {
	return "start a monitor for every user: administrator rights are needed: " + e.Err.Error()
}

func (e *PermissionError) Unwrap() error { return e.Err }

// Set makes the entry what it should be and reads it back; false where it was
// so already. Nothing is changed where the rights for it are missing: then the
// error is a *PermissionError for everybody's, and an fs.ErrPermission in any
// case.
func (a Autostart) Set() (changed bool, err error) {
	want, err := a.text()
	if err != nil {
		return false, fmt.Errorf("set autostart: %w", err)
	}
	if err := a.trusted(); err != nil {
		return false, err
	}
	return a.change(want, func() error { return a.write(want) })
}

// trusted makes sure that nobody gains another's rights by an entry.
func (a Autostart) trusted() error {
	if !a.Machine {
		return nil
	}
	trusted := a.Trusted
	if trusted == nil {
		trusted = trust.AdminsOnly
	}
	if err := trusted(a.Program); err != nil {
		return &UntrustedError{"start a monitor for every user", err}
	}
	return nil
}

// UntrustedError says that a program must not be started with other people's
// rights. It is an fs.ErrPermission.
type UntrustedError struct {
	What string // what was to be done
	Err  error
}

func (e *UntrustedError) Error() string {
	return e.What + ": only administrators may be able to change the program: " + e.Err.Error()
}

func (e *UntrustedError) Unwrap() []error { return []error{e.Err, fs.ErrPermission} }

// Remove takes the entry away and looks that it is gone; false where there was
// none. Errors are those of Set.
func (a Autostart) Remove() (changed bool, err error) {
	return a.change("", a.remove)
}

// change carries out a change unless the entry, "" for none, is as wanted.
func (a Autostart) change(want string, carryOut func() error) (changed bool, err error) {
	if err := a.permitted(); err != nil {
		if a.Machine && errors.Is(err, fs.ErrPermission) {
			return false, &PermissionError{err}
		}
		return false, fmt.Errorf("change autostart: %w", err)
	}
	is, err := a.entry()
	if err != nil || is == want {
		return false, err
	}
	if err := carryOut(); err != nil {
		return false, fmt.Errorf("change autostart: %w", err)
	}
	switch is, err = a.entry(); {
	case err != nil:
		return true, err
	case is != want:
		return true, fmt.Errorf("change autostart: %s has %q where it should have %q", a.Place(), is, want)
	}
	return true, nil
}

// entry is what is there, "" for nothing.
func (a Autostart) entry() (string, error) {
	text, err := a.read()
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read autostart: %w", err)
	}
	return text, nil
}
