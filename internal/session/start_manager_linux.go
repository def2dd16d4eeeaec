package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strings"

	"github.com/godbus/dbus/v5"
	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	processes "github.com/deskbell/deskbell/internal/process"
)

// Names of org.freedesktop.systemd1(5).
const (
	systemdName    = "org.freedesktop.systemd1"
	systemdPath    = dbus.ObjectPath("/org/freedesktop/systemd1")
	systemdManager = systemdName + ".Manager"
	systemdService = systemdName + ".Service"
)

// A manager is the person's own systemd, spoken to as the person. It is the
// person's: what it answers is believed no more than the person would be.
type manager struct {
	uid uint32
	bus *dbus.Conn
}

// dialManager connects to the manager's own socket; nil where there is none.
// That is done as the person, which takes nothing but the right to become
// anybody, and nobody's help: systemd-run -M would make a session for it.
func dialManager(ctx context.Context, uid uint32) (*manager, error) {
	if info, err := os.Stat("/run/systemd/system"); err != nil || !info.IsDir() {
		return nil, nil // the system was not started by systemd
	}
	conn, err := connectAs(uid, runtimeDirOf(formatID(uid))+"/systemd/private")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED) {
		return nil, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, &StartError{
			Reason: StartNotPermitted, Err: fmt.Errorf("ask the user's systemd: %w", err),
			hint: "let the unit become other users: CapabilityBoundingSet with CAP_SETUID and CAP_SETGID",
		}
	}
	if err != nil {
		return nil, fmt.Errorf("ask the user's systemd: %w", err)
	}
	// Closed with ctx, so that nobody waits for one who does not answer.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	bus, err := dbus.NewConn(&peer{Conn: conn, left: answerLimit})
	if err == nil {
		err = bus.Auth([]dbus.Auth{dbus.AuthExternal(formatID(uid))})
	}
	if err != nil {
		stop()
		return nil, errors.Join(fmt.Errorf("ask the user's systemd: %w", err), conn.Close())
	}
	return &manager{uid: uid, bus: bus}, nil
}

func (m *manager) close() { _ = m.bus.Close() }

// connectAs connects to a socket as another user. Only the thread that does it
// becomes that user, and is thrown away if it cannot become itself again. It
// does not block: a socket where nobody takes connections is an error.
func connectAs(uid uint32, path string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		own := uint32(os.Geteuid())
		if err := become(uid); err != nil {
			if become(own) == nil {
				runtime.UnlockOSThread()
			}
			done <- result{err: err}
			return
		}
		conn, err := connectUnix(path)
		if become(own) == nil {
			runtime.UnlockOSThread()
		}
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

// become sets the effective user of the calling thread alone, where Go's own
// functions set that of all threads.
func become(uid uint32) error {
	const keep = ^uintptr(0)
	if _, _, err := unix.RawSyscall(unix.SYS_SETRESUID, keep, uintptr(uid), keep); err != 0 {
		return os.NewSyscallError("setresuid", err)
	}
	// 32-bit systems have a call of that name for 16-bit numbers.
	if is, _, _ := unix.RawSyscall(unix.SYS_GETEUID, 0, 0, 0); uint32(is) != uid {
		return fmt.Errorf("become user %d: %w", uid, fs.ErrPermission)
	}
	return nil
}

func connectUnix(path string) (net.Conn, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return nil, &fs.PathError{Op: "connect", Path: path, Err: err}
	}
	return net.FileConn(file)
}

func (m *manager) object() dbus.BusObject { return m.bus.Object(systemdName, systemdPath) }

// start has the manager start the program as a unit of its own, which is
// outside the caller's sandbox and outlives it.
func (m *manager) start(ctx context.Context, s Session, p Program) (processes.ID, error) {
	env, err := m.environment(ctx, s, p)
	if err != nil {
		return processes.ID{}, err
	}
	job, err := m.watch(ctx, "deskbell-"+uuid.NewString()+".service")
	if err != nil {
		return processes.ID{}, err
	}
	if err := m.run(ctx, job.unit, p, env); err != nil {
		return processes.ID{}, err
	}
	if err := job.wait(ctx); err != nil {
		return processes.ID{}, err
	}
	return m.process(ctx, job.unit)
}

// environment is what is added to the manager's own, which says where the
// person's screen is on most desktops; where it does not, or where it speaks
// of another session of the person's, the processes of the session do.
func (m *manager) environment(ctx context.Context, s Session, p Program) ([]string, error) {
	var own []string
	v, err := m.object().GetProperty(systemdManager + ".Environment")
	if err == nil {
		err = v.Store(&own)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the user's systemd for its environment: %w", err)
	}
	has := newEnviron(exactly, own)
	add := newEnviron(exactly)
	logind := logindRuns()
	if logind && s.ID != "" {
		add.set("XDG_SESSION_ID", s.ID)
	}
	id := has.get("XDG_SESSION_ID")
	var missing error
	if !has.onDisplay() || id != "" && id != s.ID {
		w, err := lookout{proc: "/proc", session: s.ID, uid: m.uid, logind: logind}.find(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		missing = err
		if w.environ.onDisplay() || !has.onDisplay() {
			for _, v := range w.environ.order {
				if displayVariable(v.name) {
					add.set(v.name, v.value)
				}
			}
		}
	}
	add.add(p.Env)
	if !newEnviron(exactly, own, add.list()).shows() {
		return nil, noDisplay(missing)
	}
	return add.list(), nil
}

// property of a unit that is made by StartTransientUnit.
type property struct {
	Name  string
	Value dbus.Variant
}

// command of a unit: a(sasb).
type command struct {
	Path          string
	Args          []string
	IgnoreFailure bool
}

func (m *manager) run(ctx context.Context, unit string, p Program, env []string) error {
	// The manager would put variables where an argument names them.
	args := []string{p.Path}
	for _, a := range p.Args {
		args = append(args, strings.ReplaceAll(a, "$", "$$"))
	}
	properties := func(kind string) []property {
		return []property{
			{"Description", dbus.MakeVariant("Deskbell")},
			{"Type", dbus.MakeVariant(kind)},
			{"CollectMode", dbus.MakeVariant("inactive-or-failed")},
			{"Slice", dbus.MakeVariant("app.slice")},
			{"WorkingDirectory", dbus.MakeVariant("/")},
			{"Environment", dbus.MakeVariant(env)},
			{"ExecStart", dbus.MakeVariant([]command{{p.Path, args, false}})},
		}
	}
	call := func(kind string) error {
		var none []struct {
			Name       string
			Properties []property
		}
		return m.object().CallWithContext(ctx, systemdManager+".StartTransientUnit", 0, unit, "fail", properties(kind), none).Err
	}
	// "exec" says whether the program could be executed; before systemd 240 there
	// is none.
	err := call("exec")
	if isError(err, "org.freedesktop.DBus.Error.InvalidArgs") {
		err = call("simple")
	}
	if err != nil {
		return fmt.Errorf("have the user's systemd start it: %w", err)
	}
	return nil
}

// process asks for the main process of a unit, and believes it if it is the
// person's. A unit that has ended already is not there any more.
func (m *manager) process(ctx context.Context, unit string) (processes.ID, error) {
	object := m.bus.Object(systemdName, unitPath(unit))
	var v dbus.Variant
	err := object.CallWithContext(ctx, propertiesName+".Get", 0, systemdService, "MainPID").Store(&v)
	if ctx.Err() != nil {
		return processes.ID{}, ctx.Err()
	}
	pid, ok := v.Value().(uint32)
	if err != nil || !ok || pid == 0 || pid > 1<<22 {
		return processes.ID{}, nil
	}
	id, err := processes.Of(int(pid))
	if err != nil {
		return processes.ID{}, nil // it has ended
	}
	status, err := readSome(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return processes.ID{}, nil
	}
	if c, ok := parseCredentials(status); !ok || !only(c.uids, m.uid) {
		return processes.ID{}, &StartError{
			Reason: StartRefused,
			Err:    fmt.Errorf("the user's systemd says that it started process %d, which is not the user's", pid),
		}
	}
	return id, nil
}

// unitPath is the object of a unit.
func unitPath(unit string) dbus.ObjectPath {
	var b strings.Builder
	for _, c := range []byte(unit) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return systemdPath + "/unit/" + dbus.ObjectPath(b.String())
}
