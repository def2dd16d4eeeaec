//go:build linux

package foreign

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// copies are names of files and the queues that they are.
var copies = map[string]string{"deskbell": "deskbell", "Acme Tool": "acme-tool", "DESKBELL-Test": "deskbell"}

// place copies the program under another name, with a person who answers with
// the name of the queue.
func place(t *testing.T, dir, program, name string) (path, person string) {
	t.Helper()
	from, err := os.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	path, person = filepath.Join(dir, name), filepath.Join(dir, name+".person")
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.WriteFile(person, []byte(`{"answer":"`+copies[strings.TrimSuffix(name, ".exe")]+`"}`), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, person
}

// asks has each copy ask, and start its monitor for that; each is answered in
// its own queue. run runs a copy with the path of its person.
func asks(t *testing.T, names []string, run func(name string, args ...string) *exec.Cmd) {
	t.Helper()
	for _, name := range names {
		t.Cleanup(func() { _ = run(name, "monitor", "stop").Run() }) // one that was not started ends so too
		for range 2 {                                                // the second by the monitor that is there
			want := copies[strings.TrimSuffix(name, ".exe")]
			if got := strings.TrimSpace(output(t, run(name, "input", "Which queue?"))); got != want {
				t.Errorf("%s asks in queue %q, want %q", name, got, want)
			}
		}
	}
}

// TestRenamedCopyOnLinux: a copy under another name has a queue of its own.
func TestRenamedCopyOnLinux(t *testing.T) {
	dir := t.TempDir()
	paths, people := map[string]string{}, map[string]string{}
	names := []string{"deskbell", "Acme Tool"}
	for _, name := range names {
		paths[name], people[name] = place(t, dir, bed.Build("deskbell"), name)
	}
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(paths[name], args...)
		cmd.Env = append(environment(filepath.Join(dir, "run")), "DESKBELL_UI=script:"+people[name])
		return cmd
	}
	asks(t, names, run)
	for _, name := range names {
		if said := output(t, run(name, "status")); !strings.Contains(said, "Queue "+copies[name]+"\n") {
			t.Errorf("status of %s: %s", name, said)
		}
	}
	// Every name that begins with deskbell is the same queue.
	other, person := place(t, dir, bed.Build("deskbell"), "DESKBELL-Test")
	cmd := exec.Command(other, "input", "Which queue?", "--launch", "never")
	cmd.Env = append(environment(filepath.Join(dir, "run")), "DESKBELL_UI=script:"+person)
	if got := strings.TrimSpace(output(t, cmd)); got != "deskbell" {
		t.Errorf("DESKBELL-Test: %q", got)
	}
}

func TestRenamedCopyOnWindows(t *testing.T) {
	windows := bed.NewWine(t, bed.NewDisplay(t), nil)
	dir := t.TempDir()
	paths, people := map[string]string{}, map[string]string{}
	names := []string{"deskbell.exe", "Acme Tool.exe"}
	for _, name := range names {
		paths[name], people[name] = place(t, dir, bed.Build("deskbell.exe"), name)
	}
	asks(t, names, func(name string, args ...string) *exec.Cmd {
		cmd := windows.Command(paths[name], args...)
		cmd.Env = append(cmd.Env, "DESKBELL_UI=script:"+bed.Path(people[name]))
		return cmd
	})
}
