//go:build linux

package wine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// The service, in its own window station, runs a job at the time that somebody chose
// on the desktop, who is told by a countdown. (There is no payload: in Wine Go cannot
// remove folders; internal/job tries it with a library that can.)
func TestServiceKeepsTheChosenTime(t *testing.T) {
	desktop := bed.NewDisplay(t)
	windows := bed.NewWine(t, desktop, nil)
	const queue = "resume-proof"
	deskbell := func(args ...string) *exec.Cmd {
		return windows.Command(bed.Build("deskbell.exe"), append([]string{args[0], "--queue", queue}, args[1:]...)...)
	}
	check := func(cmd *exec.Cmd) {
		t.Helper()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
	check(deskbell("install"))
	t.Cleanup(func() { check(deskbell("uninstall")) })
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "setup.cmd"), []byte("cd >C:\\acme.txt\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	deploy := func() *exec.Cmd {
		cmd := deskbell("deploy", "--name", "acme", "--title", "Acme 7", "--defer-times", "2", "--delays", "4h", "--countdown", "10m",
			"--exit-style", "posix", "--json", "--", "cmd", "/c", "setup.cmd")
		cmd.Dir = folder
		return cmd
	}
	deferred := func(out []byte) {
		t.Helper()
		var said struct{ Outcome string }
		if err := json.Unmarshal(out, &said); err != nil || said.Outcome != "deferred" {
			t.Fatalf("%s, %v", out, err)
		}
	}
	// Its output goes to a file: what Wine starts beside it would keep a pipe open.
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	job := deploy()
	job.Stdout = said
	if err := job.Start(); err != nil {
		t.Fatal(err)
	}
	window := desktop.Window("Acme 7")
	window.Keys("Tab", "space")
	_ = job.Wait() // its status says that it was put off
	out, err := os.ReadFile(said.Name())
	if err != nil {
		t.Fatal(err)
	}
	deferred(out)
	out, _ = deploy().Output() // so does this one's
	deferred(out)

	// The time has come.
	const past = "2026-01-01T00:00:00Z"
	check(windows.Command("reg.exe", "add", `HKLM\SOFTWARE\Deskbell\Deferrals\`+queue+`\acme`, "/v", "Deferrals", "/t", "REG_MULTI_SZ",
		"/d", `{"at":"`+past+`","until":"`+past+`","user":"anna","how":"chosen"}`, "/f"))
	kept := windows.File(`C:\Program Files\Deskbell\jobs\` + queue + `\acme.json`)
	text, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`"at":"[^"]*"`).ReplaceAll(text, []byte(`"at":"`+past+`"`))
	if err := os.WriteFile(kept+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(kept+".new", kept); err != nil {
		t.Fatal(err)
	}
	window = desktop.Window("Acme 7")
	desktop.Shot("wine-resumed")
	window.Keys("Return")
	desktop.Wait("the installer to run", func() bool {
		text, err := os.ReadFile(windows.File(`C:\acme.txt`))
		return err == nil && strings.TrimSpace(string(text)) == bed.Path(folder)
	})
	desktop.Wait("the job to go", func() bool {
		left, err := filepath.Glob(filepath.Join(filepath.Dir(kept), "acme*"))
		return err == nil && len(left) == 0
	})
	if out, err := deskbell("detect", "acme").Output(); err != nil || !strings.HasPrefix(string(out), "acme: installed ") {
		t.Errorf("detect says %q, %v", out, err)
	}
}
