//go:build linux

package systemd

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// Two people have the same program open, and root's service is one of it, too. Each
// of them is asked about his own, and has it again afterwards; the service stays.
func TestPeopleClosePrograms(t *testing.T) {
	s, alice, bob := office(t)
	s.Exec("cp", "/bin/sleep", "/usr/local/bin/acme-editor")
	s.Exec("sh", "-c", `printf '[Desktop Entry]\nType=Application\nName=Acme Editor\nExec=acme-editor %%F\n' >/usr/share/applications/acme-editor.desktop`)
	for _, d := range []*bed.Desk{alice, bob} {
		begin(t, d.Command("acme-editor", "3600"))
	}
	begin(t, s.Command("acme-editor", "3601"))
	running := func(user string) string {
		out, _ := s.Command("pgrep", "-u", user, "-x", "acme-editor").Output() // none is a status, too
		return strings.TrimSpace(string(out))
	}
	s.Wait("the programs to run", func() bool { return running("alice") != "" && running("bob") != "" && running("root") != "" })
	before := map[string]string{"alice": running("alice"), "bob": running("bob"), "root": running("root")}

	job := begin(t, s.Command("deskbell", "deploy", "--name", "acme", "--title", "Acme 7", "--defer-times", "2", "--json",
		"--close", "acme-editor", "--reopen", "--", "sh", "-c", "pgrep -x acme-editor >/tmp/left; true"))
	answer(t, s, alice, "Acme 7", "Return")
	answer(t, s, bob, "Acme 7", "Return")
	answer(t, s, alice, "Acme 7", "Return")
	s.Wait("alice's to close", func() bool { return running("alice") == "" })
	if running("bob") != before["bob"] {
		t.Error("alice has closed what bob has open")
	}
	answer(t, s, bob, "Acme 7", "Return")
	if r := readTold(t, job); r.Outcome != "installed" || r.Exit != 0 {
		t.Errorf("%+v", r)
	}
	if left := strings.TrimSpace(s.Exec("cat", "/tmp/left")); left != before["root"] {
		t.Errorf("while it was installed there ran %q, want %q", left, before["root"])
	}
	s.Wait("their programs to be open again", func() bool { return running("alice") != "" && running("bob") != "" })
	for user, pid := range before {
		if again := running(user); (again == pid) != (user == "root") {
			t.Errorf("%s had %s, and has %s", user, pid, again)
		}
	}
}
