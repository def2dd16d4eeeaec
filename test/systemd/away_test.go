//go:build linux

package systemd

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// A question to somebody whose screen is locked waits until he is back, and
// one that is not to wait says that it was left out.
func TestQuestionWaitsForALockedScreen(t *testing.T) {
	s := bed.NewSystemd(t)
	s.User("alice")
	for _, program := range []string{"deskbell", "deskbell-gtk"} {
		s.Copy(bed.Build(program), "/usr/local/bin/"+program)
	}
	desk := s.NewDesk("alice")
	setLocked(s, desk, true)
	begin(t, desk.Command("deskbell", "monitor", "--foreground"))
	status := func(word string) func() bool {
		return func() bool {
			out, err := desk.Command("deskbell", "status", "--json").Output()
			return err == nil && strings.Contains(string(out), word)
		}
	}
	s.Wait("the monitor to say that the screen is locked", status(`"state":"locked"`))

	out, err := desk.Command("deskbell", "ask", "Now or never?", "--when", "skip").CombinedOutput()
	if exit := exitStatus(err); exit != 75 {
		t.Fatalf("a question that is not to wait: exit %d, %s", exit, out)
	}
	asked := begin(t, desk.Command("deskbell", "ask", "Are you back?", "--title", "Back", "--button", "Yes"))
	s.Wait("the question to be in the inbox", status(`"title":"Back"`))
	if exec := desk.Command("xdotool", "search", "--onlyvisible", "--name", "^Back$"); exec.Run() == nil {
		t.Fatal("the window is open behind the lock")
	}

	setLocked(s, desk, false)
	s.Wait("the window", func() bool {
		return desk.Command("xdotool", "search", "--onlyvisible", "--name", "^Back$", "windowactivate").Run() == nil
	})
	s.Wait("the window to take keys", func() bool {
		out, err := desk.Command("xprop", "-name", "Back", "WM_WINDOW_ROLE").Output()
		return err == nil && strings.Contains(string(out), `"deskbell-ready"`)
	})
	if out, err := desk.Command("xdotool", "key", "Return").CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v\n%s", err, out)
	}
	if err := asked.Wait(); err != nil || asked.Stdout.(*bytes.Buffer).String() != "Yes\n" {
		t.Fatalf("the answer is %q, %v", asked.Stdout, err)
	}
}

// begin starts a program that the test ends, if it does not by itself.
func begin(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	cmd.Stdout = &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = bed.Kill(cmd) // it may have ended
			_ = cmd.Wait()
		}
	})
	return cmd
}

func exitStatus(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return 0
}
