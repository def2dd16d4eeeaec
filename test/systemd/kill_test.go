//go:build linux

package systemd

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// forged has a user write a program of his down as the monitor of a session,
// and is the program's pid there.
func forged(t *testing.T, s *bed.Systemd, d *bed.Desk, session, pid string) string {
	t.Helper()
	out, err := d.Command("sh", "-c", `pid=`+pid+`
if [ -z "$pid" ]; then sleep infinity >/dev/null 2>&1 & pid=$!; fi
box=$XDG_RUNTIME_DIR/deskbell/deskbell/monitor
mkdir -p -m 700 "$box" && printf '{"pid":%s}' "$pid" >"$box/.part" && mv "$box/.part" "$box/`+session+`.json" && echo "$pid"`).Output()
	if err != nil {
		t.Fatal(err)
	}
	pid = strings.TrimSpace(string(out))
	if _, err := strconv.Atoi(pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

func runs(s *bed.Systemd, pid string) bool { return s.Command("kill", "-0", pid).Run() == nil }

// An administrator sees everybody's monitors and kills them, and nothing that a
// user has written down as one.
func TestStatusAndKillOfEverybody(t *testing.T) {
	s := bed.NewSystemd(t)
	s.User("alice")
	s.User("bob")
	s.Copy(bed.Build("deskbell"), "/usr/local/bin/deskbell")
	alice, bob := s.NewDesk("alice"), s.NewDesk("bob")
	for _, d := range []*bed.Desk{alice, bob} {
		begin(t, d.Command("deskbell", "monitor", "--foreground", "--ui", "tty"))
	}
	attending := func() map[string][]int {
		out, _ := s.Command("deskbell", "status", "--all", "--json").Output() // 69 where nobody is
		var status struct {
			Monitors []struct {
				User string
				Pid  int
			}
		}
		if err := json.Unmarshal(out, &status); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found := map[string][]int{}
		for _, m := range status.Monitors {
			found[m.User] = append(found[m.User], m.Pid)
		}
		return found
	}
	s.Wait("both to be attended", func() bool { return len(attending()) == 2 })
	real := attending()

	// Alice writes down her own program, bob's, and root's.
	hers := forged(t, s, alice, "s8", "")
	his := forged(t, s, bob, "s8", "")
	forged(t, s, alice, "s9", his)
	forged(t, s, alice, "s10", "1")
	if got := attending(); len(got["alice"]) != 2 || len(got["bob"]) != 2 {
		t.Errorf("attending are %v; want the real ones and one program of each", got)
	}

	// Bob cannot kill anything of alice.
	if out, err := bob.Command("deskbell", "monitor", "kill").CombinedOutput(); exitStatus(err) != 77 {
		t.Errorf("bob's kill: %v, %s", err, out)
	}
	s.Wait("bob's monitor to be killed", func() bool {
		return !slices.Contains(attending()["bob"], real["bob"][0])
	})
	if !slices.Contains(attending()["alice"], real["alice"][0]) {
		t.Error("alice's monitor has gone with bob's")
	}

	out, err := s.Command("deskbell", "monitor", "kill").CombinedOutput()
	if exitStatus(err) != 77 || strings.Count(string(out), "is not killed") != 2 {
		t.Errorf("root's kill: %v, %s", err, out)
	}
	if got := attending()["alice"]; slices.Contains(got, real["alice"][0]) {
		t.Errorf("alice's monitor still attends: %v", got)
	}
	for _, pid := range []string{hers, his, "1"} {
		if !runs(s, pid) {
			t.Errorf("process %s was killed", pid)
		}
	}
}
