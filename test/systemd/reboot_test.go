//go:build linux

package systemd

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// Two people are asked when the computer is to be restarted; logind keeps to the
// later time, and nobody is asked again by the next job.
func TestRestartIsPlanned(t *testing.T) {
	s, alice, bob := office(t)
	planned := func() time.Time {
		t.Helper()
		said := strings.Fields(s.Exec("busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "ScheduledShutdown"))
		if len(said) != 3 {
			t.Fatalf("logind says %q", said)
		}
		if said[1] == `""` {
			return time.Time{}
		}
		at, err := strconv.ParseInt(said[2], 10, 64)
		if err != nil || said[1] != `"reboot"` {
			t.Fatalf("logind plans %q, %v", said, err)
		}
		return time.UnixMicro(at)
	}
	t.Cleanup(func() { s.Exec("shutdown", "-c") })
	// The notice of one job has its title, too.
	deploy := func(title string, args ...string) *exec.Cmd {
		return begin(t, s.Command("deskbell", append([]string{
			"deploy", "--name", "acme", "--title", title, "--to", "all", "--defer-times", "2", "--json",
			"--reboot", "ask", "--reboot-codes", "10", "--reboot-deadline", "8h", "--reboot-delays", "1h",
		}, args...)...))
	}

	job := deploy("Acme 7", "--", "sh", "-c", "exit 10")
	answer(t, s, alice, "Acme 7", "Return")
	answer(t, s, bob, "Acme 7", "Return")
	asked := time.Now()
	answer(t, s, alice, "Acme 7", "Return")      // now
	answer(t, s, bob, "Acme 7", "Tab", "Return") // in an hour
	r := readTold(t, job)
	if r.Outcome != "installed" || r.Exit != 0 || r.ExitFrom != "deskbell" || r.Restart == nil || !r.Restart.Pending || r.Restart.By != "logind" || r.Restart.User != "bob" {
		t.Fatalf("asked: %+v, %+v", r, r.Restart)
	}
	at := planned()
	if told, err := time.Parse(time.RFC3339, r.Restart.At); err != nil || told.Sub(at).Abs() > time.Second {
		t.Errorf("it tells %v, %v; logind has %v", told, err, at)
	}
	if in := at.Sub(asked); in < 55*time.Minute || in > time.Hour+5*time.Minute {
		t.Errorf("it is in %v, want an hour", in)
	}

	// The next one has its restart by the same.
	job = deploy("Acme 8", "--", "sh", "-c", "exit 10")
	answer(t, s, alice, "Acme 8", "Return")
	answer(t, s, bob, "Acme 8", "Return")
	if r := readTold(t, job); r.Exit != 0 || r.Restart == nil || !r.Restart.Pending || r.Restart.User != "" {
		t.Errorf("the next job: %+v, %+v", r, r.Restart)
	}
	if again := planned(); !again.Equal(at) {
		t.Errorf("the next job has changed it from %v to %v", at, again)
	}

	// An earlier one takes its place, a file of the packages is heeded, and the
	// exit status is kept.
	s.Exec("shutdown", "-c")
	job = deploy("Acme 9", "--mode", "silent", "--reboot-exit", "keep", "--", "touch", "/run/reboot-required")
	if r := readTold(t, job); r.Exit != 0 || r.Restart == nil || r.Restart.Pending || r.Restart.By != "agent" {
		t.Errorf("silently: %+v, %+v", r, r.Restart)
	}
	if at := planned(); !at.IsZero() {
		t.Errorf("silently there is planned %v", at)
	}
	job = begin(t, s.Command("deskbell", "deploy", "--name", "acme", "--title", "Acme 10", "--to", "all", "--json",
		"--countdown", "1s", "--reboot", "countdown", "--reboot-countdown", "20m", "--reboot-codes", "10", "--reboot-exit", "keep", "--", "sh", "-c", "exit 10"))
	began := time.Now()
	if r := readTold(t, job); r.Exit != 10 || r.ExitFrom != "installer" || r.Restart == nil || !r.Restart.Pending || r.Restart.By != "logind" {
		t.Errorf("a countdown: %+v, %+v", r, r.Restart)
	}
	if in := planned().Sub(began); in < 19*time.Minute || in > 25*time.Minute {
		t.Errorf("a countdown ends in %v", in)
	}
	// It has ended; what counts down is there.
	for _, d := range []*bed.Desk{alice, bob} {
		answer(t, s, d, "Acme 10", "Return")
	}
}
