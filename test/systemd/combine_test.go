//go:build linux

package systemd

import (
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// shown waits for a window on a desk.
func shown(s *bed.Systemd, d *bed.Desk, title string) {
	s.Wait("the window "+title+" of "+d.User, func() bool {
		return d.Command("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$").Run() == nil
	})
}

// Two people with a screen each are asked together: what each answers, and who
// is not there, comes to one answer, and as soon as it is decided the other
// window closes. So it does when the service has been killed in between.
func TestPeopleDecideTogether(t *testing.T) {
	s, alice, bob := served(t)
	both := func(title string, args ...string) []string {
		return append([]string{"May I?", "--title", title, "--to", "all"}, args...)
	}

	asked := rootAsks(t, s, both("Veto", "--combine", "veto")...)
	shown(s, bob, "Veto")
	answer(t, s, alice, "Veto", "Return")
	gone(s, alice, "Veto")
	shown(s, bob, "Veto")
	answer(t, s, bob, "Veto", "Tab", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" || r.Exit != 1 || r.User != "bob" || r.Choice != "Later" || len(r.Replies) != 2 || r.Replies[1].Choice != "Now" {
		t.Errorf("bob's veto: %+v", r)
	}

	asked = rootAsks(t, s, both("Objection", "--combine", "veto")...)
	shown(s, bob, "Objection")
	answer(t, s, alice, "Objection", "Tab", "Return")
	if r := readTold(t, asked); r.Exit != 1 || r.User != "alice" || r.Replies[1].Outcome != "withdrawn" {
		t.Errorf("alice's veto: %+v", r)
	}
	gone(s, bob, "Objection")

	asked = rootAsks(t, s, "May I?", "--title", "Quorum", "--to", "user:alice,user:bob,user:carol", "--combine", "quorum=2")
	answer(t, s, alice, "Quorum", "Return")
	answer(t, s, bob, "Quorum", "Return")
	r := readTold(t, asked)
	if r.Outcome != "answered" || r.Exit != 0 || r.Choice != "Now" || len(r.Replies) != 3 {
		t.Errorf("quorum: %+v", r)
	}
	asked = rootAsks(t, s, both("Alone", "--combine", "quorum=3")...)
	answer(t, s, alice, "Alone", "Return")
	if r := readTold(t, asked); r.Exit != 1 || r.CountsAs != "no" {
		t.Errorf("three of two people: %+v", r)
	}
	gone(s, bob, "Alone")

	setLocked(s, bob, true)
	asked = rootAsks(t, s, both("Locked", "--combine", "all", "--absent", "no", "--when", "skip")...)
	if r := readTold(t, asked); r.Outcome != "locked" || r.Exit != 1 || r.CountsAs != "no" || r.User != "bob" {
		t.Errorf("bob is away and counts as no: %+v", r)
	}
	gone(s, alice, "Locked")
	asked = rootAsks(t, s, both("Ignored", "--combine", "all", "--when", "skip")...)
	answer(t, s, alice, "Ignored", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" || r.Exit != 0 || r.User != "alice" || r.Replies[1].Outcome != "locked" {
		t.Errorf("bob is away and is left out: %+v", r)
	}
	setLocked(s, bob, false)

	put(s, "all", `{"text":"May the service?","title":"All","type":4,"to":"all","combine":"all"}`)
	answer(t, s, alice, "All", "Return")
	s.Exec("systemctl", "kill", "--signal=KILL", "deskbell")
	answer(t, s, bob, "All", "Return")
	if r := reply(t, s, "all"); r.Status != "answered" || r.Button != 6 || r.Error != "" {
		t.Errorf("all, the service killed in between: %+v", r)
	}
	put(s, "carol", `{"text":"Carol?","type":4,"to":"user:carol","combine":"veto","absent":"yes"}`)
	if r := reply(t, s, "carol"); r.Status != "answered" || r.Button != 6 || r.User != "" || r.Error != "counted as yes: user:carol is not logged on" {
		t.Errorf("carol counts as yes: %+v", r)
	}
	if left := s.Exec("find", "/var/lib/deskbell", "-name", "*.json"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}
