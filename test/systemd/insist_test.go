//go:build linux

package systemd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// endMonitor has somebody kill the monitor that shows him a window.
func endMonitor(t *testing.T, s *bed.Systemd, d *bed.Desk) {
	t.Helper()
	pid := ""
	s.Wait("the monitor of "+d.User, func() bool {
		out, _ := s.Command("pgrep", "--uid", fmt.Sprint(d.UID), "--exact", "deskbell").Output() // 1 where there is none
		pid = strings.TrimSpace(string(out))
		return pid != "" && !strings.Contains(pid, "\n")
	})
	if out, err := d.Command("kill", "-KILL", pid).CombinedOutput(); err != nil {
		t.Fatalf("%s kills the monitor %s: %v, %s", d.User, pid, err, out)
	}
	s.Wait("the monitor to be gone", func() bool { return !runs(s, pid) })
}

// A question does not go away by the end of what shows it: who waits has it
// shown again, the sender as well as the service, and what is answered then
// counts. After some times in a row its sender is told.
func TestQuestionSurvivesItsMonitor(t *testing.T) {
	s, alice, bob := served(t)
	asked := rootAsks(t, s, "Restart now?", "--title", "Again", "--to", "user:alice")
	for range 2 {
		shown(s, alice, "Again")
		endMonitor(t, s, alice)
	}
	answer(t, s, alice, "Again", "Tab", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" || r.Choice != "Later" {
		t.Errorf("killed twice: %+v", r)
	}

	put(s, "again", `{"text":"Restart now?","title":"Service","buttons":["Now","Later"],"to":"user:bob"}`)
	shown(s, bob, "Service")
	endMonitor(t, s, bob)
	answer(t, s, bob, "Service", "Return")
	if r := reply(t, s, "again"); r.Status != "answered" || r.Choice != "Now" {
		t.Errorf("the service's, killed: %+v", r)
	}

	id := strings.TrimSpace(s.Exec("deskbell", "ask", "Restart now?", "--title", "Left", "--to", "user:bob", "--wait-logon", "--no-wait"))
	shown(s, bob, "Left")
	endMonitor(t, s, bob)
	answer(t, s, bob, "Left", "Return")
	if r := readTold(t, begin(t, s.Command("deskbell", "await", id))); r.Outcome != "answered" {
		t.Errorf("nobody waits, killed: %+v", r)
	}

	// Not for ever: who kills each at once, as long as a desktop may take to come
	// up, has his way, and the sender knows. (The service would start some too.)
	s.Exec("systemctl", "stop", "deskbell")
	asked = rootAsks(t, s, "Restart now?", "--title", "Never", "--to", "user:alice", "--out", "/tmp/told")
	shown(s, alice, "Never")
	cmd := s.Command("sh", "-c", `while [ ! -e /tmp/told ]; do pkill -KILL --uid "$1" --exact deskbell; sleep 0.1; done`, "sh", fmt.Sprint(alice.UID))
	begin(t, cmd)
	s.Exec("timeout", "100", "sh", "-c", "while [ ! -e /tmp/told ]; do sleep 0.5; done")
	if err := asked.Wait(); exitStatus(err) != 69 {
		t.Errorf("killed each time: %v", err)
	}
	if told := s.Exec("cat", "/tmp/told"); !strings.Contains(told, `"outcome":"no-monitor"`) || !strings.Contains(told, "3 have ended at once") {
		t.Errorf("killed each time: %s", told)
	}
}
