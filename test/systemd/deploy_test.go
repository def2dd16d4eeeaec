//go:build linux

package systemd

import (
	"os/exec"
	"strings"
	"testing"
)

// Two people are asked whether to install: one of them puts it off for both. Next
// time both want it, and it is installed.
func TestOnePersonPutsItOffForAll(t *testing.T) {
	s, alice, bob := office(t)
	deploy := func() *exec.Cmd {
		return begin(t, s.Command("deskbell", "deploy", "--name", "acme", "--title", "Acme 7", "--defer-times", "2", "--delays", "1m,4h",
			"--to", "all", "--json", "--exit-style", "posix", "--", "touch", "/tmp/installed"))
	}
	job := deploy()
	answer(t, s, alice, "Acme 7", "Return")
	answer(t, s, bob, "Acme 7", "Tab", "Return")
	if r := readTold(t, job); r.Outcome != "deferred" || r.User != "bob" || r.Exit != 75 {
		t.Errorf("bob puts it off: %+v", r)
	}
	s.Exec("test", "!", "-e", "/tmp/installed")
	if mode := s.Exec("stat", "--format", "%a %U", "/var/lib/deskbell/.deferrals/deskbell/acme.json"); mode != "600 root\n" {
		t.Errorf("what is remembered is %q", mode)
	}
	s.Exec("sh", "-c", `sed -i 's/"until":"[^"]*"/"until":"2026-01-01T00:00:00Z"/' /var/lib/deskbell/.deferrals/deskbell/acme.json`)

	job = deploy()
	answer(t, s, alice, "Acme 7", "Return")
	answer(t, s, bob, "Acme 7", "Return")
	if r := readTold(t, job); r.Outcome != "installed" || r.Exit != 0 {
		t.Errorf("both want it: %+v", r)
	}
	s.Exec("test", "-e", "/tmp/installed")
	if kept := s.Exec("cat", "/var/lib/deskbell/.deferrals/deskbell/acme.json"); !strings.HasPrefix(kept, `{"installed":"`) || strings.Contains(kept, "deferrals") {
		t.Errorf("remembered is %s", kept)
	}
	if said := s.Exec("deskbell", "detect", "acme"); !strings.HasPrefix(said, "acme: installed ") {
		t.Errorf("detect says %q", said)
	}
}
