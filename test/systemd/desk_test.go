//go:build linux

package systemd

import (
	"strconv"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// setLocked does what a screen locker does.
func setLocked(s *bed.Systemd, d *bed.Desk, locked bool) {
	s.Exec("busctl", "call", "org.freedesktop.login1", path(s, d),
		"org.freedesktop.login1.Session", "SetLockedHint", "b", strconv.FormatBool(locked))
	// A monitor that attends hears of it a moment later.
	s.Wait("the monitor of "+d.User+" to have heard of it", func() bool {
		out, _ := d.Command("deskbell", "status", "--json").Output() // nobody attends, or there is no deskbell
		return !strings.Contains(string(out), `"state":`) || strings.Contains(string(out), `"state":"locked"`) == locked
	})
}

// path is the object of a session.
func path(s *bed.Systemd, d *bed.Desk) string {
	answer := s.Exec("busctl", "call", "org.freedesktop.login1", "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager", "GetSession", "s", d.ID)
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(answer), "o "), `"`)
}

// fieldOf is a property of a session.
func fieldOf(s *bed.Systemd, d *bed.Desk, name string) string {
	return strings.TrimSpace(s.Exec("loginctl", "show-session", "--property="+name, "--value", d.ID))
}

func leader(s *bed.Systemd, d *bed.Desk) string { return fieldOf(s, d, "Leader") }

func uid(t *testing.T, s *bed.Systemd, user string) string {
	t.Helper()
	return strings.TrimSpace(s.Exec("id", "-u", user))
}

func fields(out []byte) []string { return strings.Fields(string(out)) }
