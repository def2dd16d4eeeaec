//go:build linux

package systemd

import (
	"strings"
	"testing"
)

// An administrator's program gets the answer of somebody who was logged off, in
// the place of the sender; one that others can change does not.
func TestProgramGetsTheAnswer(t *testing.T) {
	s := installed(t)
	s.Exec("sh", "-c", `printf '#!/bin/sh\ncat >>/var/lib/deskbell/.told\n' >/opt/told && chmod 755 /opt/told && cp /opt/told /opt/open && chmod 777 /opt/open`)
	id := strings.TrimSpace(s.Exec("deskbell", "ask", "Shall I?", "--title", "Program", "--to", "user:alice", "--wait-logon", "--on-answer", "/opt/told"))
	bad := strings.TrimSpace(s.Exec("deskbell", "ask", "Shall I too?", "--title", "Other", "--to", "user:alice", "--wait-logon", "--on-answer", "/opt/open"))
	alice := s.NewDesk("alice")
	answer(t, s, alice, "Program", "Return")
	s.Wait("the program to be told", func() bool {
		told, _ := s.Command("cat", "/var/lib/deskbell/.told").Output()
		return strings.Contains(string(told), `"id":"`+id+`"`) && strings.Contains(string(told), `"user":"alice"`) && strings.Contains(string(told), `"choice":"OK"`)
	})
	answer(t, s, alice, "Other", "Return")
	s.Wait("the other program to be refused", func() bool {
		return strings.Contains(s.Exec("journalctl", "--no-pager", "--unit=deskbell"), "/opt/open is not started")
	})
	if left := strings.TrimSpace(s.Exec("find", "/var/lib/deskbell", "-path", "*inbox*", "-name", "*.json")); !strings.HasSuffix(left, "/"+bad+".json") || strings.Contains(left, "\n") {
		t.Errorf("left are %q, want %s", left, bad)
	}
	if r := readTold(t, begin(t, s.Command("deskbell", "await", bad))); r.Outcome != "answered" || r.User != "alice" {
		t.Errorf("the other answer: %+v", r)
	}
	if r := readTold(t, begin(t, alice.Command("deskbell", "ask", "Me?", "--json", "--on-answer", "/opt/told"))); r.Outcome != "rejected" || r.Exit != 65 {
		t.Errorf("alice has root's program run: %+v", r)
	}
}
