//go:build linux

package bed

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

//go:embed systemd.sh
var systemdScript string

// desk is the session of somebody at a screen, who writes the session's id into
// $XDG_RUNTIME_DIR/desk when all is up.
//
//go:embed desk.sh
var deskScript string

// Systemd is a computer of a test's own, with a real systemd, logind and D-Bus
// and the programs that this one has. What it writes nobody else sees, and it
// has no network.
type Systemd struct {
	t       testing.TB
	pid     string // of its first process, as seen from here
	screens int
	keeper  *keeper
	boots   *bufio.Reader // the process that each was started with
	log     func() string
}

// NoSystemd says why there can be no Systemd here, "" when there can.
func NoSystemd() string {
	if _, err := os.Stat("/lib/systemd/systemd"); err != nil {
		return "no systemd"
	}
	if systems, err := os.ReadFile("/proc/filesystems"); err != nil || !strings.Contains(string(systems), "\tcgroup2\n") {
		return "no cgroup2"
	}
	probe := exec.Command("unshare", "--mount", "--pid", "--fork", "--net", "--cgroup", "sh", "-c",
		`D=$(mktemp -d) && trap 'rmdir "$D"' EXIT && mount -t cgroup2 cgroup2 "$D" && mkdir "$D/probe.$$" && rmdir "$D/probe.$$" && umount "$D"`)
	if out, err := probe.CombinedOutput(); err != nil {
		return "no namespaces: " + strings.TrimSpace(string(out))
	}
	return ""
}

// NewSystemd boots a Systemd, which ends with the test.
func NewSystemd(t testing.TB) *Systemd {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	dir, err := os.MkdirTemp("", "deskbell-bed-")
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	log := func() string {
		text, _ := io.ReadAll(io.NewSectionReader(said, 0, 1<<16))
		return string(text)
	}
	env := append(os.Environ(), "BED="+dir, "SCRIPT="+systemdScript)
	k, err := keep(`unshare --mount --propagation private sh -c "$SCRIPT" 2>&4 4>&-; status=$?; exec 3>&-`,
		`rm "$BED/log" && rmdir "$BED" && exit $status`, env, w, said)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer said.Close()
		if err := k.close(); err != nil {
			t.Errorf("end the systemd: %v\n%s", err, log())
		}
	})
	s := &Systemd{t: t, keeper: k, boots: bufio.NewReader(r), log: log}
	s.await()
	return s
}

// await waits until it is up.
func (s *Systemd) await() {
	s.t.Helper()
	line, err := s.boots.ReadString('\n')
	parent := strings.TrimSpace(line)
	up := err == nil && until(patience, func() bool {
		children, err := os.ReadFile("/proc/" + parent + "/task/" + parent + "/children")
		if s.pid = strings.TrimSpace(string(children)); err != nil || s.pid == "" {
			return false
		}
		name, err := os.ReadFile("/proc/" + s.pid + "/comm")
		return err == nil && string(name) == "systemd\n" &&
			s.Command("busctl", "status", "org.freedesktop.login1").Run() == nil
	})
	if !up {
		s.t.Fatalf("boot a systemd: it did not come up (%v)\n%s", err, s.log())
	}
}

// Restart takes the power from it and boots it again: everything that ran has
// ended, the file system is as it was, and nobody is logged on.
func (s *Systemd) Restart() {
	s.t.Helper()
	if _, err := io.WriteString(s.keeper.release, "again\n"); err != nil {
		s.t.Fatalf("restart the systemd: %v", err)
	}
	s.await()
}

// Command is a command that root runs there, in no unit or session. Killing it
// kills the program there, unless that has acted under other ids: see Kill.
func (s *Systemd) Command(name string, args ...string) *exec.Cmd {
	return s.command(nil, name, args)
}

// command runs a program there with what setpriv changes for it.
func (s *Systemd) command(as []string, name string, args []string) *exec.Cmd {
	line := append([]string{
		"--target", s.pid, "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net", "--root", "--wd",
		"setpriv", "--pdeathsig", "KILL",
	}, as...)
	cmd := exec.Command("nsenter", append(append(line, name), args...)...)
	// Killed before setpriv has begun, it leaves the program there until the bed
	// ends, and its output open.
	cmd.WaitDelay = patience
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root"}
	return cmd
}

// Kill kills what Command has started and is not waited for yet: first the program
// there, which no longer ends with what leads to it where it has acted under
// somebody else's file-system ids in its first thread (PR_SET_PDEATHSIG of prctl(2)).
func Kill(cmd *exec.Cmd) error {
	id := strconv.Itoa(cmd.Process.Pid)
	children, err := os.ReadFile("/proc/" + id + "/task/" + id + "/children")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for child := range strings.FieldsSeq(string(children)) {
		pid, err := strconv.Atoi(child)
		if err != nil {
			return err
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Exec runs a command there, which has to succeed, and returns what it printed.
func (s *Systemd) Exec(name string, args ...string) string {
	s.t.Helper()
	cmd := s.Command(name, args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, said.String())
	}
	return string(out)
}

// Run starts a program as a unit (systemd-run) with these properties, each
// "Name=value"; "NAME=value" in capitals is a variable of its environment.
func (s *Systemd) Run(unit string, properties []string, args ...string) {
	s.t.Helper()
	line := []string{"--quiet", "--collect", "--unit=" + unit}
	for _, p := range properties {
		option := "--property=" + p
		if name, _, _ := strings.Cut(p, "="); name == strings.ToUpper(name) {
			option = "--setenv=" + p
		}
		line = append(line, option)
	}
	s.Exec("systemd-run", append(append(line, "--"), args...)...)
}

// Wait waits until something is so there; when it does not come about, the test
// fails and shows the journal.
func (s *Systemd) Wait(what string, so func() bool) {
	s.t.Helper()
	if !until(patience, so) {
		journal, _ := s.Command("journalctl", "--no-pager", "--lines=80").Output()
		s.t.Fatalf("waited %s for %s\n%s", patience, what, journal)
	}
}

// Path is where a file of it is found from here, other than below /proc.
func (s *Systemd) Path(file string) string { return filepath.Join("/proc", s.pid, "root", file) }

// Copy puts a file of ours there, for everybody to run.
func (s *Systemd) Copy(ours, theirs string) {
	s.t.Helper()
	from, err := os.Open(ours)
	if err != nil {
		s.t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(s.Path(theirs), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Chmod(0o755), to.Close()); err != nil {
		s.t.Fatal(err)
	}
}

// User adds a user with a home and returns the uid.
func (s *Systemd) User(name string) int {
	s.t.Helper()
	s.Exec("useradd", "--create-home", "--shell", "/bin/sh", name)
	uid, err := strconv.Atoi(strings.TrimSpace(s.Exec("id", "-u", name)))
	if err != nil {
		s.t.Fatal(err)
	}
	return uid
}

// Desk is a logind session of a user with a display and a window manager.
type Desk struct {
	ID   string // of logind
	User string
	UID  int
	Unit string
	env  []string
	s    *Systemd
}

// NewDesk logs a user on, who has to be there, at a screen of his own.
// properties are more of what Run takes, such as XDG_SEAT=seat0.
func (s *Systemd) NewDesk(user string, properties ...string) *Desk {
	s.t.Helper()
	uid, err := strconv.Atoi(strings.TrimSpace(s.Exec("id", "-u", user)))
	if err != nil {
		s.t.Fatal(err)
	}
	s.screens++
	display, runtime := ":"+strconv.Itoa(s.screens), fmt.Sprintf("/run/user/%d", uid)
	d := &Desk{User: user, UID: uid, Unit: fmt.Sprintf("desk-%s-%d", user, s.screens), s: s, env: []string{
		"HOME=/home/" + user, "USER=" + user, "DISPLAY=" + display, "XAUTHORITY=" + runtime + "/Xauthority",
		"XDG_RUNTIME_DIR=" + runtime, "DBUS_SESSION_BUS_ADDRESS=unix:path=" + runtime + "/bus",
	}}
	s.Run(d.Unit, append([]string{
		"User=" + user, "PAMName=bed", "WorkingDirectory=/home/" + user, "DISPLAY=" + display,
		"XDG_SESSION_TYPE=x11", "XDG_SESSION_CLASS=user", "XDG_SESSION_DESKTOP=openbox",
	}, properties...), "sh", "-c", deskScript)
	s.Wait("the session of "+user, func() bool {
		id, err := s.Command("cat", runtime+"/desk-"+display).Output()
		d.ID = strings.TrimSpace(string(id))
		return err == nil && d.ID != ""
	})
	return d
}

// Command is a command of the user's, on his display and bus but in no session.
func (d *Desk) Command(name string, args ...string) *exec.Cmd {
	id := strconv.Itoa(d.UID)
	cmd := d.s.command([]string{"--reuid", id, "--regid", id, "--init-groups"}, name, args)
	cmd.Env = append(cmd.Env[:2:2], append([]string{"XDG_SESSION_ID=" + d.ID}, d.env...)...)
	return cmd
}
