//go:build linux

package wine

import (
	"regexp"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// The real service, installed by our own command through the service manager
// and running in its own window station, gets an answer from the desktop to
// what nothing but reg.exe has put into the machine mailbox, and nobody has
// started a monitor before. Then all of it is taken away again.
func TestMachineMailboxIsAnsweredFromTheDesktop(t *testing.T) {
	desktop := bed.NewDisplay(t)
	windows := bed.NewWine(t, desktop, nil)
	const queue = "machine-proof"
	const key = `HKLM\SOFTWARE\Deskbell\Queues\` + queue
	deskbell := func(args ...string) string {
		t.Helper()
		out, err := windows.Command(bed.Build("deskbell.exe"), append(args, "--queue", queue)...).CombinedOutput()
		if err != nil {
			t.Fatalf("deskbell %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	reg := func(args ...string) (string, error) {
		out, err := windows.Command("reg.exe", args...).CombinedOutput()
		return strings.ReplaceAll(string(out), "\r", ""), err
	}

	deskbell("install")
	if said := deskbell("service", "status"); !strings.Contains(said, "Deskbell-"+queue+" is running") {
		t.Fatalf("the service: %s", said)
	}
	for _, value := range [][]string{
		{"Text", "REG_SZ", "May the computer be restarted?"},
		{"Title", "REG_SZ", "Machine"},
		{"Buttons", "REG_MULTI_SZ", `Now\0Tonight`},
		{"Ready", "REG_DWORD", "1"},
	} {
		if out, err := reg("add", key+`\Inbox\reboot`, "/v", value[0], "/t", value[1], "/d", value[2], "/f"); err != nil {
			t.Fatalf("reg add %s: %v\n%s", value[0], err, out)
		}
	}
	window := desktop.Window("Machine")
	window.Activate()
	desktop.Shot("wine-machine")
	window.Keys("Tab", "space")
	window.Gone()

	var reply string
	desktop.Wait("the reply at the one fixed place", func() bool {
		var err error
		reply, err = reg("query", key+`\Outbox\reboot`)
		return err == nil && regexp.MustCompile(`Ready\s+REG_DWORD\s+0x1`).MatchString(reply)
	})
	for _, value := range []string{`Status\s+REG_SZ\s+answered`, `Choice\s+REG_SZ\s+Tonight`, `Button\s+REG_DWORD\s+0x66`, `Channel\s+REG_SZ\s+dialog`} {
		if !regexp.MustCompile(value).MatchString(reply) {
			t.Errorf("the reply has no %s:\n%s", value, reply)
		}
	}
	if out, err := reg("query", key+`\Users`, "/s"); err != nil || strings.Contains(out, "reboot") {
		t.Errorf("what was passed on is left: %v\n%s", err, out)
	}

	deskbell("uninstall")
	if out, err := reg("query", key); err == nil {
		t.Errorf("uninstall left\n%s", out)
	}
}
