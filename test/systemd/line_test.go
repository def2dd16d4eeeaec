//go:build linux

package systemd

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// The one line of deploy's documentation, on Linux: root asks alice, has her program
// closed, installs a package while a bar is shown, tells her that it is done, and asks
// when the computer is to be restarted.
func TestDeployInOneLine(t *testing.T) {
	s := officeWithout(t)
	alice := s.NewDesk("alice")
	t.Cleanup(func() { s.Exec("shutdown", "-c") })
	s.Exec("cp", "/bin/sleep", "/usr/local/bin/acme-editor")
	begin(t, alice.Command("acme-editor", "3600"))
	s.Wait("the program to run", func() bool { return s.Command("pgrep", "-x", "acme-editor").Run() == nil })
	s.Exec("sh", "-c", `mkdir -p /tmp/acme/DEBIAN /tmp/acme/opt/acme
printf 'Package: acme\nVersion: 7\nArchitecture: all\nMaintainer: Acme <acme@example.org>\nDescription: test\n' >/tmp/acme/DEBIAN/control
printf '#!/bin/sh\ntouch /run/reboot-required\n' >/tmp/acme/DEBIAN/postinst
chmod 755 /tmp/acme/DEBIAN/postinst
echo installed >/tmp/acme/opt/acme/readme.txt
dpkg-deb --root-owner-group --build /tmp/acme /tmp/acme.deb
mkfifo /tmp/gate`)
	job := begin(t, s.Command("deskbell", "deploy", "--name", "acme-7", "--title", "Acme 7", "--defer-times", "3", "--defer-days", "5",
		"--close", "acme-editor", "--progress=stdout", "--complete", "--reboot", "ask", "--json",
		"--", "sh", "-c", "echo 40; echo '# Unpacking'; read line </tmp/gate; dpkg -i /tmp/acme.deb"))
	var last string // process of the window before, which has the same title
	window := func(moment string) {
		t.Helper()
		last = next(t, s, alice, "Acme 7", last)
		shot(t, alice, "in one line "+moment)
	}
	press := func(moment string) {
		t.Helper()
		window(moment)
		answer(t, s, alice, "Acme 7", "Return")
	}
	press("asked")
	press("close")
	window("progress")
	s.Exec("sh", "-c", "echo go on >/tmp/gate")
	s.Wait("it to be installed", func() bool { return s.Command("test", "-e", "/opt/acme/readme.txt").Run() == nil })
	window("complete") // a notice, which goes by itself
	press("restart")
	if r := readTold(t, job); r.Outcome != "installed" || r.Exit != 0 || r.Restart == nil || !r.Restart.Pending || r.Restart.By != "logind" || r.Restart.User != "alice" {
		t.Errorf("%+v, %+v", r, r.Restart)
	}
	if s.Command("pgrep", "-x", "acme-editor").Run() == nil {
		t.Error("her program was not closed")
	}
	window("counts down")
}

// next waits for a window of another process than the last, and returns that.
func next(t *testing.T, s *bed.Systemd, d *bed.Desk, title, last string) (pid string) {
	t.Helper()
	s.Wait("the next window "+title+" of "+d.User, func() bool {
		// It fails where there is none, or one goes meanwhile.
		out, _ := d.Command("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$", "getwindowpid", "%@").Output()
		pids := strings.Fields(string(out))
		if len(pids) != 1 || pids[0] == last {
			return false
		}
		pid = pids[0]
		return true
	})
	return pid
}
