//go:build linux

package systemd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// TestLogOffInTheMiddle has somebody log off with a window open and questions
// waiting, again and again, and the monitor and the service killed meanwhile: each
// question is answered once in the end, and nothing is left.
func TestLogOffInTheMiddle(t *testing.T) {
	s := installed(t)
	const questions = 9
	desk := s.NewDesk("alice")
	var ids []string
	for n := range questions {
		ids = append(ids, strings.TrimSpace(s.Exec("deskbell", "ask", fmt.Sprintf("Question %d?", n), "--title", fmt.Sprintf("Q%d", n),
			"--to", "user:alice", "--no-wait", "--when", "wait")))
	}
	s.Wait("the first window", func() bool { return asked(desk) != "" })
	for _, meanwhile := range [][]string{
		nil,
		{"systemctl", "kill", "--signal=KILL", "deskbell"},
		{"pkill", "-KILL", "--uid", fmt.Sprint(desk.UID), "--exact", "deskbell"},
	} {
		title := asked(desk)
		answer(t, s, desk, title, "Return")
		s.Wait("the next window after "+title, func() bool { return asked(desk) != "" && asked(desk) != title })
		if meanwhile != nil {
			s.Exec(meanwhile[0], meanwhile[1:]...)
		}
		s.Exec("loginctl", "terminate-session", desk.ID)
		desk = s.NewDesk("alice")
		s.Wait("a window after the log-off", func() bool { return asked(desk) != "" })
	}
	awaits := map[string]func() told{}
	for _, id := range ids {
		cmd := begin(t, s.Command("deskbell", "await", id, "--json"))
		awaits[id] = func() told { return readTold(t, cmd) }
	}
	for title := asked(desk); title != ""; title = following(s, desk) {
		answer(t, s, desk, title, "Return")
	}
	for id, await := range awaits {
		if r := await(); r.Outcome != "answered" || r.Choice != "OK" {
			t.Errorf("%s: %+v", id, r)
		}
		if err := s.Command("deskbell", "await", id).Run(); exitStatus(err) != 64 {
			t.Errorf("%s fetched twice: %v", id, err)
		}
	}
	if left := s.Exec("find", "/var/lib/deskbell", "-path", "*box/*.json"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// asked is the title of the question on somebody's screen, "" where there is none.
func asked(d *bed.Desk) string {
	out, _ := d.Command("xdotool", "search", "--onlyvisible", "--name", "^Q[0-9]$", "getwindowname").Output()
	return strings.TrimSpace(string(out))
}

// following is the title of the next question, "" where all have been answered.
func following(s *bed.Systemd, d *bed.Desk) (title string) {
	s.Wait("the next question", func() bool {
		title = asked(d)
		return title != "" || s.Exec("find", "/var/lib/deskbell", "-path", "*/inbox/*.json") == ""
	})
	return title
}
