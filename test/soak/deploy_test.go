//go:build linux

package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/test/bed"
)

// A job of software distribution that is killed in any of its steps leaves no
// window, has used up nothing, and is done when it is run again.
func TestKilledJob(t *testing.T) {
	// The person lets that window of the first run be.
	const agrees, first = `{"match":"(?s)First\n.*put it off","button":"Install now"}` + "\n", `{"match":"^First\n","timeout":true}` + "\n"
	for name, c := range map[string]struct {
		person    string // what he does before that
		args      []string
		installer string // "" = one that is done at once
		windows   int    // that were shown when it is killed
		opened    bool   // a program has to be closed
	}{
		"asked": {person: first, windows: 1},
		"the countdown": {
			person: first, windows: 1,
			args: []string{"--defer-deadline", "2026-01-01"},
		},
		"closing programs": {
			person: agrees + first, windows: 2,
			opened: true,
		},
		"under way": {
			person: agrees + first, windows: 2,
			args: []string{"--progress"}, installer: `if mkdir "$0.first"; then timeout 300 cat "$0.gate"; fi; `,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			state := filepath.Join(dir, "state")
			check(t, os.Mkdir(state, 0o755))
			person := filepath.Join(dir, "person")
			check(t, os.WriteFile(person, []byte(c.person+`{"match":"put it off|cannot be put off","button":"Install now"}`+"\n"+
				`{"match":"Save your work","button":"Close programs"}`+"\n"+`{"match":"","timeout":true}`), 0o600))
			env := append(plain(), "DESKBELL_RUNTIME_DIR="+filepath.Join(dir, "run"), "DESKBELL_STATE_DIR="+state,
				"DESKBELL_QUEUE="+queue, "LANG=C.UTF-8", "DISPLAY=:soak", "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+filepath.Join(dir, "no-bus"))
			deskbell := func(args ...string) *exec.Cmd {
				cmd := exec.Command(bed.Build("deskbell"), args...)
				cmd.Env = env
				cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
				return cmd
			}
			log := attend(t, deskbell("monitor", "--foreground", "--log", "json", "--ui", "script:"+person))
			done, gate := filepath.Join(dir, "done"), filepath.Join(dir, "done.gate")
			check(t, syscall.Mkfifo(gate, 0o600))
			deploy := func(title string, more ...string) *exec.Cmd {
				args := append([]string{"deploy", "--name", "acme", "--title", title, "--defer-times", "2", "--countdown", "10m"}, c.args...)
				if c.opened {
					program := filepath.Join(dir, "acme-editor")
					args = append(args, "--close", program, "--close-countdown", "5m")
				}
				return deskbell(append(args, more...)...)
			}
			if c.opened {
				open(t, filepath.Join(dir, "acme-editor"))
			}
			install := []string{"--", "sh", "-c", c.installer + `: >"$0"`, done}

			job := deploy("First", install...)
			check(t, job.Start())
			wait(t, "its window", func() bool { return told(t, log, "shown") == c.windows })
			if c.installer != "" { // the bar is shown before it begins
				wait(t, "the installer", func() bool { return exists(t, done+".first") })
			}
			check(t, job.Process.Kill())
			_ = job.Wait() // it was killed
			box, err := mailbox.New(mailbox.NewSpool(filepath.Join(dir, "run", queue)), mailbox.Options{})
			check(t, err)
			wait(t, "the window to go", func() bool {
				ids, err := box.IDs()
				check(t, err)
				return len(ids) == 0 || spent(t, box, ids)
			})
			if c.installer != "" {
				// What was being installed is: it is not ended in the middle.
				check(t, os.WriteFile(gate, []byte("go on\n"), 0))
				wait(t, "the installer to end", func() bool { return exists(t, done) })
				check(t, os.Remove(done))
			}
			if out, err := deploy("Second", "--explain").CombinedOutput(); err != nil || len(c.args) == 0 && !strings.Contains(string(out), "2 of 2 left") {
				t.Errorf("when it was killed: %s, %v", out, err)
			}
			if out, err := deploy("Second", install...).CombinedOutput(); err != nil || !exists(t, done) {
				t.Errorf("run again: %s, %v", out, err)
			}
		})
	}
}

// plain is the environment without what is Deskbell's.
func plain() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DESKBELL_") && !strings.HasPrefix(v, "LC_") {
			env = append(env, v)
		}
	}
	return env
}

// attend starts a monitor until the test ends, and returns the file that it logs to.
func attend(t *testing.T, cmd *exec.Cmd) (log string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "log"))
	check(t, err)
	cmd.Stderr = out
	check(t, cmd.Start())
	check(t, out.Close())
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(out.Name())
			t.Logf("the monitor said:\n%s", text)
		}
		check(t, cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			t.Errorf("the monitor: %v", err)
		}
	})
	wait(t, "the monitor", func() bool { return told(t, out.Name(), "attending") == 1 })
	return out.Name()
}

// open starts a program of that file, as one that a person has open.
func open(t *testing.T, file string) {
	t.Helper()
	program, err := os.ReadFile("/bin/sleep")
	check(t, err)
	check(t, os.WriteFile(file, program, 0o700))
	cmd := exec.Command(file, "600")
	cmd.Env = append(plain(), "DISPLAY=:soak")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	check(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is closed
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	})
}

// told counts the lines of a monitor's log that tell of something.
func told(t *testing.T, log, what string) (n int) {
	t.Helper()
	text, err := os.ReadFile(log)
	check(t, err)
	for line := range bytes.Lines(text) {
		var said struct{ Msg string }
		if json.Unmarshal(line, &said) == nil && said.Msg == what {
			n++
		}
	}
	return n
}

func spent(t *testing.T, box *mailbox.Mailbox, ids []string) bool {
	t.Helper()
	for _, id := range ids {
		state, _, err := box.State(id)
		check(t, err)
		if state != mailbox.Spent {
			return false
		}
	}
	return true
}

func exists(t *testing.T, file string) bool {
	t.Helper()
	_, err := os.Stat(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return err == nil
}

// wait looks for a condition again and again.
func wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
