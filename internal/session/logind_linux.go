package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of org.freedesktop.login1(5).
const (
	logindName    = "org.freedesktop.login1"
	logindPath    = dbus.ObjectPath("/org/freedesktop/login1")
	logindManager = logindName + ".Manager"
	logindSession = logindName + ".Session"

	propertiesName = "org.freedesktop.DBus.Properties"
)

// list asks logind, or looks at the processes where there is none.
func list(ctx context.Context) ([]Session, error) {
	sessions, err := listed(ctx)
	if err != nil {
		return nil, err
	}
	addLocales(ctx, "/proc", "/etc", sessions)
	return sessions, nil
}

func listed(ctx context.Context) ([]Session, error) {
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("ask for the sessions: %w", ctx.Err())
		}
		return processSessions("/proc", "/run/user")
	}
	defer bus.Close()
	sessions, err := logindSessions(ctx, bus)
	if absent(err) {
		return processSessions("/proc", "/run/user")
	}
	if err != nil && ctx.Err() != nil {
		// The bus is closed then, which is what err says.
		return nil, fmt.Errorf("ask logind for the sessions: %w", ctx.Err())
	}
	return sessions, err
}

func logindSessions(ctx context.Context, bus *dbus.Conn) ([]Session, error) {
	var entries []struct {
		ID   string
		UID  uint32
		User string
		Seat string
		Path dbus.ObjectPath
	}
	call := bus.Object(logindName, logindPath).CallWithContext(ctx, logindManager+".ListSessions", dbus.FlagNoAutoStart)
	if err := call.Store(&entries); err != nil {
		return nil, fmt.Errorf("ask logind for the sessions: %w", err)
	}
	var sessions []Session
	for _, e := range entries {
		p, err := getAll(ctx, bus, e.Path)
		if vanished(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ask logind for session %q: %w", e.ID, err)
		}
		if !p.person() {
			continue
		}
		sessions = append(sessions, p.session(e.ID, e.UID, e.User, e.Seat))
	}
	return sessions, nil
}

// properties are those of a session of logind. What is missing or of a wrong
// type is what it would be if it were empty.
type properties map[string]dbus.Variant

func getAll(ctx context.Context, bus *dbus.Conn, path dbus.ObjectPath) (properties, error) {
	var p properties
	if !path.IsValid() {
		return nil, fmt.Errorf("%q is no object path", path)
	}
	call := bus.Object(logindName, path).CallWithContext(ctx, propertiesName+".GetAll", dbus.FlagNoAutoStart, logindSession)
	return p, call.Store(&p)
}

func (p properties) text(name string) string {
	s, _ := p[name].Value().(string)
	return s
}

func (p properties) yes(name string) bool {
	b, _ := p[name].Value().(bool)
	return b
}

// time reads µs since 1970; zero for none and for what is in the future.
func (p properties) time(name string) time.Time {
	us, _ := p[name].Value().(uint64)
	if us == 0 || us > uint64(time.Now().UnixMicro()) {
		return time.Time{}
	}
	return time.UnixMicro(int64(us))
}

// person reports whether the session is one that a person has: class user,
// user-early, user-light and what may come, and not about to close. Processes
// that outlive a log-off keep a session "closing" for as long as they like.
func (p properties) person() bool {
	class := p.text("Class")
	return (class == "user" || strings.HasPrefix(class, "user-")) && p.text("State") != "closing"
}

func (p properties) session(id string, uid uint32, user, seat string) Session {
	s := Session{
		ID: id, User: user, UID: strconv.FormatUint(uint64(uid), 10), Seat: seat,
		TTY: p.text("TTY"), Remote: p.yes("Remote"), Active: p.yes("Active"), State: p.state(),
		Type: p.text("Type"), Class: p.text("Class"), Since: p.time("Timestamp"),
	}
	if since := p.time("IdleSinceHint"); p.yes("IdleHint") && !since.IsZero() {
		s.Idle = time.Since(since)
	}
	return s
}

// state has what logind knows. A session that is not active is another's turn
// at the seat, or is closing.
func (p properties) state() State {
	return State{
		Locked:       p.yes("LockedHint"),
		Disconnected: !p.yes("Active") || p.text("State") == "closing",
	}
}

// absent reports whether nobody on the bus has the name that was called.
func absent(err error) bool {
	return isError(err, "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner")
}

// vanished reports whether the session that was asked about has ended.
func vanished(err error) bool {
	return isError(err, "org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.login1.NoSuchSession")
}

func isError(err error, names ...string) bool {
	var answer dbus.Error
	if !errors.As(err, &answer) {
		return false
	}
	for _, name := range names {
		if answer.Name == name {
			return true
		}
	}
	return false
}

// sessionBus connects to the bus of the user, without starting one: nil where
// there is none.
func sessionBus(ctx context.Context) *dbus.Conn {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" {
		dir := os.Getenv("XDG_RUNTIME_DIR")
		if dir == "" {
			return nil
		}
		address = "unix:path=" + dbus.EscapeBusAddressValue(dir+"/bus")
	}
	bus, err := connect(ctx, func(ctx context.Context) (*dbus.Conn, error) {
		return dbus.Connect(address, dbus.WithContext(ctx))
	})
	if err != nil {
		return nil
	}
	return bus
}

// connect connects to a bus until ctx is done. One that takes the connection and
// says nothing is given up.
func connect(ctx context.Context, to func(context.Context) (*dbus.Conn, error)) (*dbus.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(patience, cancel)
	bus, err := to(ctx)
	if !timer.Stop() && err == nil {
		bus.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return bus, nil
}
