//go:build linux

package systemd

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// Waiting for an occasion: a script of root's, and one of alice's own, go on
// when it is so.
func TestWaitForAnOccasion(t *testing.T) {
	s := officeWithout(t)
	waits := func(cmd *exec.Cmd) (over func() bool) {
		cmd.Stderr = &bytes.Buffer{}
		begin(t, cmd)
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait() // the exit status tells
			close(ended)
		}()
		return func() bool {
			select {
			case <-ended:
				if status := cmd.ProcessState.ExitCode(); status != 0 {
					t.Fatalf("%s: exit %d, %s", cmd, status, cmd.Stderr)
				}
				return true
			default:
				return false
			}
		}
	}
	not := func(what string, over func() bool) {
		t.Helper()
		if over() {
			t.Errorf("%s is over at once", what)
		}
	}
	if status := exitStatus(s.Command("deskbell", "wait", "--for", "unlocked").Run()); status != 69 {
		t.Errorf("nobody is there: exit %d", status)
	}
	logon := waits(s.Command("deskbell", "wait", "--for", "logon", "--to", "user:alice"))
	bob := s.NewDesk("bob")
	not("alice's log-on", logon)
	alice := s.NewDesk("alice")
	s.Wait("alice's log-on to be told", logon)

	setLocked(s, alice, true)
	unlocked := waits(s.Command("deskbell", "wait", "--for", "unlocked", "--to", "all"))
	own := waits(alice.Command("deskbell", "wait", "--for", "free"))
	if status := exitStatus(s.Command("deskbell", "wait", "--for", "unlocked", "--to", "user:alice", "--within", "1").Run()); status != 75 {
		t.Errorf("locked for too long: exit %d", status)
	}
	if status := exitStatus(s.Command("deskbell", "wait", "--for", "unlocked", "--to", "user:bob").Run()); status != 0 {
		t.Errorf("bob is there: exit %d", status)
	}
	not("alice's lock", unlocked)
	not("her lock", own)
	setLocked(s, alice, false)
	s.Wait("the unlocking to be told", unlocked)
	s.Wait("the unlocking to be told to her", own)

	s.Exec("cp", "/bin/sleep", "/usr/local/bin/spreadsheet")
	begin(t, bob.Command("spreadsheet", "infinity"))
	hers := begin(t, alice.Command("spreadsheet", "infinity"))
	s.Wait("the programs to run", func() bool {
		// pgrep fails as long as there is none.
		out, _ := s.Command("pgrep", "--exact", "spreadsheet").Output()
		return len(strings.Fields(string(out))) == 2
	})
	closed := waits(alice.Command("deskbell", "wait", "--for", "closed:spreadsheet"))
	all := waits(s.Command("deskbell", "wait", "--for", "closed:spreadsheet", "--to", "all"))
	not("her program", closed)
	if err := bed.Kill(hers); err != nil {
		t.Fatal(err)
	}
	_ = hers.Wait()
	s.Wait("her program's end to be told", closed)
	not("bob's program", all)
	s.Exec("pkill", "--exact", "spreadsheet")
	s.Wait("the end of bob's program to be told", all)

	idle := waits(alice.Command("deskbell", "wait", "--for", "idle=2"))
	s.Wait("alice to be idle", idle)
	if status := exitStatus(alice.Command("deskbell", "wait", "--for", "idle=1h", "--within", "1").Run()); status != 75 {
		t.Errorf("not idle for an hour: exit %d", status)
	}
}
