package session

import (
	"bufio"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>`

// A bus is one of a test's own.
type bus struct {
	t       *testing.T
	address string
	end     func()
}

// newBus starts a bus, which ends with the test.
func newBus(t *testing.T) *bus {
	t.Helper()
	dir, err := os.MkdirTemp("", "deskbell-bus-") // short, for the socket's sake
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := filepath.Join(dir, "bus.conf")
	text := strings.Replace(busConfig, "SOCKET", filepath.Join(dir, "socket"), 1)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--print-address", "--nofork", "--nopidfile")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := &bus{t: t, end: sync.OnceFunc(func() {
		_ = cmd.Process.Kill() // ours, and not waited for yet
		_ = cmd.Wait()
	})}
	t.Cleanup(b.end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("start a bus: ", err)
	}
	b.address = strings.TrimSpace(line)
	return b
}

// connect is one more program on the bus, with a name unless that is "".
func (b *bus) connect(name string) *dbus.Conn {
	b.t.Helper()
	conn, err := dbus.Connect(b.address)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	if name != "" {
		if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
			b.t.Fatalf("take the name %s: %v, %v", name, reply, err)
		}
	}
	return conn
}

// A login is a logind that says what a test wants.
type login struct {
	conn *dbus.Conn

	mu       sync.Mutex
	entries  []entry
	sessions map[dbus.ObjectPath]map[string]dbus.Variant
	fails    *dbus.Error
	hangs    chan struct{}
}

// entry is one of what ListSessions answers.
type entry struct {
	ID         string
	UID        uint32
	User, Seat string
	Path       dbus.ObjectPath
}

// newLogin starts one on a system bus that this process will use.
func newLogin(t *testing.T) (*login, *bus) {
	t.Helper()
	b := newBus(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", b.address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Setenv("DISPLAY", "")
	l := &login{sessions: map[dbus.ObjectPath]map[string]dbus.Variant{}}
	l.conn = b.connect("")
	if err := l.conn.Export(l, logindPath, logindManager); err != nil {
		t.Fatal(err)
	}
	if _, err := l.conn.RequestName(logindName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return l, b
}

// add adds a session with these properties; with nil it is in the list only.
func (l *login) add(t *testing.T, id string, uid uint32, user, seat string, properties map[string]any) {
	t.Helper()
	path := dbus.ObjectPath("/org/freedesktop/login1/session/_3" + id)
	l.mu.Lock()
	l.entries = append(l.entries, entry{id, uid, user, seat, path})
	l.mu.Unlock()
	if properties != nil {
		l.set(path, properties)
	}
	if err := l.conn.Export(sessionObject{l, path}, path, propertiesName); err != nil {
		t.Fatal(err)
	}
}

func (l *login) set(path dbus.ObjectPath, properties map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]dbus.Variant{}
	for name, value := range properties {
		all[name] = dbus.MakeVariant(value)
	}
	l.sessions[path] = all
}

// fail has ListSessions answer with an error, or not before hangs is closed.
func (l *login) fail(err *dbus.Error, hangs chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fails, l.hangs = err, hangs
}

// change changes one property and says so.
func (l *login) change(t *testing.T, id, name string, value any) {
	t.Helper()
	path := dbus.ObjectPath("/org/freedesktop/login1/session/_3" + id)
	l.mu.Lock()
	l.sessions[path][name] = dbus.MakeVariant(value)
	l.mu.Unlock()
	changed := map[string]dbus.Variant{name: dbus.MakeVariant(value)}
	if err := l.conn.Emit(path, propertiesName+".PropertiesChanged", logindSession, changed, []string{}); err != nil {
		t.Fatal(err)
	}
}

// remove ends a session and says so.
func (l *login) remove(t *testing.T, id string) {
	t.Helper()
	path := dbus.ObjectPath("/org/freedesktop/login1/session/_3" + id)
	l.mu.Lock()
	delete(l.sessions, path)
	l.mu.Unlock()
	if err := l.conn.Emit(logindPath, logindManager+".SessionRemoved", id, path); err != nil {
		t.Fatal(err)
	}
}

// ListSessions is that of org.freedesktop.login1.Manager.
func (l *login) ListSessions() ([]entry, *dbus.Error) {
	l.mu.Lock()
	hangs := l.hangs
	l.mu.Unlock()
	if hangs != nil {
		<-hangs
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries, l.fails
}

// GetSession is that of org.freedesktop.login1.Manager.
func (l *login) GetSession(id string) (dbus.ObjectPath, *dbus.Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.ID == id {
			return e.Path, nil
		}
	}
	return "/", dbus.NewError("org.freedesktop.login1.NoSuchSession", nil)
}

type sessionObject struct {
	login *login
	path  dbus.ObjectPath
}

// GetAll is that of org.freedesktop.DBus.Properties.
func (s sessionObject) GetAll(string) (map[string]dbus.Variant, *dbus.Error) {
	s.login.mu.Lock()
	defer s.login.mu.Unlock()
	properties, ok := s.login.sessions[s.path]
	if !ok {
		return nil, dbus.NewError("org.freedesktop.DBus.Error.UnknownObject", nil)
	}
	return maps.Clone(properties), nil
}
