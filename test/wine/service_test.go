//go:build linux

// Package wine tests what Deskbell is there for, with programs of Windows: that
// one which has no desktop gets an answer from the person who has one.
package wine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// The service proof. A service in a window station of its own, which knows
// nothing of us but the protocol, asks through the registry; the window opens on
// the user's desktop; the person presses the second button there; the service
// reads it.
func TestServiceIsAnsweredOnTheUsersDesktop(t *testing.T) {
	desktop := bed.NewDisplay(t)
	windows := bed.NewWine(t, desktop, nil)
	service := buildService(t)
	const queue = "service-proof"

	monitor := windows.Command(bed.Build("deskbell.exe"), "monitor", "--foreground", "--queue", queue)
	logged := start(t, monitor)

	file := filepath.Join(t.TempDir(), "report.json")
	if err := windows.Command(service, "install", "DeskbellProof", queue, bed.Path(file)).Run(); err != nil {
		t.Fatal("install the service: ", err)
	}

	window := desktop.Window("Backup service")
	window.Activate()
	desktop.Shot("wine-service")
	window.Keys("Tab", "space")
	window.Gone()

	got := awaitReport(t, file, logged)
	if got.Station == "" || got.Station == "WinSta0" {
		t.Errorf("the service ran in the window station %q: that is the user's, and proves nothing", got.Station)
	}
	want := report{Station: got.Station, Status: "answered", Button: 102, Choice: "Tonight at eight"}
	if got != want {
		t.Errorf("the service received %+v, want %+v", got, want)
	}
}

// report is what the service says it saw.
type report struct {
	Station string `json:"station"`
	Status  string `json:"status"`
	Button  uint64 `json:"button"`
	Choice  string `json:"choice"`
	Error   string `json:"error"`
}

func buildService(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "service.exe")
	cmd := exec.Command("go", "build", "-o", exe, "./service")
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the service: %v\n%s", err, out)
	}
	return exe
}

// start starts a program in the background, for as long as the test lasts. What
// it says goes to a file: Wine's servers keep a pipe open.
func start(t *testing.T, cmd *exec.Cmd) (logged func() string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logged = func() string {
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Args[1], logged())
		}
	})
	return logged
}

// awaitReport waits for the service to have written its report.
func awaitReport(t *testing.T, file string, logged func() string) (r report) {
	t.Helper()
	text, ok := bed.File(file, time.Minute)
	if !ok {
		t.Fatalf("no report of the service; the monitor said:\n%s", logged())
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}
