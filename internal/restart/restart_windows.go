package restart

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// memory is the key in which a plan is remembered: volatile, so that it goes with
// the restart, whoever restarts. Its access list is that of HKLM\SOFTWARE.
const memory = `SOFTWARE\Deskbell\Restart`

// system is Windows' own shutdown. The zero value is that of the computer.
type system struct {
	memory   string                          // "" = the usual key
	initiate func(p Plan, seconds int) error // nil = Windows
	abort    func() error                    // nil = Windows
}

func (system) owner() string { return "windows" }

// Agent reports whether restarts are left to the distribution system unless
// somebody says otherwise: on servers.
func Agent() bool {
	const workstation = 1 // VER_NT_WORKSTATION
	return windows.RtlGetVersion().ProductType != workstation
}

// Required: installers say it by their exit status.
func (System) Required(time.Time) bool { return false }

func (s system) key() string {
	if s.memory != "" {
		return s.memory
	}
	return memory
}

// mostSeconds is the longest time that InitiateSystemShutdownEx takes.
const mostSeconds = 315_360_000

func (s system) schedule(ctx context.Context, p Plan) error {
	if at, err := s.pending(ctx); err != nil {
		return err
	} else if !at.IsZero() && !at.After(p.At) {
		return &PendingError{at}
	} else if !at.IsZero() {
		if err := s.cancel(ctx); err != nil {
			return err
		}
	}
	initiate := s.initiate
	if initiate == nil {
		initiate = initiateByWindows
	}
	// It waits at least as long.
	seconds := int((time.Until(p.At) + time.Second - 1) / time.Second)
	err := initiate(p, min(max(0, seconds), mostSeconds))
	if errors.Is(err, windows.ERROR_SHUTDOWN_IS_SCHEDULED) || errors.Is(err, windows.ERROR_SHUTDOWN_IN_PROGRESS) {
		return &PendingError{}
	}
	if err != nil {
		return err
	}
	if err := s.remember(p.At); err != nil {
		return fmt.Errorf("it is scheduled, but cannot be remembered: %w", err)
	}
	return nil
}

func initiateByWindows(p Plan, seconds int) error {
	return win.WithPrivilege("SeShutdownPrivilege", func() error {
		return win.InitiateShutdown(p.Why, uint32(seconds), p.Force)
	})
}

// remember makes the key anew: it is the one that goes with the restart.
func (s system) remember(at time.Time) (err error) {
	folder, name := s.key()[:strings.LastIndexByte(s.key(), '\\')], s.key()[strings.LastIndexByte(s.key(), '\\')+1:]
	parent, _, err := registry.CreateKey(registry.LOCAL_MACHINE, folder, registry.CREATE_SUB_KEY|registry.WOW64_64KEY)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parent.Close()) }()
	handle, _, err := win.CreateKey(windows.Handle(parent), name, win.RegOptionVolatile, windows.KEY_SET_VALUE|windows.KEY_WOW64_64KEY, nil)
	if err != nil {
		return err
	}
	key := registry.Key(handle)
	defer func() { err = errors.Join(err, key.Close()) }()
	return key.SetQWordValue("At", uint64(at.Unix()))
}

func (s system) pending(context.Context) (at time.Time, err error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, s.key(), registry.QUERY_VALUE|windows.READ_CONTROL|registry.WOW64_64KEY)
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	defer func() { err = errors.Join(err, key.Close()) }()
	if fault, err := trust.KeyFault(windows.Handle(key)); err != nil || fault != "" {
		return time.Time{}, errors.Join(err, fmt.Errorf(`HKLM\%s is not to be trusted: %s`, s.key(), fault))
	}
	seconds, _, err := key.GetIntegerValue("At")
	if err != nil {
		return time.Time{}, fmt.Errorf(`HKLM\%s: At: %w`, s.key(), err)
	}
	at = time.Unix(int64(seconds), 0)
	// One that did not come, as somebody stopped it, is none.
	if time.Since(at) > overdue {
		return time.Time{}, nil
	}
	return at, nil
}

// overdue is how long after its time a plan may still be carried out.
const overdue = 10 * time.Minute

func (s system) cancel(context.Context) error {
	abort := s.abort
	if abort == nil {
		abort = func() error { return win.WithPrivilege("SeShutdownPrivilege", win.AbortShutdown) }
	}
	err := abort()
	if errors.Is(err, windows.ERROR_NO_SHUTDOWN_IN_PROGRESS) {
		err = nil
	}
	if forgotten := registry.DeleteKey(registry.LOCAL_MACHINE, s.key()); forgotten != nil && !errors.Is(forgotten, fs.ErrNotExist) {
		err = errors.Join(err, forgotten)
	}
	return err
}
