//go:build linux

package systemd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// event is one of "history --json".
type event struct {
	Version                                               int
	Event, By, Scope, ID, Kind, Title, User, Choice, Text string
	Channel, Session                                      string
	Count                                                 int
	Seen                                                  bool
}

// toldOf waits until a history has an event, and returns all of it.
func toldOf(t *testing.T, s *bed.Systemd, history func() *exec.Cmd, wanted func(event) bool) []event {
	t.Helper()
	var all []event
	s.Wait("it to be written down", func() bool {
		out, err := history().Output()
		if err != nil {
			t.Fatalf("history: %v", err)
		}
		all = nil
		found := false
		for line := range bytes.Lines(out) {
			var e event
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			all = append(all, e)
			found = found || wanted(e)
		}
		return found
	})
	return all
}

// steps are what happened, but for monitors that the service has started: it may
// be faster than who sends.
func steps(all []event) string {
	var steps []string
	for _, e := range all {
		if e.By == "service" && e.Event == "started" {
			continue
		}
		step := e.By + ":" + e.Scope + ":" + e.Event
		if e.Choice != "" {
			step += "=" + e.Choice
		}
		if e.Count > 0 {
			step += fmt.Sprint("#", e.Count)
		}
		steps = append(steps, step)
	}
	return strings.Join(steps, " ")
}

// What root asks alice is in root's ledger, with each time that a monitor had to
// be started for it, and in alice's own, with what she read; bob, and whoever
// looks into the files, learns nothing of it.
func TestHistory(t *testing.T) {
	s, alice, bob := served(t)
	of := func(d *bed.Desk, args ...string) func() *exec.Cmd {
		return func() *exec.Cmd { return d.Command("deskbell", append([]string{"history", "--json"}, args...)...) }
	}
	roots := func(args ...string) func() *exec.Cmd {
		return func() *exec.Cmd { return s.Command("deskbell", append([]string{"history", "--json"}, args...)...) }
	}

	asked := rootAsks(t, s, "May I?", "--title", "Kept", "--to", "user:alice", "--id", "kept")
	s.Wait("the window", func() bool {
		return alice.Command("xdotool", "search", "--onlyvisible", "--name", "^Kept$").Run() == nil
	})
	// She ends the monitor, and is asked again. It writes down a moment later what
	// it has done.
	toldOf(t, s, of(alice), func(e event) bool { return e.Event == "shown" })
	first := strings.TrimSpace(s.Exec("pgrep", "--uid", fmt.Sprint(alice.UID), "--exact", "deskbell"))
	s.Exec("kill", "-KILL", first)
	s.Wait("another monitor", func() bool {
		out, err := s.Command("pgrep", "--uid", fmt.Sprint(alice.UID), "--exact", "deskbell").Output()
		return err == nil && strings.TrimSpace(string(out)) != first
	})
	answer(t, s, alice, "Kept", "Tab", "Return")
	if r := readTold(t, asked); r.Choice != "Later" {
		t.Fatalf("%+v", r)
	}
	all := toldOf(t, s, roots("--id", "kept"), func(e event) bool { return e.Event == "answered" })
	const want = "sender:assigned:put sender:assigned:started#1 sender:assigned:started#2 sender:assigned:answered=Later"
	if got := steps(all); got != want {
		t.Errorf("root reads %s, want %s", got, want)
	}
	last := all[len(all)-1]
	if last.User != "alice" || last.Channel != "dialog" || !last.Seen || last.Title != "Kept" || last.Text != "" || last.Version != 1 {
		t.Errorf("root reads %+v", last)
	}

	// Through the machine mailbox the service tells of it.
	put(s, "served", `{"text":"May the service?","title":"Served","to":"user:bob"}`)
	answer(t, s, bob, "Served", "Return")
	reply(t, s, "served")
	all = toldOf(t, s, roots("--id", "served"), func(e event) bool { return e.Event == "answered" && e.Scope == "machine" })
	if got := steps(all); got != "service:machine:queued service:machine:claimed service:machine:shown service:assigned:put service:assigned:answered=OK service:machine:answered=OK" {
		t.Errorf("root reads %s", got)
	}

	// Each reads what he was told himself.
	all = toldOf(t, s, of(alice), func(e event) bool { return e.Event == "answered" })
	if got := steps(all); !strings.HasSuffix(got, "monitor:assigned:claimed monitor:assigned:shown monitor:assigned:claimed monitor:assigned:shown monitor:assigned:answered=Later") {
		t.Errorf("alice reads %s", got)
	}
	for _, e := range all {
		if e.ID != "kept" || e.User != "alice" || e.Event == "shown" && e.Text != "May I?" {
			t.Errorf("alice reads %+v", e)
		}
	}
	for _, e := range toldOf(t, s, of(bob), func(e event) bool { return e.Event == "answered" }) {
		if e.ID != "served" {
			t.Errorf("bob reads %+v", e)
		}
	}
	if mode := strings.TrimSpace(s.Exec("stat", "--format", "%a %U", "/var/lib/deskbell/.ledger", "/var/lib/deskbell/.ledger/deskbell.db")); mode != "700 root\n600 root" {
		t.Errorf("the ledger is %q", mode)
	}
	if out, err := bob.Command("cat", "/var/lib/deskbell/.ledger/deskbell.db").CombinedOutput(); err == nil {
		t.Errorf("bob reads root's ledger: %q", out[:16])
	}
	if out, err := bob.Command("sh", "-c", "cat /home/alice/.local/state/deskbell/deskbell.db").CombinedOutput(); err == nil {
		t.Errorf("bob reads alice's: %d bytes", len(out))
	}

	// In a window she reads it again.
	reads := begin(t, alice.Command("deskbell", "history", "--window"))
	answer(t, s, alice, "Messages to you", "Return")
	answer(t, s, alice, "Kept", "Tab", "Return")
	if err := reads.Wait(); err != nil {
		t.Errorf("the window ended with %v: %s", err, reads.Stderr)
	}

	says(t, s.Command("/usr/local/bin/deskbell", "reinstall"), 0)
	if got := toldOf(t, s, roots("--id", "kept"), func(event) bool { return true }); steps(got) != want {
		t.Errorf("after reinstall there is %s", steps(got))
	}
	says(t, s.Command("/usr/local/bin/deskbell", "uninstall"), 0)
	if left, err := s.Command("ls", "-A", "/var/lib/deskbell").Output(); err == nil {
		t.Errorf("uninstall leaves %s", left)
	}
}

// A notice leads to what its reader was told.
func TestNoticeLeadsToTheHistory(t *testing.T) {
	s, alice, _ := office(t)
	shown := notices(t, s, alice, "Messages to you")
	if out, err := alice.Command("deskbell", "monitor").CombinedOutput(); err != nil {
		t.Fatalf("monitor: %v, %s", err, out)
	}
	s.Exec("deskbell", "notify", "Your printer has moved.", "--title", "Printers", "--to", "user:alice")
	s.Wait("the notice", func() bool { return shown() == "1" })
	shot(t, alice, "Notice")
	if out, err := alice.Command("dunstctl", "context").CombinedOutput(); err != nil {
		t.Fatalf("choose: %v, %s", err, out)
	}
	s.Wait("the window", func() bool {
		return alice.Command("xdotool", "search", "--onlyvisible", "--name", "^Messages to you$").Run() == nil
	})
	shot(t, alice, "NoticeHistory")
}
