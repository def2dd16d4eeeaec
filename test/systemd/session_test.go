//go:build linux

// Package systemd tests what Deskbell does with users, sessions and units, on a
// computer with a real systemd.
package systemd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/image"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/test/bed"
)

// In the bed this program is run again, with one of these as what to do.
const (
	there = "/usr/local/bin/session-test"

	doList  = "list"
	doWatch = "watch"
	doStart = "start"
	doSetup = "setup"
	doReady = "ready"
	doSweep = "sweep"

	doChanges = "changes"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case doList:
			sessions, err := session.List(context.Background())
			report(sessions, err)
			return
		case doStart:
			report(startHere(os.Args[2], os.Args[3]), nil)
			return
		case doSetup:
			setup, err := session.SetupRunning(context.Background())
			report(setup, err)
			return
		case doReady:
			path, err := image.Ready()
			report(path, err)
			return
		case doSweep:
			report(nil, image.Sweep())
			return
		case doChanges:
			changes, err := session.Changes(context.Background())
			if err != nil {
				report(nil, err)
			}
			for range changes {
				sessions, err := session.List(context.Background())
				report(sessions, err)
			}
			return
		case doWatch:
			states, err := session.Watch(context.Background(), os.Args[2])
			if err != nil {
				report(nil, err)
			}
			for s := range states {
				report(s, nil)
			}
			return
		}
	}
	os.Exit(m.Run())
}

func report(v any, err error) {
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(v)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// boot is a bed that has this program.
func boot(t *testing.T) *bed.Systemd {
	t.Helper()
	s := bed.NewSystemd(t)
	s.Copy("/proc/self/exe", there)
	return s
}

func list(t *testing.T, s *bed.Systemd) (sessions []session.Session) {
	t.Helper()
	if err := json.Unmarshal([]byte(s.Exec(there, doList)), &sessions); err != nil {
		t.Fatal(err)
	}
	return sessions
}

func users(sessions []session.Session) (names []string) {
	for _, s := range sessions {
		names = append(names, s.User)
	}
	slices.Sort(names)
	return names
}

// watch starts session.Watch there; next is its next state, within a minute.
func watch(t *testing.T, cmd *exec.Cmd) (next func() session.State) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	states := make(chan session.State)
	ended := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(states)
		for lines := json.NewDecoder(out); ; {
			var s session.State
			if lines.Decode(&s) != nil {
				return
			}
			select {
			case states <- s:
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		_ = bed.Kill(cmd) // it may have ended
		<-ended
		_ = cmd.Wait() // killed
	})
	return func() session.State {
		t.Helper()
		select {
		case s, ok := <-states:
			if !ok {
				t.Fatal("the watch ended")
			}
			return s
		case <-time.After(time.Minute):
			t.Fatal("no change of the session within a minute")
		}
		return session.State{}
	}
}

// until reads states until one is as wanted.
func until(t *testing.T, next func() session.State, want session.State) {
	t.Helper()
	for s := next(); s != want; s = next() {
		t.Logf("on the way to %+v: %+v", want, s)
	}
}

// Two people at screens of their own are there; a greeter, what runs in the
// background, somebody who lingers, and what is left of somebody who has logged
// off are not.
func TestListCountsPersons(t *testing.T) {
	s := boot(t)
	for _, name := range []string{"alice", "bob", "carol", "greeter"} {
		s.User(name)
	}
	alice := s.NewDesk("alice", "XDG_SEAT=seat0", "LANG=de_AT.UTF-8")
	bob := s.NewDesk("bob", "LANG=pt_BR.UTF-8")
	idle := []string{"sleep", "infinity"}
	s.Run("greeter", []string{"User=greeter", "PAMName=bed", "XDG_SESSION_TYPE=x11", "XDG_SESSION_CLASS=greeter"}, idle...)
	s.Run("job", []string{"User=carol", "PAMName=bed", "XDG_SESSION_CLASS=background"}, idle...)
	s.Exec("loginctl", "enable-linger", "carol")
	s.Wait("the greeter, the job and the manager of who lingers", func() bool {
		out, err := s.Command("sh", "-c", `for id in $(loginctl --no-legend list-sessions | awk '{print $1}'); do loginctl show-session -p Class --value $id; done`).Output()
		for _, class := range []string{"greeter", "background"} {
			if !slices.Contains(fields(out), class) {
				return false
			}
		}
		return err == nil && s.Command("systemctl", "is-active", "user@"+uid(t, s, "carol")+".service").Run() == nil
	})

	got := list(t, s)
	if want := []string{"alice", "bob"}; !slices.Equal(users(got), want) {
		t.Fatalf("logged on are %v, want %v: %+v", users(got), want, got)
	}
	if got[0].User != "alice" || !got[0].Console() {
		t.Errorf("not in front, or not at the console: alice's session at seat0: %+v", got)
	}
	for i, d := range []*bed.Desk{alice, bob} {
		s := got[i]
		if s.ID != d.ID || s.UID != strconv.Itoa(d.UID) || s.Type != "x11" || s.Class != "user" || !s.Active || s.Remote ||
			s.State != (session.State{}) || s.Since.IsZero() {
			t.Errorf("%s's session is %+v, want %+v, active", d.User, s, d)
		}
	}

	if got[0].Locale != "de-AT" || got[1].Locale != "pt-BR" {
		t.Errorf("alice speaks %q and bob %q, want de-AT and pt-BR", got[0].Locale, got[1].Locale)
	}

	// Who may not look at others is told the same by logind.
	var bobs []session.Session
	out, err := bob.Command(there, doList).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &bobs); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(users(bobs), []string{"alice", "bob"}) {
		t.Errorf("to bob logged on are %v, want alice and bob", users(bobs))
	}
	if len(bobs) == 2 && (bobs[0].Locale == "de-AT" || bobs[1].Locale != "pt-BR") {
		t.Errorf("to bob, who cannot look into alice's processes, she speaks %q and he %q", bobs[0].Locale, bobs[1].Locale)
	}

	s.Exec("loginctl", "lock-session", bob.ID) // only asks bob's programs to lock
	if got := list(t, s); got[1].State.Locked {
		t.Error("bob's session is locked, though nobody locked it")
	}
	setLocked(s, bob, true)
	if got := list(t, s); !got[1].State.Locked || got[0].State.Locked {
		t.Errorf("after bob locked his session: %+v", got)
	}

	// The leader ends, and a program stays behind: logind keeps the session.
	next := watch(t, s.Command(there, doWatch, bob.ID))
	if got := next(); got != (session.State{Locked: true}) {
		t.Fatalf("bob's locked session is %+v", got)
	}
	s.Exec("sh", "-c", "kill -KILL "+leader(s, bob))
	s.Wait("bob's session to be closing", func() bool {
		return fieldOf(s, bob, "State") == "closing"
	})
	if got := users(list(t, s)); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("logged on after bob logged off are %v, want alice", got)
	}
	until(t, next, session.State{Locked: true, Disconnected: true})
}

// The own session's changes come as events.
func TestWatch(t *testing.T) {
	s := boot(t)
	s.User("alice")
	s.User("bob")
	desk := s.NewDesk("alice", "XDG_SEAT=seat0")
	next := watch(t, desk.Command(there, doWatch, desk.ID))
	if got := next(); got != (session.State{}) {
		t.Fatalf("at first the state is %+v, want nothing in the way", got)
	}
	setLocked(s, desk, true)
	until(t, next, session.State{Locked: true})
	setLocked(s, desk, false)
	until(t, next, session.State{})

	// Another person comes to the seat, and goes.
	other := s.NewDesk("bob", "XDG_SEAT=seat0")
	s.Exec("loginctl", "activate", other.ID)
	until(t, next, session.State{Disconnected: true})
	s.Exec("loginctl", "activate", desk.ID)
	until(t, next, session.State{})

	// A window fills the screen.
	film := desk.Command("xterm", "-fullscreen", "-e", "cat")
	if err := film.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, next, session.State{Busy: true})
	if err := desk.Command("xdotool", "getactivewindow", "windowkill").Run(); err != nil {
		t.Fatal(err)
	}
	_ = film.Wait() // its display was taken from it
	until(t, next, session.State{})

	// Root, who looks on from outside, sees the log-off; the desk's own display
	// goes with it.
	outside := watch(t, s.Command(there, doWatch, desk.ID))
	if got := outside(); got != (session.State{}) {
		t.Fatalf("from outside the state is %+v", got)
	}
	s.Exec("loginctl", "terminate-session", desk.ID)
	until(t, outside, session.State{Disconnected: true})
	until(t, next, session.State{Disconnected: true})
}

// By the files that cloud-init leaves, as it does nothing in the bed; whether it
// is systemd's first boot systemd says itself.
func TestSetupRunning(t *testing.T) {
	s := boot(t)
	s.Wait("systemd to have started", func() bool {
		out, _ := s.Command("systemctl", "is-system-running").Output() // degraded is an error
		state := fields(out)
		return len(state) == 1 && (state[0] == "running" || state[0] == "degraded")
	})
	setup := func() (which string) {
		t.Helper()
		if err := json.Unmarshal([]byte(s.Exec(there, doSetup)), &which); err != nil {
			t.Fatal(err)
		}
		return which
	}
	if got := setup(); got != "" {
		t.Errorf("when all has started %q is under way", got)
	}
	s.Exec("rm", "-f", "/var/lib/cloud/instance/boot-finished") // of the machine, where nobody else misses it
	s.Exec("mkdir", "-p", "/run/cloud-init")
	s.Exec("touch", "/run/cloud-init/enabled", "/run/cloud-init/status.json")
	if got := setup(); got != "cloud-init" {
		t.Errorf("with cloud-init at work %q is under way", got)
	}
	s.Exec("touch", "/run/cloud-init/result.json")
	if got := setup(); got != "" {
		t.Errorf("with cloud-init at its end %q is under way", got)
	}
}
