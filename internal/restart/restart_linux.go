package restart

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of org.freedesktop.login1(5).
const (
	logindName    = "org.freedesktop.login1"
	logindPath    = dbus.ObjectPath("/org/freedesktop/login1")
	logindManager = logindName + ".Manager"
)

// required is a file that packages make which want the computer restarted
// (Debian, Ubuntu, SUSE).
const required = "/run/reboot-required"

// system is logind. The zero value is that of the computer.
type system struct {
	connect  func(context.Context) (*dbus.Conn, error) // nil = to the system bus
	required string                                    // "" = the usual file
}

func (system) owner() string { return "logind" }

// Agent reports whether restarts are left to the distribution system unless
// somebody says otherwise: nothing tells a server from a desktop here.
func Agent() bool { return true }

// Required reports whether what has been installed since a time wants a restart.
func (s System) Required(since time.Time) bool {
	file := s.required
	if file == "" {
		file = required
	}
	info, err := os.Stat(file)
	// Clocks of file systems are coarser than ours.
	return err == nil && !info.ModTime().Before(since.Add(-time.Second))
}

// with calls do with the manager of logind.
func (s system) with(ctx context.Context, do func(manager dbus.BusObject) error) (err error) {
	connect := s.connect
	if connect == nil {
		connect = func(ctx context.Context) (*dbus.Conn, error) { return dbus.ConnectSystemBus(dbus.WithContext(ctx)) }
	}
	bus, err := connect(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no system bus, and so no logind")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bus.Close()) }()
	return do(bus.Object(logindName, logindPath))
}

// planned is org.freedesktop.login1.Manager.ScheduledShutdown.
type planned struct {
	What string // "" = nothing
	At   uint64 // µs since 1970
}

func plannedBy(manager dbus.BusObject) (time.Time, error) {
	value, err := manager.GetProperty(logindManager + ".ScheduledShutdown")
	if err != nil {
		return time.Time{}, err
	}
	var p planned
	if err := value.Store(&p); err != nil || p.What == "" {
		return time.Time{}, err
	}
	return time.UnixMicro(int64(p.At)), nil
}

func (s system) schedule(ctx context.Context, p Plan) error {
	return s.with(ctx, func(manager dbus.BusObject) error {
		if at, err := plannedBy(manager); err != nil {
			return err
		} else if !at.IsZero() && !at.After(p.At) {
			return &PendingError{at}
		}
		// What logind says to terminals.
		if call := manager.CallWithContext(ctx, logindManager+".SetWallMessage", 0, p.Why, true); call.Err != nil {
			return call.Err
		}
		return manager.CallWithContext(ctx, logindManager+".ScheduleShutdown", 0, "reboot", uint64(p.At.UnixMicro())).Err
	})
}

func (s system) pending(ctx context.Context) (at time.Time, err error) {
	err = s.with(ctx, func(manager dbus.BusObject) error {
		at, err = plannedBy(manager)
		return err
	})
	return at, err
}

func (s system) cancel(ctx context.Context) error {
	return s.with(ctx, func(manager dbus.BusObject) error {
		return manager.CallWithContext(ctx, logindManager+".CancelScheduledShutdown", 0).Err
	})
}
