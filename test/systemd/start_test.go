//go:build linux

package systemd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/test/bed"
)

// started is what came of session.Start.
type started struct {
	ID     process.ID
	Reason session.StartReason
	Error  string
	Hint   string
}

// startHere starts a program in a session, both as JSON.
func startHere(in, program string) (r started) {
	var s session.Session
	var p session.Program
	err := errors.Join(json.Unmarshal([]byte(in), &s), json.Unmarshal([]byte(program), &p))
	if err == nil {
		r.ID, err = session.Start(context.Background(), s, p)
	}
	if err != nil {
		r.Error = err.Error()
	}
	if e := (*session.StartError)(nil); errors.As(err, &e) {
		r.Reason, r.Hint = e.Reason, e.Hint()
	}
	return r
}

// of is the session of a desk as whoever starts something there knows it.
func of(d *bed.Desk) session.Session {
	return session.Session{ID: d.ID, User: d.User, UID: strconv.Itoa(d.UID), Type: "x11", Class: "user", Active: true}
}

// shell is a program that does something, and stays.
func shell(script string, env ...string) session.Program {
	return session.Program{Path: "/usr/bin/sh", Args: []string{"-c", script + "\nsleep infinity & wait", "arg $HOME"}, Env: env}
}

// arguments for this program to start one there.
func startArgs(t *testing.T, s session.Session, p session.Program) []string {
	t.Helper()
	in, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	program, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return []string{doStart, string(in), string(program)}
}

func result(t *testing.T, cmd *exec.Cmd) (r started) {
	t.Helper()
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, said.String())
	}
	return r
}

// asRoot has root start a program in a session.
func asRoot(t *testing.T, s *bed.Systemd, in session.Session, p session.Program) started {
	t.Helper()
	return result(t, s.Command(there, startArgs(t, in, p)...))
}

// running is a process there.
type running struct {
	t   *testing.T
	s   *bed.Systemd
	pid string
}

// good is a process that was started, and is the one that it is said to be.
func (r started) good(t *testing.T, s *bed.Systemd) running {
	t.Helper()
	if r.Error != "" || r.ID.Pid == 0 {
		t.Fatalf("not started: %+v", r)
	}
	p := running{t, s, strconv.Itoa(r.ID.Pid)}
	boot := strings.TrimSpace(s.Exec("cat", "/proc/sys/kernel/random/boot_id"))
	stat := p.read("stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if want := boot + ":" + fields[19]; r.ID.Started != want {
		t.Errorf("it started at %s, want %s", r.ID.Started, want)
	}
	return p
}

func (p running) read(file string) string { return p.s.Exec("cat", "/proc/"+p.pid+"/"+file) }

// status is a line of /proc/PID/status.
func (p running) status(name string) string {
	for line := range strings.Lines(p.read("status")) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}

func (p running) env(name string) string {
	for v := range strings.SplitSeq(p.read("environ"), "\x00") {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// belongs compares what the process runs with to what the user has.
func (p running) belongs(user string, uid int) {
	p.t.Helper()
	gid := strings.TrimSpace(p.s.Exec("id", "-g", user))
	groups := fields([]byte(p.s.Exec("id", "-G", user)))
	four := func(id string) string { return strings.Join([]string{id, id, id, id}, " ") }
	if got, want := p.status("Uid"), four(strconv.Itoa(uid)); got != want {
		p.t.Errorf("its users are %q, want %q", got, want)
	}
	if got, want := p.status("Gid"), four(gid); got != want {
		p.t.Errorf("its groups are %q, want %q", got, want)
	}
	got := append(strings.Fields(p.status("Groups")), gid)
	slices.Sort(got)
	slices.Sort(groups)
	if got = slices.Compact(got); !slices.Equal(got, groups) {
		p.t.Errorf("its supplementary groups are %q, want %q", got, groups)
	}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
		if got := p.status(set); strings.Trim(got, "0") != "" {
			p.t.Errorf("it has capabilities: %s %s", set, got)
		}
	}
	if dir := strings.TrimSpace(p.s.Exec("readlink", "/proc/"+p.pid+"/cwd")); dir != "/" {
		p.t.Errorf("its directory is %s, want /", dir)
	}
	if args := p.read("cmdline"); !strings.HasSuffix(args, "\x00arg $HOME\x00") {
		p.t.Errorf("its arguments are %q", args)
	}
}

// sees waits until the process has seen the window manager of its display.
func (p running) sees(file string) {
	p.t.Helper()
	p.s.Wait("what the program finds on its display", func() bool {
		out, err := p.s.Command("cat", file).Output()
		return err == nil && strings.Contains(string(out), "window id")
	})
}

const looksRound = `xprop -root _NET_SUPPORTING_WM_CHECK >"$XDG_RUNTIME_DIR/seen.new"; mv "$XDG_RUNTIME_DIR/seen.new" "$XDG_RUNTIME_DIR/seen-$TAG"`

func seen(d *bed.Desk, tag string) string { return fmt.Sprintf("/run/user/%d/seen-%s", d.UID, tag) }

// Root starts a program for each of two people, by the manager of each: it has
// that one's rights, and his display.
func TestStartByTheUsersManager(t *testing.T) {
	s := boot(t)
	s.Exec("groupadd", "--gid", "3100", "crew")
	var desks []*bed.Desk
	for _, name := range []string{"alice", "bob"} {
		s.User(name)
		s.Exec("usermod", "--append", "--groups", "crew,audio", name)
		desks = append(desks, s.NewDesk(name))
	}
	for i, d := range desks {
		p := asRoot(t, s, of(d), shell(looksRound, "TAG=one", "ADDED=a b")).good(t, s)
		p.belongs(d.User, d.UID)
		p.sees(seen(d, "one"))
		if cgroup := p.read("cgroup"); !strings.Contains(cgroup, fmt.Sprintf("/user@%d.service/app.slice/deskbell-", d.UID)) {
			t.Errorf("%s's is in the group %s", d.User, cgroup)
		}
		for name, want := range map[string]string{
			"DISPLAY": ":" + strconv.Itoa(i+1), "XAUTHORITY": fmt.Sprintf("/run/user/%d/Xauthority", d.UID),
			"XDG_SESSION_ID": d.ID, "ADDED": "a b", "HOME": "/home/" + d.User, "USER": d.User,
		} {
			if got := p.env(name); got != want {
				t.Errorf("%s's has %s=%s, want %s", d.User, name, got, want)
			}
		}
	}

	// What the manager itself says of the display comes first, unless it speaks
	// of another session.
	alice := desks[0]
	s.Exec("systemctl", "--user", "--machine=alice@.host", "set-environment", "DISPLAY=:77")
	if p := asRoot(t, s, of(alice), shell("")).good(t, s); p.env("DISPLAY") != ":77" {
		t.Errorf("the display is %s, want the manager's, :77", p.env("DISPLAY"))
	}
	s.Exec("systemctl", "--user", "--machine=alice@.host", "set-environment", "XDG_SESSION_ID=other")
	if p := asRoot(t, s, of(alice), shell("")).good(t, s); p.env("DISPLAY") != ":1" || p.env("XDG_SESSION_ID") != alice.ID {
		t.Errorf("the display is %s in %s, want the session's own", p.env("DISPLAY"), p.env("XDG_SESSION_ID"))
	}

	// One's own needs no root; another's does.
	own := result(t, alice.Command(there, startArgs(t, of(alice), shell("", "A=b"))...)).good(t, s)
	own.belongs("alice", alice.UID)
	cron := append([]string{"--unset=DISPLAY", there}, startArgs(t, of(alice), shell(""))...)
	if p := result(t, alice.Command("env", cron...)).good(t, s); p.env("DISPLAY") != ":1" {
		t.Errorf("started by herself, but without a display: %q", p.read("environ"))
	}
	for name, d := range map[string]*bed.Desk{"alice": desks[1], "bob": alice} {
		by := desks[0]
		if name == "bob" {
			by = desks[1]
		}
		if r := result(t, by.Command(there, startArgs(t, of(d), shell(""))...)); r.Reason != session.StartNotPermitted || r.Hint == "" {
			t.Errorf("%s starts something for %s: %+v", name, d.User, r)
		}
	}

	// What he may not execute, or what is not there.
	s.Exec("sh", "-c", "cp /usr/bin/true /root/mine; chmod 700 /root/mine")
	for path, want := range map[string]session.StartReason{
		"/root/mine": session.StartNotExecutable, "/nothing": session.StartNotExecutable,
	} {
		if r := asRoot(t, s, of(alice), session.Program{Path: path}); r.Reason != want {
			t.Errorf("%s: %+v, want %s", path, r, want)
		}
	}
	// One that ends at once was started, too.
	if r := asRoot(t, s, of(alice), session.Program{Path: "/usr/bin/true"}); r.Error != "" {
		t.Errorf("one that ends at once: %+v", r)
	}
	if failed := s.Exec("systemctl", "--user", "--machine=alice@.host", "list-units", "--failed", "--plain", "--no-legend"); strings.Contains(failed, "deskbell") {
		t.Errorf("left with the user's manager:\n%s", failed)
	}

	// A session that is over.
	gone := of(alice)
	gone.ID = "4711"
	s.Exec("systemctl", "--user", "--machine=alice@.host", "unset-environment", "DISPLAY", "XDG_SESSION_ID")
	if r := asRoot(t, s, gone, shell("")); r.Reason != session.StartNoSession {
		t.Errorf("a session that is over: %+v", r)
	}
}

// hardened is a unit as the service's, or worse.
func hardened(more ...string) []string {
	line := []string{"--quiet", "--collect", "--wait", "--pipe"}
	for _, p := range append([]string{
		"NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "PrivateDevices=yes", "PrivateNetwork=yes",
		"ProtectKernelTunables=yes", "ProtectControlGroups=yes", "RestrictNamespaces=yes", "LockPersonality=yes",
	}, more...) {
		line = append(line, "--property="+p)
	}
	return append(line, "--", there)
}

const enough = "CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_SYS_PTRACE CAP_DAC_READ_SEARCH"

// From within a sandbox that shows /run/user a program is started outside of it;
// one that hides it is told apart from one where nobody is.
func TestStartFromAHardenedUnit(t *testing.T) {
	s := boot(t)
	s.User("alice")
	d := s.NewDesk("alice")
	from := func(p session.Program, properties ...string) started {
		t.Helper()
		return result(t, s.Command("systemd-run", append(hardened(properties...), startArgs(t, of(d), p)...)...))
	}
	shows := []string{"ProtectHome=no", "InaccessiblePaths=/home /root"}

	p := from(shell(looksRound, "TAG=hard"), append(shows, enough)...).good(t, s)
	p.belongs("alice", d.UID)
	p.sees(seen(d, "hard"))
	if p.status("NoNewPrivs") != "0" {
		t.Error("the program is in the sandbox of who started it")
	}
	for _, hides := range [][]string{
		{"ProtectHome=yes"},
		{"ProtectHome=yes", enough},
		{"ProtectHome=tmpfs"},
		{"InaccessiblePaths=/run/user"},
		{"ProtectHome=yes", "CapabilityBoundingSet=CAP_SETUID CAP_SETGID"},
		{"InaccessiblePaths=" + fmt.Sprintf("/run/user/%d", d.UID)},
	} {
		if r := from(shell(""), hides...); r.Reason != session.StartHidden || r.Hint == "" {
			t.Errorf("%q: %+v, want it hidden", hides, r)
		}
	}
	// Who may become nobody else, or not look at his processes, hears what is missing.
	for _, lacks := range []string{"CapabilityBoundingSet=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH", "CapabilityBoundingSet=CAP_SETUID CAP_SETGID"} {
		if r := from(shell(""), append(shows, lacks)...); r.Reason != session.StartNotPermitted || !strings.Contains(r.Hint, "CAP_") {
			t.Errorf("%s: %+v, want it not permitted", lacks, r)
		}
	}
}

// The leader of a session may be root's, as a display manager's is: nothing of
// his gets into the user's program, by the manager or without one.
func TestStartLeavesARootLeaderAlone(t *testing.T) {
	s := boot(t)
	uid := s.User("alice")
	s.Exec("usermod", "--append", "--groups", "audio", "alice")
	s.Run("dm", []string{
		"XDG_SESSION_TYPE=x11", "XDG_SESSION_CLASS=user", "DISPLAY=:5", "LANGUAGE=leader", "XAUTHORITY=/root/leader",
		// More than her own programs have, so that none of them would say more.
		"LC_TIME=leader", "LC_CTYPE=leader", "LC_NUMERIC=leader", "LC_PAPER=leader", "LC_NAME=leader", "LC_ADDRESS=leader", "LC_COLLATE=leader",
	}, "su", "--login", "alice", "--whitelist-environment=DISPLAY", "--command", "touch /run/user/$(id -u)/up; sleep infinity & wait")
	up := fmt.Sprintf("/run/user/%d/up", uid)
	s.Wait("the session", func() bool { return s.Command("test", "-e", up).Run() == nil })
	sessions := list(t, s)
	if len(sessions) != 1 || sessions[0].User != "alice" {
		t.Fatalf("logged on is %+v", sessions)
	}
	in := sessions[0]
	if leader := strings.TrimSpace(s.Exec("loginctl", "show-session", "--property=Leader", "--value", in.ID)); (running{t, s, leader}).status("Uid") != "0 0 0 0" {
		t.Fatalf("the leader is not root's: %s", (running{t, s, leader}).status("Uid"))
	}
	check := func(p running) {
		t.Helper()
		p.belongs("alice", uid)
		if p.env("DISPLAY") != ":5" || p.env("XDG_RUNTIME_DIR") != fmt.Sprintf("/run/user/%d", uid) || p.env("HOME") != "/home/alice" {
			t.Errorf("it has not what it needs: %q", p.read("environ"))
		}
		if strings.Contains(p.read("environ"), "leader") {
			t.Errorf("it has something of the leader's: %q", p.read("environ"))
		}
	}
	check(asRoot(t, s, in, shell("")).good(t, s))

	s.Exec("systemctl", "stop", fmt.Sprintf("user@%d.service", uid))
	p := asRoot(t, s, in, shell("")).good(t, s)
	check(p)
	if strings.Contains(p.read("cgroup"), "user@") {
		t.Errorf("it was started by a manager: %s", p.read("cgroup"))
	}
	if got := strings.Fields(p.read("stat"))[5]; got != p.pid {
		t.Errorf("it is in session %s, not in one of its own", got)
	}
}
