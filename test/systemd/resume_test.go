//go:build linux

package systemd

import (
	"strings"
	"testing"
)

// The service runs a job at the time that somebody chose, with its payload, outside
// of what the service itself may do; whoever runs the line before is told to wait.
func TestServiceKeepsTheChosenTime(t *testing.T) {
	s := officeWithout(t)
	s.Exec("deskbell", "install")
	alice := s.NewDesk("alice")
	s.Exec("sh", "-c", "mkdir /tmp/package && printf '#!/bin/sh\\npwd >/usr/local/share/acme\\nsystemctl is-active deskbell >>/usr/local/share/acme\\n' >/tmp/package/setup && chmod 755 /tmp/package/setup")
	line := []string{
		"deploy", "--name", "acme", "--title", "Acme 7", "--defer-times", "2", "--delays", "4h", "--countdown", "10m", "--json",
		"--payload", "/tmp/package", "--", "./setup",
	}
	in := func() []string { return append([]string{"env", "--chdir=/tmp/package", "deskbell"}, line...) }
	words := in()
	job := begin(t, s.Command(words[0], words[1:]...))
	answer(t, s, alice, "Acme 7", "Tab", "Return")
	if r := readTold(t, job); r.Outcome != "deferred" || r.Exit != 75 {
		t.Fatalf("put off: %+v", r)
	}
	const kept = "/var/lib/deskbell/.jobs/deskbell/"
	if mode := s.Exec("stat", "--format", "%a %U", kept, kept+"acme.json", kept+"acme/setup"); mode != "700 root\n600 root\n755 root\n" {
		t.Errorf("kept is %q", mode)
	}
	if r := readTold(t, begin(t, s.Command(words[0], words[1:]...))); r.Outcome != "deferred" {
		t.Errorf("run again: %+v", r)
	}
	s.Exec("rm", "-r", "/tmp/package") // the distribution system clears away

	// The time has come.
	s.Exec("sh", "-c", `sed -i 's/"until":"[^"]*"/"until":"2026-01-01T00:00:00Z"/' /var/lib/deskbell/.deferrals/deskbell/acme.json`)
	s.Exec("sh", "-c", `sed -i 's/"at":"[^"]*"/"at":"2026-01-01T00:00:00Z"/' `+kept+"acme.json")
	answer(t, s, alice, "Acme 7", "Return")
	s.Wait("the installer to run", func() bool { return s.Command("test", "-s", "/usr/local/share/acme").Run() == nil })
	s.Wait("the job to be forgotten", func() bool { return s.Command("test", "-e", kept+"acme.json").Run() != nil })
	if said := strings.TrimSpace(s.Exec("cat", "/usr/local/share/acme")); said != kept+"acme\nactive" {
		t.Errorf("the installer says %q", said)
	}
	s.Wait("its payload to go", func() bool { return s.Command("test", "-e", kept+"acme").Run() != nil })
	s.Wait("its unit to end", func() bool {
		return s.Command("systemctl", "is-active", "deskbell-job-deskbell-acme.service").Run() != nil
	})
	if said := s.Exec("deskbell", "detect", "acme"); !strings.HasPrefix(said, "acme: installed ") {
		t.Errorf("detect says %q", said)
	}
	s.Exec("deskbell", "uninstall")
	s.Exec("test", "!", "-e", "/var/lib/deskbell/.jobs")
}
