//go:build linux

package systemd

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/delivery"
)

// whys are the outcomes that a test has seen.
type whys struct {
	t    *testing.T
	seen map[delivery.Outcome]bool
}

// want checks how a sender ended, and with which exit status.
func (w *whys) want(asked *exec.Cmd, outcome delivery.Outcome, exit int, why string) told {
	w.t.Helper()
	r := readTold(w.t, asked)
	if r.Outcome != string(outcome) || r.Exit != exit || !strings.Contains(r.Error, why) {
		w.t.Errorf("%+v, want %s, %d, %q", r, outcome, exit, why)
	}
	if got := asked.ProcessState.ExitCode(); got != r.Exit {
		w.t.Errorf("%s: it says exit %d and ends with %d", outcome, r.Exit, got)
	}
	w.seen[delivery.Outcome(r.Outcome)] = true
	return r
}

// Each way in which a question can end is brought about, by what really brings
// it about, and is told apart from all others.
func TestEveryOutcome(t *testing.T) {
	s := officeWithout(t)
	s.Exec("rm", "-rf", "/var/lib/deskbell")
	w := &whys{t, map[delivery.Outcome]bool{}}
	ask := func(args ...string) *exec.Cmd {
		t.Helper()
		return rootAsks(t, s, append([]string{"May I?"}, args...)...)
	}

	w.want(ask("--to", "active"), delivery.NotLoggedOn, 69, "nobody is logged on")
	s.Exec("sh", "-c", "mkdir -p /run/cloud-init && : >/run/cloud-init/enabled && : >/run/cloud-init/status.json")
	w.want(ask("--to", "all"), delivery.SetUp, 75, "cloud-init")
	s.Exec("rm", "-r", "/run/cloud-init")

	alice, bob := s.NewDesk("alice", "XDG_SEAT=seat0"), s.NewDesk("bob")
	asked := ask("--to", "user:alice", "--title", "Yes")
	answer(t, s, alice, "Yes", "Return")
	w.want(asked, delivery.Answered, 0, "")
	asked = ask("--to", "user:alice", "--title", "No")
	answer(t, s, alice, "No", "Tab", "Return")
	w.want(asked, delivery.Answered, 1, "")
	asked = ask("--to", "user:alice", "--title", "Close")
	answer(t, s, alice, "Close", "Escape")
	w.want(asked, delivery.Dismissed, 1, "")

	w.want(ask("--to", "user:alice", "--timeout", "1s"), delivery.TimedOut, 5, "")
	w.want(ask("--to", "user:alice", "--ttl", "1s"), delivery.Expired, 75, "of no use any more")
	w.want(ask("--to", "user:alice", "--within", "1s"), delivery.Over, 75, "within the time given")
	clock := strings.TrimSpace(s.Exec("sh", "-c", `echo "$(date -d -1hour +%H:%M)-$(date -d +1hour +%H:%M)"`))
	w.want(ask("--to", "user:alice", "--quiet", clock, "--when", "skip"), delivery.Skipped, 75, "not to be disturbed")
	w.want(ask("--to", "user:alice", "--type", "15", "--button="), delivery.Rejected, 65, "")
	w.want(ask("--to", "user:bob", "--launch", "never"), delivery.Nobody, 69, "nobody attends")

	asked = ask("--to", "user:alice", "--title", "Back", "--id", "back")
	shown(s, alice, "Back")
	s.Exec("rm", "/var/lib/deskbell/deskbell/users/"+strconv.Itoa(alice.UID)+"/inbox/back.json")
	w.want(asked, delivery.Withdrawn, 75, "")
	gone(s, alice, "Back")
	asked = ask("--to", "user:alice", "--title", "Stop")
	shown(s, alice, "Stop")
	s.Exec("pkill", "-INT", "--full", "^deskbell ask .*--title Stop")
	w.want(asked, delivery.Interrupted, 130, "")
	gone(s, alice, "Stop")

	begin(t, alice.Command("xterm", "-fullscreen", "-e", "cat"))
	s.Wait("alice to be busy", func() bool {
		out, err := alice.Command("deskbell", "status", "--json").Output()
		return err == nil && strings.Contains(string(out), `"state":"busy"`)
	})
	w.want(ask("--to", "user:alice", "--when", "skip"), delivery.Busy, 75, "busy")
	if err := alice.Command("xdotool", "getactivewindow", "windowkill").Run(); err != nil {
		t.Fatal(err)
	}

	setLocked(s, alice, true)
	setLocked(s, bob, true)
	r := w.want(ask("--to", "all", "--when", "skip"), delivery.Locked, 75, "locked")
	if len(r.Replies) != 2 || r.Replies[0].Outcome != "locked" || r.Replies[1].Outcome != "locked" {
		t.Errorf("both are locked: %+v", r)
	}
	setLocked(s, alice, false)
	s.User("carol")
	carol := s.NewDesk("carol", "XDG_SEAT=seat0")
	s.Exec("loginctl", "activate", carol.ID)
	w.want(ask("--to", "user:alice", "--when", "skip"), delivery.Disconnected, 75, "disconnected")
	w.want(ask("--to", "user:alice", "--within", "1s"), delivery.Disconnected, 75, "disconnected")

	s.User("dave")
	s.Run("headless", []string{"User=dave", "PAMName=bed", "XDG_SESSION_TYPE=tty", "XDG_SESSION_CLASS=user"}, "sleep", "infinity")
	s.Wait("dave to be logged on", func() bool {
		out, err := s.Command("loginctl", "list-sessions", "--no-legend").Output()
		return err == nil && strings.Contains(string(out), "dave")
	})
	w.want(ask("--to", "user:dave"), delivery.NoMonitor, 69, "start a program in session")
	asked = ask("--to", "user:carol", "--title", "Off")
	shown(s, carol, "Off")
	s.Exec("loginctl", "terminate-session", carol.ID)
	w.want(asked, delivery.LoggedOff, 69, "logged off")

	s.Exec("loginctl", "activate", alice.ID)
	decide(s, `{"trustedSendersOnly": true}`)
	if out, err := alice.Command("deskbell", "monitor", "restart").CombinedOutput(); err != nil {
		t.Fatalf("restart: %v, %s", err, out)
	}
	w.want(asksHimself(t, alice), delivery.Refused, 77, "TrustedSendersOnly")
	w.want(begin(t, bob.Command("deskbell", "ask", "--json", "Alice?", "--to", "user:alice")), delivery.Denied, 77, "")

	for _, o := range delivery.Outcomes() {
		// fallback_test.go brings about two; a mailbox that breaks under its sender
		// nothing does.
		elsewhere := []delivery.Outcome{delivery.Failed, delivery.Told, delivery.Broken}
		if !w.seen[o] && !slices.Contains(elsewhere, o) {
			t.Errorf("nothing has brought about %s", o)
		}
	}
}
