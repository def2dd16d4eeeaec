//go:build linux

package wine

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// What `autostart` has written into the user's Run key starts a monitor at
// log-on, for which wineboot stands here. Everybody's has the same command, and
// takes a program that administrators alone can change, of which Wine has none.
func TestLogOnStartsTheMonitor(t *testing.T) {
	desktop := bed.NewDisplay(t)
	windows := bed.NewWine(t, desktop, nil)
	const queue = "log-on"
	run := func(args ...string) (string, error) {
		out, err := windows.Command(bed.Build("deskbell.exe"), append(args, "--queue", queue)...).CombinedOutput()
		return string(out), err
	}
	if out, err := run("autostart", "--user"); err != nil {
		t.Fatalf("autostart: %v\n%s", err, out)
	}
	if out, err := run("status"); err == nil {
		t.Fatalf("somebody attends before the log-on:\n%s", out)
	}
	boot := windows.Command("wineboot")
	start(t, boot)
	desktop.Wait("a monitor to attend", func() bool {
		out, err := run("status")
		return err == nil && strings.Contains(out, "Attended")
	})
	if out, err := run("monitor", "stop"); err != nil {
		t.Errorf("stop: %v\n%s", err, out)
	}
	if out, err := run("autostart", "--user", "--remove"); err != nil {
		t.Errorf("autostart --remove: %v\n%s", err, out)
	}
}
