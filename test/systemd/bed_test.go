//go:build linux

package systemd

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// dies, in the environment, has TestBedEndsWithWhoeverStartedIt boot a systemd,
// name its first process, and wait to be killed.
const dies = "DESKBELL_BED_DIES"

func TestBedEndsWithWhoeverStartedIt(t *testing.T) {
	if os.Getenv(dies) != "" {
		s := bed.NewSystemd(t)
		os.Stdout.WriteString("\nbooted " + s.Path("/") + "\n")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), dies+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var root string
	for lines := bufio.NewScanner(stdout); root == "" && lines.Scan(); {
		root, _ = strings.CutPrefix(lines.Text(), "booted ")
		if !strings.HasPrefix(root, "/proc/") {
			root = ""
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	if root == "" {
		t.Fatal("it did not boot")
	}
	process := strings.TrimSuffix(strings.TrimSuffix(root, "/"), "/root")
	for end := time.After(30 * time.Second); ; {
		if _, err := os.Stat(process); errors.Is(err, fs.ErrNotExist) {
			return
		}
		select {
		case <-end:
			t.Fatalf("%s is still there", process)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Whoever has had other ids does not end with what leads to him.
func TestKilledUnderOtherIDs(t *testing.T) {
	s := bed.NewSystemd(t)
	cmd := s.Command("setpriv", "--reuid", "65534", "--clear-groups", "sleep", "infinity")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	runs := func() bool { return s.Command("pgrep", "--exact", "--uid", "65534", "sleep").Run() == nil }
	s.Wait("it to run", runs)
	if err := bed.Kill(cmd); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	s.Wait("it to end", func() bool { return !runs() })
}

// What is done there is not done here.
func TestBedIsApart(t *testing.T) {
	s := bed.NewSystemd(t)
	const name = "deskbell-bed-test"
	s.User(name)
	if out, err := exec.Command("id", name).CombinedOutput(); err == nil {
		t.Errorf("the user is here too: %s", out)
	}
	if name := strings.TrimSpace(s.Exec("cat", "/proc/sys/kernel/hostname")); name != "bed" {
		t.Errorf("it has the name of another machine, %s", name)
	}
	// To try it would be to do it.
	if err := s.Command("test", "-w", "/proc/sys/kernel/panic").Run(); err == nil {
		t.Error("it may change the kernel's settings")
	}
	if devices := strings.Count(s.Exec("cat", "/proc/net/dev"), ":"); devices != 1 {
		t.Errorf("it has %d network devices, want the loopback alone", devices)
	}
}
