//go:build linux

package systemd

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// found is what a command that installs, or the doctor, says in JSON.
type found struct {
	Exit     int
	Findings []struct{ What, Place, State, Problem, Advice, Act string }
}

// says runs such a command and checks its exit status.
func says(t *testing.T, cmd *exec.Cmd, exit int) (r found, acts []string) {
	t.Helper()
	cmd.Args = append(cmd.Args, "--json")
	out, err := cmd.Output()
	if got := exitStatus(err); got != exit {
		t.Errorf("%s: exit status %d, want %d: %s", strings.Join(cmd.Args[1:], " "), got, exit, out)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(cmd.Args[1:], " "), err, out)
	}
	for _, f := range r.Findings {
		if f.Act != "" {
			acts = append(acts, f.Act+" "+f.What)
		}
	}
	return r, slices.Compact(acts)
}

// has lists what an installation leaves in the file system.
func has(s *bed.Systemd) string {
	return s.Exec("sh", "-c", `find /var/lib/deskbell /etc/systemd/system /etc/xdg/autostart /opt /run/user /run/systemd/system \
		\( -path '*/systemd/*' -o -path '*/run/user/*' \) ! -iname '*deskbell*' -o -printf '%p %M %u\n' 2>/dev/null | sort`)
}

// Who is not root changes nothing.
func TestInstallNeedsRoot(t *testing.T) {
	s := bed.NewSystemd(t)
	s.User("alice")
	s.Copy(bed.Build("deskbell"), "/usr/local/bin/deskbell")
	before := has(s)
	for _, args := range [][]string{
		{"install"},
		{"install", "--no-service"},
		{"reinstall"},
		{"/UNINSTALL"},
		{"service", "install"},
		{"service", "start"},
		{"service", "stop"},
		{"service", "uninstall"},
	} {
		cmd := s.Command("runuser", append([]string{"-u", "alice", "--", "/usr/local/bin/deskbell"}, args...)...)
		out, err := cmd.CombinedOutput()
		if exitStatus(err) != 77 || !strings.Contains(string(out), "administrator rights are needed") {
			t.Errorf("%q as alice: exit status %d, %s", args, exitStatus(err), out)
		}
	}
	if after := has(s); after != before {
		t.Errorf("it changed something:\n%s\nfrom\n%s", after, before)
	}
}

// The whole life of an installation on a real systemd: a program that its user
// could exchange is copied, the unit runs with no more than it needs, comes back
// when it is killed, is put right when it is damaged, and goes without a trace.
func TestInstall(t *testing.T) {
	s := bed.NewSystemd(t)
	s.User("alice")
	desk := s.NewDesk("alice")
	s.Exec("rm", "-rf", "/var/lib/deskbell") // of the computer that the bed is laid over
	s.Copy(bed.Build("deskbell"), "/home/alice/deskbell")
	s.Exec("chown", "alice:", "/home/alice/deskbell")
	const ours, copied = "/home/alice/deskbell", "/opt/deskbell/bin/deskbell"
	deskbell := func(args ...string) *exec.Cmd { return s.Command(ours, args...) }
	state := func(property, unit string) string {
		return strings.TrimSpace(s.Exec("systemctl", "show", "--property="+property, "--value", unit))
	}
	before := has(s)

	// Only what nobody but root can change is run with all rights.
	if out, err := deskbell("service", "install").CombinedOutput(); exitStatus(err) != 77 || !strings.Contains(string(out), "hint: deskbell install copies the program") {
		t.Errorf("service install of a program of alice's: exit status %d, %s", exitStatus(err), out)
	}
	says(t, deskbell("install", "--queue", "other"), 0)
	withOther := has(s)
	says(t, deskbell("install", "--dry-run"), 0)
	if after := has(s); after != withOther {
		t.Errorf("a dry run made\n%s", after)
	}
	if _, acts := says(t, deskbell("install"), 0); !slices.Equal(acts, []string{"make program", "make machine mailbox", "make service", "start service runs"}) {
		t.Errorf("install did %q", acts)
	}
	for property, want := range map[string]string{"ActiveState": "active", "UnitFileState": "enabled", "Type": "notify", "NoNewPrivileges": "yes"} {
		if got := state(property, "deskbell"); got != want {
			t.Errorf("%s of the unit is %s, want %s", property, got, want)
		}
	}
	if out, err := s.Command("systemd-analyze", "verify", "/etc/systemd/system/deskbell.service").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v, %s", err, out)
	}
	first := state("MainPID", "deskbell")
	if exe := strings.TrimSpace(s.Exec("readlink", "/proc/"+first+"/exe")); !strings.HasSuffix(exe, copied) {
		t.Errorf("the service is %s", exe)
	}
	if _, acts := says(t, deskbell("install"), 0); acts != nil || state("MainPID", "deskbell") != first {
		t.Errorf("installed again, it did %q", acts)
	}
	says(t, deskbell("doctor"), 0)
	says(t, desk.Command(copied, "doctor"), 0)

	// Killed, it is started again.
	s.Exec("kill", "-KILL", first)
	s.Wait("the service to be started again", func() bool {
		pid := state("MainPID", "deskbell")
		return state("ActiveState", "deskbell") == "active" && pid != first && pid != "0"
	})

	// Damage is named, and put right.
	for _, damaged := range []struct{ what, damage string }{
		{"service", "systemctl disable --quiet deskbell"},
		{"service", "ln -sf /dev/null /etc/systemd/system/deskbell.service"},
		{"service runs", "systemctl stop deskbell"},
		{"service runs", "cd /opt/deskbell/bin && cp deskbell other && mv other deskbell"},
		{"program of the service", "chown alice /opt/deskbell/bin/deskbell"},
		{"program of the service", "chmod 700 /opt/deskbell/bin"},
		{"machine mailbox", "chmod 755 /var/lib/deskbell/deskbell/inbox"},
		{"machine mailbox", "rm -r /var/lib/deskbell/deskbell/outbox"},
	} {
		what, damage := damaged.what, damaged.damage
		s.Exec("sh", "-c", damage)
		r, _ := says(t, deskbell("doctor"), 1)
		named := false
		for _, f := range r.Findings {
			named = named || f.What == what && f.State != "ok" && f.Advice != ""
		}
		if !named {
			t.Errorf("%s: the doctor does not name %s: %+v", damage, what, r)
		}
		says(t, deskbell("install"), 0)
		says(t, deskbell("doctor"), 0)
	}

	// A message waits through a reinstall.
	s.Exec("sh", "-c", `cd /var/lib/deskbell/deskbell/inbox && umask 077 && echo '{"text":"Wait"}' >waits && mv waits waits.json`)
	pid := state("MainPID", "deskbell")
	says(t, deskbell("reinstall"), 0)
	if now := state("MainPID", "deskbell"); now == pid || now == "0" {
		t.Errorf("after reinstall the service is process %s, as before", now)
	}
	s.Exec("test", "-f", "/var/lib/deskbell/deskbell/inbox/waits.json")

	// The service has passed it on, and started a monitor for alice, which is ended
	// before what it attends goes, and not started again.
	s.Wait("alice's monitor", func() bool { return desk.Command(copied, "status").Run() == nil })
	_, acts := says(t, deskbell("uninstall"), 0)
	for _, want := range []string{
		"remove service", "remove monitor", "remove user mailbox", "remove assigned mailbox", "remove machine mailbox", "remove program",
	} {
		if !slices.Contains(acts, want) {
			t.Errorf("uninstall did %q, not %s", acts, want)
		}
	}
	// The monitor has ended; her systemd takes note of that by itself.
	s.Wait("alice's systemd to forget the monitor", func() bool {
		return s.Exec("find", fmt.Sprintf("/run/user/%d/systemd", desk.UID), "-name", "deskbell-*") == ""
	})
	if after := has(s); after != withOther {
		t.Errorf("after uninstall there is\n%s, want\n%s", after, withOther)
	}
	if running := s.Command("pgrep", "-f", copied).Run(); running == nil {
		t.Error("something of it still runs")
	}
	if state("LoadState", "deskbell") != "not-found" || state("ActiveState", "deskbell-other") != "active" {
		t.Errorf("the unit is %s, that of the other queue %s", state("LoadState", "deskbell"), state("ActiveState", "deskbell-other"))
	}
	says(t, deskbell("uninstall", "--queue", "other"), 0)
	if after := has(s); after != before {
		t.Errorf("after the last uninstall there is\n%s, want\n%s", after, before)
	}
	if failed := s.Exec("systemctl", "list-units", "--all", "--no-legend", "deskbell*"); strings.TrimSpace(failed) != "" {
		t.Errorf("systemd still knows %s", failed)
	}
}

// The service has the rights that docs/administration.md gives it and no others,
// and the score that is written there.
func TestUnitIsHardened(t *testing.T) {
	s := bed.NewSystemd(t)
	s.User("alice")
	s.Copy(bed.Build("deskbell"), "/usr/local/bin/deskbell")
	says(t, s.Command("deskbell", "install"), 0)
	var report []struct {
		Unit     string `json:"unit"`
		Exposure string `json:"exposure"`
	}
	out := s.Exec("systemd-analyze", "security", "--json=short", "--no-pager")
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const most = 3.0 // OK, as systemd calls it
	for _, unit := range report {
		if unit.Unit != "deskbell.service" {
			continue
		}
		score, err := strconv.ParseFloat(unit.Exposure, 64)
		t.Logf("systemd-analyze security: %s\n%s", unit.Exposure, s.Exec("systemd-analyze", "security", "--no-pager", "deskbell.service"))
		if err != nil || score > most {
			t.Errorf("its exposure is %s, %v; want %.1f at most:\n%s", unit.Exposure, err, most,
				s.Exec("systemd-analyze", "security", "--no-pager", "deskbell.service"))
		}
	}
	pid := strings.TrimSpace(s.Exec("systemctl", "show", "--property=MainPID", "--value", "deskbell"))
	status := s.Exec("cat", "/proc/"+pid+"/status")
	// CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SYS_PTRACE.
	for _, line := range []string{"CapEff:\t00000000000800eb", "CapBnd:\t00000000000800eb", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
		if !strings.Contains(status, line+"\n") {
			t.Errorf("the service has not %q:\n%s", line, status)
		}
	}
	// With these it reads the environment of a user's process.
	s.Run("sleeper", []string{"User=alice", "SECRET=found"}, "sleep", "infinity")
	sleeper := strings.TrimSpace(s.Exec("systemctl", "show", "--property=MainPID", "--value", "sleeper"))
	capabilities := strings.TrimSpace(s.Exec("systemctl", "show", "--property=CapabilityBoundingSet", "--value", "deskbell"))
	if env := s.Exec("systemd-run", "--quiet", "--collect", "--wait", "--pipe", "--property=NoNewPrivileges=yes",
		"--property=CapabilityBoundingSet="+capabilities, "cat", "/proc/"+sleeper+"/environ"); !strings.Contains(env, "SECRET=found") {
		t.Errorf("with %s it reads %q", capabilities, env)
	}
	// With --root: the root of a mount namespace is outside of the bed's.
	within := func(args ...string) bool {
		return s.Command("nsenter", append([]string{"--target", pid, "--mount", "--root", "--wd"}, args...)...).Run() == nil
	}
	for what, so := range map[string]bool{
		"sees /run/user":         within("ls", "/run/user"),
		"sees other processes":   within("test", "-r", "/proc/1/status"),
		"writes its mailboxes":   within("test", "-w", "/var/lib/deskbell"),
		"sees no home":           !within("test", "-e", "/home/alice"),
		"writes no program":      !within("test", "-w", "/usr/local/bin/deskbell"),
		"writes no other's data": !within("test", "-w", "/var/lib"),
	} {
		if !so {
			t.Errorf("not so: the service %s", what)
		}
	}
}

// What the environment says of other places is for tests and containers: the
// service that is installed attends its own.
func TestUnitIgnoresItsEnvironment(t *testing.T) {
	s := bed.NewSystemd(t)
	s.Copy(bed.Build("deskbell"), "/usr/local/bin/deskbell")
	s.Exec("mkdir", "-p", "/etc/systemd/system/deskbell.service.d", "/run/elsewhere")
	s.Exec("sh", "-c", `printf '[Service]\nEnvironment=DESKBELL_STATE_DIR=/run/elsewhere DESKBELL_RUNTIME_DIR=/run/elsewhere\n' >/etc/systemd/system/deskbell.service.d/elsewhere.conf`)
	says(t, s.Command("deskbell", "install"), 0)
	if env := s.Exec("systemctl", "show", "--property=Environment", "--value", "deskbell"); !strings.Contains(env, "DESKBELL_STATE_DIR=/run/elsewhere") {
		t.Fatalf("its environment is %q", env)
	}
	put(s, "here", `{"text":"Carol?","to":"user:carol"}`)
	if r := reply(t, s, "here"); r.Status != "failed" || r.Error != "user:carol is not logged on" {
		t.Errorf("%+v", r)
	}
	if made := s.Exec("find", "/run/elsewhere", "-mindepth", "1"); made != "" {
		t.Errorf("made elsewhere: %s", made)
	}
}
