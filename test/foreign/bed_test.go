//go:build linux

package foreign

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// patience is how long one program may take on a machine that is busy with
// other things.
const patience = 2 * time.Minute

// script writes the script of who answers.
func script(t *testing.T, lines string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "person")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// environment has its mailboxes in a directory of the test's own.
func environment(dir string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DESKBELL_") && !strings.HasPrefix(v, "LC_") {
			env = append(env, v)
		}
	}
	return append(env, "DESKBELL_RUNTIME_DIR="+dir, "LANG=C.UTF-8")
}

func linuxMonitor(dir, queue, script string) *exec.Cmd {
	cmd := exec.Command(bed.Build("deskbell"), "monitor", "--foreground", "--queue", queue, "--ui", "script:"+script)
	cmd.Env = environment(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves none behind
	return cmd
}

// monitor is a monitor that runs for as long as the test lasts.
type monitor struct {
	cmd   *exec.Cmd
	file  string // what it logs
	ended chan struct{}
	t     *testing.T
}

// attend starts a monitor. What it says goes to a file: Wine's servers keep a
// pipe open. Ending by itself is an error of the test.
func attend(t *testing.T, cmd *exec.Cmd) *monitor {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Start()
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal("start the monitor: ", err)
	}
	m := &monitor{cmd: cmd, file: out.Name(), ended: make(chan struct{}), t: t}
	go func() {
		defer close(m.ended)
		_ = cmd.Wait() // it is killed
	}()
	t.Cleanup(func() {
		select {
		case <-m.ended:
			t.Error("the monitor has ended: ", cmd.ProcessState)
		default:
		}
		_ = cmd.Process.Kill() // it may have ended
		<-m.ended
		if t.Failed() {
			t.Logf("the monitor said:\n%s", m.log())
		}
	})
	return m
}

// log is what the monitor has said so far, of a long text the end.
func (m *monitor) log() string {
	text, err := os.ReadFile(m.file)
	if err != nil {
		m.t.Error(err)
	}
	const most = 8 << 10
	return string(text[max(0, len(text)-most):])
}

// output runs a program to its end and returns what it prints.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	text, status := run(t, cmd)
	if status != 0 {
		t.Fatalf("%s: exit %d\n%s", strings.Join(cmd.Args, " "), status, text)
	}
	return text
}

// run runs a program to its end, whatever its exit status.
func run(t *testing.T, cmd *exec.Cmd) (said string, status int) {
	t.Helper()
	return background(t, cmd)()
}

// wineSays is what Wine itself writes where a thread still asks while its process
// ends.
var wineSays = regexp.MustCompile(`(?m)^wine client error:.*\r?\n`)

// background starts a program; what it returns waits for its end. What it says
// goes to a file: Wine's servers keep a pipe open.
func background(t *testing.T, cmd *exec.Cmd) func() (said string, status int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Start()
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its status is in ProcessState
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	})
	return func() (string, int) {
		t.Helper()
		late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		<-ended
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		return wineSays.ReplaceAllString(string(text), ""), cmd.ProcessState.ExitCode()
	}
}

// files are the names in a directory, without those that begin with a dot.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// bootWine boots a Wine without a display, which ends with the test.
func bootWine(t *testing.T) *bed.Wine {
	t.Helper()
	windows, err := bed.BootWine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := windows.Close(); err != nil {
			t.Error("end Wine: ", err)
		}
	})
	return windows
}
