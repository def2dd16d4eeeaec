//go:build linux

// Package systemd tests what Deskbell does with users, sessions and units, on a
// computer with a real systemd.
package systemd

import (
	"os"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

func TestBed(t *testing.T) {
	s := bed.NewSystemd(t)
	s.User("alice")
	d := s.NewDesk("alice")
	t.Logf("%+v\n%s%s", d, s.Exec("loginctl"), s.Exec("loginctl", "show-session", d.ID))
	out, err := d.Command("xdpyinfo").CombinedOutput()
	t.Log(strings.SplitN(string(out), "\n", 3)[:2], err)
	_ = os.Args
}
