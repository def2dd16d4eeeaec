//go:build linux

package systemd

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// Somebody who sits at a terminal alone has no place for a window: who asks for
// that writes on the terminal, and is told that nobody can answer there.
func TestTerminalIsTheLastWay(t *testing.T) {
	s, alice, _ := served(t)
	s.User("carol")
	// login(1) is who makes a session of logind and a record in utmp.
	s.Run("terminal", nil, "sh", "-c", `sleep infinity | script --quiet --flush --command "login -f carol" /tmp/terminal`)
	s.Wait("carol to be logged on", func() bool {
		out, err := s.Command("loginctl", "list-sessions", "--no-legend").Output()
		return err == nil && strings.Contains(string(out), "carol") && strings.Contains(string(out), "pts/")
	})
	// It is hers before her shell runs, and not yet when logind knows of it.
	s.Wait("her shell", func() bool {
		out, err := s.Command("cat", "/tmp/terminal").Output()
		return err == nil && strings.Contains(string(out), "\n$ ")
	})
	text := "The server \x1b[2Jis switched off at noon"
	for _, test := range []struct {
		args []string
		want told
	}{
		{[]string{"--to", "user:carol"}, told{Outcome: "no-monitor", Exit: 69}},
		{[]string{"--to", "user:carol", "--fallback", "none"}, told{Outcome: "no-monitor", Exit: 69}},
		{[]string{"--to", "user:carol", "--fallback", "wts,wall"}, told{Outcome: "told", Exit: 69, Channel: "wall", User: "carol"}},
	} {
		r := readTold(t, rootAsks(t, s, append([]string{text}, test.args...)...))
		if r.Outcome != test.want.Outcome || r.Exit != test.want.Exit || r.Channel != test.want.Channel || test.want.User != "" && r.User != test.want.User || r.Choice != "" {
			t.Errorf("%q: %+v", test.args, r)
		}
	}
	notice := begin(t, s.Command("deskbell", "notify", "--json", "A notice to you", "--to", "user:carol", "--fallback", "wall"))
	if r := readTold(t, notice); r.Outcome != "told" || r.Exit != 0 || r.Channel != "wall" || r.Error != "" {
		t.Errorf("a notice: %+v", r)
	}
	// The service is in a sandbox of its own.
	put(s, "wall", `{"text":"From the service","to":"user:carol","fallback":"wall"}`)
	if r := reply(t, s, "wall"); r.Status != "failed" || r.Channel != "wall" || !strings.Contains(r.Error, "nobody can answer") {
		t.Errorf("by the service: %+v", r)
	}
	var screen string
	s.Wait("all that to be on the terminal", func() bool {
		screen = s.Exec("cat", "/tmp/terminal")
		return strings.Contains(screen, "From the service")
	})
	for what, times := range map[string]int{"is switched off at noon": 1, "A notice to you": 1, "From the service": 1, "This question cannot be answered here.": 2, "\x1b[2Jis": 0} {
		if n := strings.Count(screen, what); n != times {
			t.Errorf("%q is on the terminal %d times, want %d:\n%q", what, n, times, screen)
		}
	}
	if !strings.Contains(screen, "From the administrator of this computer") {
		t.Errorf("it does not say who writes: %q", screen)
	}
	// Who has a desktop is asked there, whatever other ways there would be.
	asked := rootAsks(t, s, "May I?", "--title", "Window", "--to", "user:alice", "--fallback", "wall")
	answer(t, s, alice, "Window", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" || r.Channel != "dialog" {
		t.Errorf("alice: %+v", r)
	}
	if left := s.Exec("find", "/var/lib/deskbell", "-name", "*.json"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// Where there is no window to be had, a notification with buttons asks.
func TestNotificationAsksWhereNoWindowCan(t *testing.T) {
	s, alice, _ := office(t)
	s.Exec("rm", "-f", "/usr/local/bin/deskbell-gtk", "/usr/bin/zenity", "/usr/bin/kdialog")
	shown := notices(t, s, alice, "102")
	asked := rootAsks(t, s, "May I restart?", "--title", "Restart", "--to", "user:alice")
	s.Wait("the notification", func() bool { return shown() == "1" })
	shot(t, alice, "Toast")
	if out, err := alice.Command("dunstctl", "context").CombinedOutput(); err != nil {
		t.Fatalf("choose: %v, %s", err, out)
	}
	if r := readTold(t, asked); r.Outcome != "answered" || r.Exit != 1 || r.Choice != "Later" || r.Channel != "toast" {
		t.Errorf("by notification: %+v", r)
	}
	r := readTold(t, rootAsks(t, s, "May I restart?", "--to", "user:alice", "--fallback", "none"))
	if r.Outcome != "failed" || r.Exit != 69 {
		t.Errorf("by window alone: %+v", r)
	}
}

// notices runs a notification service on somebody's desk, whose menu takes the
// line with this text, and returns how many notices it shows.
func notices(t *testing.T, s *bed.Systemd, d *bed.Desk, choice string) (shown func() string) {
	t.Helper()
	s.Exec("sh", "-c", `printf '[global]\ndmenu = /usr/local/bin/choose\n' >/etc/dunst.test && printf '#!/bin/sh\ngrep "`+choice+`"\n' >/usr/local/bin/choose && chmod 755 /usr/local/bin/choose`)
	begin(t, d.Command("dunst", "-conf", "/etc/dunst.test"))
	shown = func() string {
		out, _ := d.Command("dunstctl", "count", "displayed").Output() // it may not answer yet
		return strings.TrimSpace(string(out))
	}
	s.Wait("the notification service", func() bool { return shown() == "0" })
	return shown
}
