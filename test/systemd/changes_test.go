//go:build linux

package systemd

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/test/bed"
)

// Who looks at the sessions at each signal knows of each change.
func TestChangesOfSessions(t *testing.T) {
	s := boot(t)
	s.User("alice")
	s.User("bob")
	s.NewDesk("alice")
	cmd := s.Command(there, doChanges)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen, ended := make(chan []session.Session), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := json.NewDecoder(out); ; {
			var sessions []session.Session
			if lines.Decode(&sessions) != nil {
				return
			}
			seen <- sessions
		}
	}()
	t.Cleanup(func() {
		_ = bed.Kill(cmd) // it may have ended
		for open := true; open; {
			select {
			case <-seen:
			case <-ended:
				open = false
			}
		}
		_ = cmd.Wait() // killed
	})
	wait := func(what string, so func([]session.Session) bool) {
		t.Helper()
		for late := time.After(time.Minute); ; {
			select {
			case sessions := <-seen:
				if so(sessions) {
					return
				}
			case <-ended:
				t.Fatal("it ended")
			case <-late:
				t.Fatalf("nobody said that %s", what)
			}
		}
	}
	has := func(sessions []session.Session, name string, locked bool) bool {
		return slices.ContainsFunc(sessions, func(one session.Session) bool { return one.User == name && one.State.Locked == locked })
	}
	wait("alice is there", func(all []session.Session) bool { return has(all, "alice", false) })
	desk := s.NewDesk("bob")
	wait("bob has come", func(all []session.Session) bool { return has(all, "bob", false) })
	setLocked(s, desk, true)
	wait("bob's screen is locked", func(all []session.Session) bool { return has(all, "bob", true) })
	s.Exec("loginctl", "terminate-session", desk.ID)
	wait("bob has gone", func(all []session.Session) bool { return !has(all, "bob", true) && has(all, "alice", false) })
}
