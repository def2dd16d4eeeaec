//go:build linux

package systemd

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/session"
)

// ready runs a copy of this program there, which says what users may run.
func ready(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	var path string
	if err == nil {
		err = json.Unmarshal(out, &path)
	}
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, said.String())
	}
	return path
}

// What root has in a place that is not for users, or that others can write, is
// copied to where they may run it and cannot change it.
func TestImageForUsers(t *testing.T) {
	s := boot(t)
	s.User("alice")
	d := s.NewDesk("alice")
	if got := ready(t, s.Command(there, doReady)); got != there {
		t.Errorf("an installed program is to be run as %s", got)
	}

	const own = "/root/tools/session-test"
	s.Exec("sh", "-c", "mkdir /root/tools; cp "+there+" "+own+"; chmod 700 "+own+" /root; echo gtk >/root/tools/deskbell-gtk; chmod 755 /root/tools/deskbell-gtk")
	copied := ready(t, s.Command("sh", "-c", "umask 077; exec "+own+" "+doReady))
	dir := filepath.Dir(copied)
	if filepath.Dir(dir) != "/var/lib/deskbell/.run" || filepath.Base(copied) != "session-test" {
		t.Fatalf("the copy is %s", copied)
	}
	s.Exec("cmp", own, copied)
	s.Exec("cmp", "/root/tools/deskbell-gtk", dir+"/deskbell-gtk")
	if got := s.Exec("stat", "--format=%U:%G %a", copied, dir, "/var/lib/deskbell"); got != strings.Repeat("root:root 755\n", 3) {
		t.Errorf("the copy, its folder and the state folder are\n%s", got)
	}
	if got := ready(t, s.Command(copied, doReady)); got != copied {
		t.Errorf("the copy is to be run as %s", got)
	}

	// It is run in her session, and she cannot change it.
	p := asRoot(t, s, of(d), session.Program{Path: copied, Args: []string{doWatch, d.ID}}).good(t, s)
	if exe := strings.TrimSpace(s.Exec("readlink", "/proc/"+p.pid+"/exe")); exe != copied {
		t.Errorf("what runs is %s", exe)
	}
	for _, path := range []string{copied, dir, "/var/lib/deskbell/.run"} {
		if d.Command("test", "-w", path).Run() == nil {
			t.Errorf("alice may write %s", path)
		}
	}

	// Only root makes a copy, of what runs and nothing that is put in its place,
	// and takes along nothing that somebody else has put beside it.
	const shared = "/var/tmp/session-test"
	s.Exec("cp", there, shared)
	if err := d.Command("sh", "-c", "cp /usr/bin/true /var/tmp/deskbell-gtk").Run(); err != nil {
		t.Fatal(err)
	}
	if out, err := d.Command(shared, doReady).CombinedOutput(); err == nil || !strings.Contains(string(out), "permission") {
		t.Errorf("alice makes a copy: %s", out)
	}
	plain := ready(t, s.Command(shared, doReady))
	if got := s.Exec("ls", filepath.Dir(plain)); got != "session-test\n" {
		t.Errorf("in the copy there is\n%s", got)
	}

	// Where nothing can be executed, another place is taken.
	s.Exec("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", "/var/lib/deskbell")
	if got := ready(t, s.Command(shared, doReady)); !strings.HasPrefix(got, "/usr/local/lib/deskbell/run/") {
		t.Errorf("with a state folder of which nothing is executed: %s", got)
	}
	s.Exec("umount", "/var/lib/deskbell")

	// After a day what nobody runs goes.
	s.Exec("touch", "--date=2 days ago", dir, filepath.Dir(plain))
	s.Exec(there, doSweep)
	exists := func(path string) bool { return s.Command("test", "-e", path).Run() == nil }
	if !exists(copied) || exists(plain) {
		t.Errorf("after sweeping, the one that runs is there: %v; the other: %v", exists(copied), exists(plain))
	}
	s.Exec("systemctl", "--user", "--machine=alice@.host", "stop", "deskbell-*.service")
	p.ends()
	s.Exec(there, doSweep)
	if exists(dir) {
		t.Error("after it has ended, it is still there")
	}
	if left := s.Exec("ls", "--almost-all", "/var/lib/deskbell/.run"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// ends waits until the process has ended.
func (p running) ends() {
	p.t.Helper()
	p.s.Wait("the program to end", func() bool { return p.s.Command("test", "-e", "/proc/"+p.pid).Run() != nil })
}
