//go:build linux

package systemd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// office is a computer with Deskbell on it, where alice and bob each have a
// desk.
func office(t *testing.T) (s *bed.Systemd, alice, bob *bed.Desk) {
	t.Helper()
	s = officeWithout(t)
	return s, s.NewDesk("alice"), s.NewDesk("bob")
}

// officeWithout is one in which they have not come yet.
func officeWithout(t *testing.T) *bed.Systemd {
	t.Helper()
	s := bed.NewSystemd(t)
	for _, program := range []string{"deskbell", "deskbell-gtk"} {
		s.Copy(bed.Build(program), "/usr/local/bin/"+program)
	}
	for _, name := range []string{"alice", "bob"} {
		s.User(name)
	}
	return s
}

// installed is that one with the service, and nothing of the computer that the bed
// is laid over.
func installed(t *testing.T) *bed.Systemd {
	t.Helper()
	s := officeWithout(t)
	s.Exec("rm", "-rf", "/var/lib/deskbell")
	says(t, s.Command("/usr/local/bin/deskbell", "install"), 0)
	return s
}

// answer waits for a window on a desk and presses keys in it.
func answer(t *testing.T, s *bed.Systemd, d *bed.Desk, title string, keys ...string) {
	t.Helper()
	s.Wait("the window "+title+" of "+d.User, func() bool {
		return d.Command("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$", "windowactivate").Run() == nil
	})
	s.Wait("it to take keys", func() bool {
		out, err := d.Command("xprop", "-name", title, "WM_WINDOW_ROLE").Output()
		return err == nil && strings.Contains(string(out), `"deskbell-ready"`)
	})
	shot(t, d, title)
	if out, err := d.Command("xdotool", append([]string{"key"}, keys...)...).CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v\n%s", err, out)
	}
}

// shot leaves a picture of a desk to look at.
func shot(t *testing.T, d *bed.Desk, name string) {
	t.Helper()
	var picture bytes.Buffer
	cmd := d.Command("import", "-window", "root", "png:-")
	cmd.Stdout = &picture
	if err := cmd.Run(); err != nil {
		t.Errorf("take a picture: %v", err)
		return
	}
	name = strings.ToLower(strings.ReplaceAll(fmt.Sprintf("systemd-%s-%s", name, d.User), " ", "-"))
	if err := os.WriteFile(filepath.Join(bed.Screens(), name+".png"), picture.Bytes(), 0o644); err != nil {
		t.Error(err)
	}
}

// gone waits until a desk has no such window.
func gone(s *bed.Systemd, d *bed.Desk, title string) {
	s.Wait("the window "+title+" of "+d.User+" to close", func() bool {
		return d.Command("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$").Run() != nil
	})
}

// told is what deskbell printed as JSON.
type told struct {
	Outcome  string
	Exit     int
	Choice   string
	User     string
	Error    string
	Channel  string
	CountsAs string
	ExitFrom string
	Replies  []struct{ Outcome, User, Choice string }
	Restart  *struct {
		Pending      bool
		At, By, User string
	}
}

func readTold(t *testing.T, cmd *exec.Cmd) (r told) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the exit status is in what it printed
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		_ = bed.Kill(cmd) // it may have ended
		<-ended
		t.Fatalf("%s did not end", cmd)
	}
	text := cmd.Stdout.(*bytes.Buffer).Bytes()
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("%s printed %q: %v", cmd, text, err)
	}
	return r
}

// rootAsks has root ask somebody, in no session.
func rootAsks(t *testing.T, s *bed.Systemd, args ...string) *exec.Cmd {
	t.Helper()
	return begin(t, s.Command("deskbell", append([]string{"ask", "--json", "--button", "Now", "--button", "Later"}, args...)...))
}

// Root, who has no desktop, asks users who have not started anything: each in
// turn, and both at once, where the first answer closes the other window. What
// runs on their desks has exactly their credentials.
func TestRootAsksUsers(t *testing.T) {
	s, alice, bob := office(t)
	for _, d := range []*bed.Desk{alice, bob} {
		asked := rootAsks(t, s, "May I?", "--title", "One", "--to", "user:"+d.User)
		answer(t, s, d, "One", "Tab", "Return")
		if r := readTold(t, asked); r.Outcome != "answered" || r.Exit != 1 || r.Choice != "Later" || r.User != d.User {
			t.Errorf("%s: %+v", d.User, r)
		}
	}
	asked := rootAsks(t, s, "May I, everybody?", "--title", "Both", "--to", "all")
	s.Wait("the window of alice", func() bool {
		return alice.Command("xdotool", "search", "--onlyvisible", "--name", "^Both$").Run() == nil
	})
	answer(t, s, bob, "Both", "Return")
	r := readTold(t, asked)
	if r.Outcome != "answered" || r.Exit != 0 || r.Choice != "Now" || r.User != "bob" || len(r.Replies) != 2 || r.Replies[1].Outcome != "withdrawn" {
		t.Errorf("both: %+v", r)
	}
	gone(s, alice, "Both")
	for _, d := range []*bed.Desk{alice, bob} {
		credentials(t, s, d)
	}
	if left := s.Exec("find", "/var/lib/deskbell", "-name", "*.json"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// credentials checks the monitor of a user.
func credentials(t *testing.T, s *bed.Systemd, d *bed.Desk) {
	t.Helper()
	pids := strings.Fields(s.Exec("pgrep", "--uid", fmt.Sprint(d.UID), "--exact", "deskbell"))
	if len(pids) != 1 {
		t.Fatalf("monitors of %s: %v", d.User, pids)
	}
	id := fmt.Sprint(d.UID)
	want := map[string]string{
		"Uid:": strings.Repeat(id+" ", 4), "Gid:": strings.Repeat(id+" ", 4), "Groups:": id,
		"CapInh:": strings.Repeat("0", 16), "CapPrm:": strings.Repeat("0", 16), "CapEff:": strings.Repeat("0", 16),
	}
	for line := range strings.Lines(s.Exec("cat", "/proc/"+pids[0]+"/status")) {
		f := strings.Fields(line)
		if w, ok := want[f[0]]; ok {
			if got := strings.Join(f[1:], " "); got != strings.TrimSpace(w) {
				t.Errorf("the monitor of %s has %s %s, want %s", d.User, f[0], got, w)
			}
			delete(want, f[0])
		}
	}
	if len(want) > 0 {
		t.Errorf("the monitor of %s has no %v", d.User, want)
	}
}

// Who cannot be asked, and why, is told.
func TestRootIsToldWhy(t *testing.T) {
	s, alice, _ := office(t)
	for to, want := range map[string]struct {
		outcome string
		exit    int
	}{
		"user:carol":  {"not-logged-on", 69},
		"uid:4711":    {"not-logged-on", 69},
		"session:nix": {"not-logged-on", 69},
	} {
		if r := readTold(t, rootAsks(t, s, "Hello?", "--to", to)); r.Outcome != want.outcome || r.Exit != want.exit {
			t.Errorf("%s: %+v", to, r)
		}
	}
	setLocked(s, alice, true)
	r := readTold(t, rootAsks(t, s, "Hello?", "--title", "Skip", "--to", "user:alice", "--when", "skip"))
	if r.Outcome != "locked" || r.Exit != 75 {
		t.Errorf("locked, to be skipped: %+v", r)
	}
	r = readTold(t, rootAsks(t, s, "Hello?", "--title", "Wait", "--to", "user:alice", "--within", "1s"))
	if r.Outcome != "locked" || r.Exit != 75 {
		t.Errorf("locked, and the time over: %+v", r)
	}
	setLocked(s, alice, false)
	asked := rootAsks(t, s, "Hello?", "--title", "Off", "--to", "user:alice")
	s.Wait("the window", func() bool {
		return alice.Command("xdotool", "search", "--onlyvisible", "--name", "^Off$").Run() == nil
	})
	s.Exec("loginctl", "terminate-session", alice.ID)
	if r := readTold(t, asked); r.Outcome != "logged-off" || r.Exit != 69 {
		t.Errorf("logged off: %+v", r)
	}
	// A user has no such power over another.
	_, stderr := "", &bytes.Buffer{}
	cmd := begin(t, userAsks(s, stderr))
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 77 || !strings.Contains(stderr.String(), "administrator or root") {
		t.Errorf("bob asks root's users: exit %d, %s", status, stderr)
	}
}

// userAsks has somebody without rights ask bob.
func userAsks(s *bed.Systemd, stderr *bytes.Buffer) *exec.Cmd {
	cmd := s.Command("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "deskbell", "ask", "Hello?", "--to", "user:bob")
	cmd.Stderr = stderr
	return cmd
}
