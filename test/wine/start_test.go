//go:build linux

package wine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/test/bed"
)

// A service, which has no desktop and no display, starts a program on that of
// the person, where it is seen and answered. The display is the person's, from
// his environment.
func TestServiceStartsAProgramOnTheUsersDesktop(t *testing.T) {
	desktop := bed.NewDisplay(t)
	windows := bed.NewWine(t, desktop, nil)
	starter := filepath.Join(t.TempDir(), "starter.exe")
	build := exec.Command("go", "build", "-o", starter, "./starter")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the service: %v\n%s", err, out)
	}
	file := filepath.Join(t.TempDir(), "report.json")
	if err := windows.Command(starter, "install", "DeskbellStart", bed.Path(file)).Run(); err != nil {
		t.Fatal("install the service: ", err)
	}
	service := startReport(t, file)
	if service.Error != "" || service.Station == "" || strings.EqualFold(service.Station, "WinSta0") || service.Process.Pid == 0 {
		t.Fatalf("the service says %+v", service)
	}
	window := desktop.Window("Started by a service")
	window.Keys("alt+n")
	window.Gone()
	const no = 7
	got := startReport(t, file+".shown")
	if want := (started{Station: got.Station, Process: service.Process, Button: no}); got != want || !strings.EqualFold(got.Station, "WinSta0") {
		t.Errorf("the program says %+v, want %+v in WinSta0", got, want)
	}
}

// started is what test/wine/starter reports.
type started struct {
	Station string
	Process process.ID
	Button  int32
	Error   string
}

func startReport(t *testing.T, file string) (r started) {
	t.Helper()
	text, ok := bed.File(file, time.Minute)
	if !ok {
		t.Fatalf("no report in %s", file)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}
