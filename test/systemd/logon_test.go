//go:build linux

package systemd

import (
	"strings"
	"testing"
)

// Somebody who is logged off is asked when he comes: over the end of the sender,
// of the service and of his session. Of two who fetch the answer one gets it.
func TestQuestionForSomebodyLoggedOff(t *testing.T) {
	s := installed(t)
	if r := readTold(t, rootAsks(t, s, "Whenever you come?", "--to", "user:carol", "--wait-logon")); r.Outcome != "not-logged-on" || r.Error != "there is no user:carol" {
		t.Errorf("carol: %+v", r)
	}
	if r := readTold(t, rootAsks(t, s, "Soon?", "--to", "user:alice", "--wait-logon", "--within", "1s")); r.Outcome != "not-logged-on" || r.Exit != 69 {
		t.Errorf("alice does not come: %+v", r)
	}

	id := strings.TrimSpace(s.Exec("deskbell", "ask", "Whenever you come?", "--title", "Later", "--button", "Now", "--button", "Later",
		"--to", "user:alice", "--wait-logon", "--no-wait"))
	asked := rootAsks(t, s, "And you?", "--title", "Waiting", "--to", "user:bob", "--wait-logon")
	s.Exec("systemctl", "kill", "--signal=KILL", "deskbell")
	alice := s.NewDesk("alice")
	shown(s, alice, "Later")
	s.Exec("loginctl", "terminate-session", alice.ID)
	s.Exec("systemctl", "restart", "deskbell")
	alice = s.NewDesk("alice")
	first := begin(t, s.Command("deskbell", "await", id))
	second := begin(t, s.Command("deskbell", "await", id))
	answer(t, s, alice, "Later", "Tab", "Return")
	a, b := readTold(t, first), readTold(t, second)
	if a.Outcome != "answered" {
		a, b = b, a
	}
	if a.Outcome != "answered" || a.Choice != "Later" || a.User != "alice" || b.Outcome != "withdrawn" || b.Exit != 75 {
		t.Errorf("fetched: %+v and %+v", a, b)
	}

	bob := s.NewDesk("bob")
	answer(t, s, bob, "Waiting", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" || r.User != "bob" || r.Choice != "Now" {
		t.Errorf("bob: %+v", r)
	}
	if left := s.Exec("find", "/var/lib/deskbell", "-name", "*.json"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}
