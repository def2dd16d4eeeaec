package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	processes "github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/test/bed"
)

// status is /proc/PID/status with all that is looked at.
func statusOf(uids, gids, groups, effective string) string {
	return "Name:\tx\nUid:\t" + uids + "\nGid:\t" + gids + "\nGroups:\t" + groups +
		" \nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t" + effective + "\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n"
}

const none = "0000000000000000"

func TestVerify(t *testing.T) {
	const ann, crew = "4001\t4001\t4001\t4001", "5001\t5001\t5001\t5001"
	as := &syscall.Credential{Uid: 4001, Gid: 5001, Groups: []uint32{29, 3100, 29}}
	for _, test := range []struct{ name, status, want string }{
		{"as meant", statusOf(ann, crew, "29 3100", none), ""},
		{"in another order", statusOf(ann, crew, "3100 29", none), ""},
		{"root", statusOf("0\t0\t0\t0", crew, "29 3100", none), "as the users"},
		{"could become root", statusOf("4001\t4001\t0\t4001", crew, "29 3100", none), "as the users"},
		{"files of root's", statusOf("4001\t4001\t4001\t0", crew, "29 3100", none), "as the users"},
		{"another group", statusOf(ann, "5001\t0\t5001\t5001", "29 3100", none), "with the groups"},
		{"a group more", statusOf(ann, crew, "0 29 3100", none), "besides"},
		{"a group less", statusOf(ann, crew, "29", none), "besides"},
		{"a capability", statusOf(ann, crew, "29 3100", "0000000000000080"), "capabilities"},
		{"no status", "", "cannot be seen"},
		{"junk", statusOf("a b c d", crew, "29 3100", none), "cannot be seen"},
		{"three users", statusOf("4001\t4001\t4001", crew, "29 3100", none), "cannot be seen"},
		{"no capabilities shown", strings.Replace(statusOf(ann, crew, "29 3100", none), "CapEff", "CapXXX", 1), "cannot be seen"},
	} {
		err := verify([]byte(test.status), as)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestInSession(t *testing.T) {
	for _, test := range []struct {
		cgroup, id string
		want       bool
	}{
		{"0::/user.slice/user-1001.slice/session-3.scope\n", "3", true},
		{"9:name=systemd:/user.slice/user-1001.slice/session-c1.scope\n8:pids:/\n0::/\n", "c1", true},
		{"0::/user.slice/user-1001.slice/session-3.scope/below\n", "3", true},
		{"1:name=elogind:/3\n0::/\n", "3", true},
		{"0::/user.slice/user-1001.slice/session-33.scope\n", "3", false},
		{"0::/user.slice/user-1001.slice/user@1001.service/app.slice/a.scope\n", "3", false},
		{"1:name=elogind:/33\n", "3", false},
		{"0::/3\n", "3", false},
		{"0::/session-3.scope.d\njunk\n", "3", false},
		{"", "", false},
	} {
		if got := inSession([]byte(test.cgroup), test.id); got != test.want {
			t.Errorf("%q in %s: %v", test.cgroup, test.id, got)
		}
	}
}

func TestMountedOver(t *testing.T) {
	const line = "36 35 0:40 /systemd/inaccessible/dir %s ro,nosuid - tmpfs tmpfs rw\n"
	for at, want := range map[string]bool{
		"/run/user": true, "/run/user/1001": true, "/run": false, "/run/user/1002": false, "/run/user/1001/doc": false, "": false,
	} {
		if got := mountedOver("22 1 0:1 / / rw - ext4 a rw\n"+fmt.Sprintf(line, at)+"short\n", "/run/user/1001"); got != want {
			t.Errorf("at %q: %v", at, got)
		}
	}
}

// seenProc is what one process shows to a lookout.
type seenProc struct {
	uids, session string
	environ       string
	unreadable    bool
}

func writeProcs(t *testing.T, procs []seenProc) string {
	t.Helper()
	proc := t.TempDir()
	for i, p := range procs {
		dir := filepath.Join(proc, strconv.Itoa(100+i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		environ := strings.ReplaceAll(p.environ, " ", "\x00")
		for name, text := range map[string]string{
			"status":  statusOf(strings.ReplaceAll(p.uids, " ", "\t"), "5\t5\t5\t5", strconv.Itoa(i), none),
			"cgroup":  "0::/user.slice/session-" + p.session + ".scope\n",
			"environ": environ,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if p.unreadable {
			if err := os.Chmod(filepath.Join(dir, "environ"), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return proc
}

func TestLookout(t *testing.T) {
	const ann = "4001 4001 4001 4001"
	leader := seenProc{uids: "0 0 0 0", session: "3", environ: "DISPLAY=:9 XAUTHORITY=/root/x A=b C=d"}
	for _, test := range []struct {
		name    string
		logind  bool
		session string
		procs   []seenProc
		want    []string
		err     error
	}{
		{"nobody", true, "3", nil, nil, errNoWitness},
		{"root's leader alone", true, "3", []seenProc{leader}, nil, errNoWitness},
		{"the user's", true, "3", []seenProc{leader, {ann, "3", "DISPLAY=:1 HOME=/h SECRET=s LC_TIME=de LD_PRELOAD=x", false}}, []string{"DISPLAY=:1", "HOME=/h", "LC_TIME=de"}, nil},
		{"one that became another", true, "3", []seenProc{{"4001 4001 4001 0", "3", "DISPLAY=:1", false}}, nil, errNoWitness},
		{"of another session", true, "3", []seenProc{{ann, "4", "DISPLAY=:1", false}}, nil, errNoWitness},
		{"another user's", true, "3", []seenProc{{"4002 4002 4002 4002", "3", "DISPLAY=:1", false}}, nil, errNoWitness},
		{"the one that says most", true, "3", []seenProc{{ann, "3", "DISPLAY=:1", false}, {ann, "3", "DISPLAY=:2 LANG=de", false}, {ann, "3", "LANG=a HOME=b USER=c", false}}, []string{"DISPLAY=:2", "LANG=de"}, nil},
		{"lines in a value", true, "3", []seenProc{{ann, "3", "DISPLAY=:1 LANG=a\nb XAUTHORITY=\x1b[", false}}, []string{"DISPLAY=:1"}, nil},
		{"without logind, on that display", false, ":1", []seenProc{{ann, "", "DISPLAY=:1", false}, {ann, "", "DISPLAY=:2 LANG=de HOME=/h", false}}, []string{"DISPLAY=:1"}, nil},
		{"without logind, whichever", false, "", []seenProc{{ann, "", "LANG=de HOME=/h", false}, {ann, "", "DISPLAY=:2", false}}, []string{"DISPLAY=:2"}, nil},
		{"without logind, root's", false, ":9", []seenProc{leader}, nil, errNoWitness},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, _, err := lookout{proc: writeProcs(t, test.procs), session: test.session, uid: 4001, logind: test.logind}.look()
			if !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if got := w.environ.list(); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// A process that says nothing is asked again: its exec may not be over yet.
func TestLookoutAsksAgain(t *testing.T) {
	proc := writeProcs(t, []seenProc{{uids: "4001 4001 4001 4001", session: "3"}})
	l := lookout{proc: proc, session: "3", uid: 4001, logind: true}
	if _, silent, err := l.look(); !silent || err != nil {
		t.Fatalf("silent %v, %v", silent, err)
	}
	written := make(chan error)
	go func() {
		file := filepath.Join(proc, "100", "environ")
		err := os.WriteFile(file+".new", []byte("DISPLAY=:1\x00"), 0o644)
		written <- errors.Join(err, os.Rename(file+".new", file))
	}()
	w, err := l.find(t.Context())
	if err := errors.Join(err, <-written); err != nil || w.environ.get("DISPLAY") != ":1" {
		t.Errorf("%q, %v", w.environ.list(), err)
	}
}

func TestLookoutIsRefused(t *testing.T) {
	proc := writeProcs(t, []seenProc{{"4001 4001 4001 4001", "3", "DISPLAY=:1", true}})
	refused := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its id
		if os.Getuid() == 0 {  // who may read everything
			if _, err := unix.SetfsuidRetUid(4001); err != nil {
				refused <- err
				return
			}
		}
		_, _, err := (lookout{proc: proc, session: "3", uid: 4001, logind: true}).look()
		refused <- err
	}()
	if err := <-refused; !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v", err)
	}
}

func TestUnitPath(t *testing.T) {
	if got, want := unitPath("deskbell-0a.service"), dbus.ObjectPath("/org/freedesktop/systemd1/unit/deskbell_2d0a_2eservice"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestJob(t *testing.T) {
	const unit = "deskbell-1.service"
	changed := func(status any) *dbus.Signal {
		return &dbus.Signal{Name: propertiesName + ".PropertiesChanged", Path: unitPath(unit), Body: []any{
			systemdService, map[string]dbus.Variant{"ExecMainStatus": dbus.MakeVariant(status)}, []string{},
		}}
	}
	removed := func(body ...any) *dbus.Signal {
		return &dbus.Signal{Name: systemdManager + ".JobRemoved", Path: systemdPath, Body: body}
	}
	over := func(result string) *dbus.Signal { return removed(uint32(7), dbus.ObjectPath("/j"), unit, result) }
	for _, test := range []struct {
		name    string
		signals []*dbus.Signal
		want    string
	}{
		{"done", []*dbus.Signal{over("done")}, ""},
		{"another's first", []*dbus.Signal{removed(uint32(6), dbus.ObjectPath("/i"), "other.service", "failed"), over("done")}, ""},
		{"failed", []*dbus.Signal{over("failed")}, "failed"},
		{"cannot be executed", []*dbus.Signal{changed(int32(203)), over("failed")}, string(StartNotExecutable)},
		{"has no directory", []*dbus.Signal{changed(int32(200)), over("failed")}, "exit status 200"},
		{"junk", []*dbus.Signal{changed("x"), removed(), removed(1, 2, 3, 4), {Name: propertiesName + ".PropertiesChanged", Path: unitPath(unit)}, over("done")}, ""},
		{"hangs up", nil, "hung up"},
	} {
		signals := make(chan *dbus.Signal, len(test.signals))
		for _, s := range test.signals {
			signals <- s
		}
		close(signals)
		err := (&job{unit: unit, signals: signals}).wait(t.Context())
		var e *StartError
		switch {
		case errors.As(err, &e):
			if string(e.Reason) != test.want {
				t.Errorf("%s: %v, want %q", test.name, err, test.want)
			}
		case (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// A user may have put anything in the place of his manager's socket.
func TestHostilePeer(t *testing.T) {
	for name, answer := range map[string]string{"no end": strings.Repeat("x", 1000), "nothing": ""} {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = io.ReadFull(theirs, make([]byte, len("NEGOTIATE_UNIX_FD\r\nBEGIN\r\n")))
			_, _ = theirs.Write([]byte(answer))
			_ = theirs.Close()
		}()
		if _, err := (&peer{Conn: ours, left: answerLimit}).Write([]byte("BEGIN\r\n")); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := ours.Close(); err != nil {
			t.Error(err)
		}
	}
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		_, _ = io.CopyN(theirs, zeros{}, 64)
		_ = theirs.Close()
	}()
	if n, err := io.Copy(io.Discard, &peer{Conn: ours, left: 10}); n != 10 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read %d, %v", n, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Where nobody takes connections any more, nobody waits for it.
func TestConnectDoesNotBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		conn, err := connectAs(uint32(os.Geteuid()), path)
		if errors.Is(err, syscall.EAGAIN) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	t.Error("ten connections that nobody takes")
}

// One's own session needs nobody's help: the program runs away from the
// terminal and the directory of who started it.
func TestStartInOwnSession(t *testing.T) {
	t.Setenv("DISPLAY", ":4711")
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("XDG_SESSION_ID", "own")
	file := filepath.Join(t.TempDir(), "said")
	s := Session{ID: "own", UID: strconv.Itoa(os.Geteuid())}
	id, err := Start(t.Context(), s, Program{
		Path: "/bin/sh", Args: []string{"-c", `echo "$DISPLAY $ADDED $1 $(pwd) $(cut -d" " -f6 /proc/$$/stat) $$" >"$FILE"`, "sh", "$x"}, Env: []string{"FILE=" + file, "ADDED=yes"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := processes.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	pid := strconv.Itoa(id.Pid)
	if want := ":4711 yes $x / " + pid + " " + pid; err != nil || strings.Join(strings.Fields(string(text)), " ") != want {
		t.Errorf("it finds %q, %v; want %q", text, err, want)
	}
	var e *StartError
	if _, err := Start(t.Context(), s, Program{Path: file}); !errors.As(err, &e) || e.Reason != StartNotExecutable || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that is no program: %v", err)
	}
	if _, err := Start(t.Context(), s, Program{Path: file + "-none"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there: %v", err)
	}
	s.UID = "-1"
	if _, err := Start(t.Context(), s, Program{Path: "/bin/sh"}); !errors.As(err, &e) || e.Reason != StartRefused {
		t.Errorf("of nobody: %v", err)
	}
}

// Where nothing but processes tells who is there, root starts a program for a
// user who has no manager and is in no list: as that user, with what his own
// programs have.
func TestStartDirectly(t *testing.T) {
	if !bed.Apart(t, 0) {
		return
	}
	if logindRuns() { // or has left its folder
		if err := unix.Mount("tmpfs", "/run/systemd", "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	display := fmt.Sprintf(":%d", 100000+os.Getpid())
	as := &syscall.Credential{Uid: 54321, Gid: 54322, Groups: []uint32{54323, 54322}}
	own := exec.Command("/bin/sh", "-c", "echo; sleep 600 & wait")
	own.Env = []string{"DISPLAY=" + display, "LANG=xx", "HOME=/", "SECRET=s"}
	own.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	out, err := own.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Kill(-own.Process.Pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		_ = own.Wait() // killed
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	s := Session{ID: display, UID: "54321"}
	id, err := Start(t.Context(), s, Program{Path: "/bin/sh", Args: []string{"-c", "sleep 600 & wait"}, Env: []string{"ADDED=a"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Kill(-id.Pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		if err := processes.Wait(context.Background(), id); err != nil {
			t.Error(err)
		}
	})
	dir := fmt.Sprintf("/proc/%d/", id.Pid)
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(status, as); err != nil {
		t.Error(err)
	}
	environ, err := os.ReadFile(dir + "environ")
	if err != nil {
		t.Fatal(err)
	}
	got := environOf(environ).list()
	if want := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "DISPLAY=" + display, "LANG=xx", "HOME=/", "ADDED=a"}; !sameSet(got, want) {
		t.Errorf("its environment is %q, want %q", got, want)
	}

	var e *StartError
	s.ID = display + "0"
	if _, err := Start(t.Context(), s, Program{Path: "/bin/sh"}); !errors.As(err, &e) || e.Reason != StartNoSession {
		t.Errorf("on another display: %v", err)
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}
