//go:build linux

package systemd

import (
	"strings"
	"testing"
)

// The power goes while questions wait: for somebody who sees the window, and for
// somebody who is not there. Both are asked when they are back, and the answers
// arrive. What was for those who were there is over with their log-off.
func TestQuestionsSurviveTheComputer(t *testing.T) {
	s, alice, _ := served(t)
	s.User("carol")
	ask := func(title, to string) string {
		return strings.TrimSpace(s.Exec("deskbell", "ask", "Still?", "--title", title, "--button", "Now", "--button", "Later",
			"--to", "user:"+to, "--wait-logon", "--no-wait"))
	}
	open, away := ask("Open", "alice"), ask("Away", "carol")
	shown(s, alice, "Open")
	put(s, "both", `{"text":"May the service?","title":"Both","type":4,"to":"all","combine":"all"}`)
	s.Wait("the service to have it", func() bool {
		return s.Command("test", "-e", "/var/lib/deskbell/deskbell/outbox/both.json").Run() == nil
	})

	s.Restart()
	// The bed boots no further than to what logs people on.
	if enabled := strings.TrimSpace(s.Exec("systemctl", "is-enabled", "deskbell")); enabled != "enabled" {
		t.Errorf("the service is %s", enabled)
	}
	s.Exec("systemctl", "start", "deskbell")
	carol := s.NewDesk("carol")
	answer(t, s, carol, "Away", "Return")
	alice = s.NewDesk("alice")
	answer(t, s, alice, "Open", "Tab", "Return")
	for id, want := range map[string]told{open: {User: "alice", Choice: "Later"}, away: {User: "carol", Choice: "Now"}} {
		if r := readTold(t, begin(t, s.Command("deskbell", "await", id))); r.Outcome != "answered" || r.User != want.User || r.Choice != want.Choice {
			t.Errorf("%s: %+v, want %+v", id, r, want)
		}
	}
	// Who asks people that are there is told that they have gone, and asks nobody
	// who comes back.
	if r := reply(t, s, "both"); r.Status != "failed" || r.Error != "nobody is logged on" {
		t.Errorf("asked of those who were there: %+v", r)
	}
	if left := s.Exec("find", "/var/lib/deskbell", "-name", "*.json"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}
