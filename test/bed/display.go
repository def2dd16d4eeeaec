//go:build linux

package bed

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long the bed waits for something to come to pass on a machine
// that is busy with other things.
const patience = 30 * time.Second

// Display is an X server of a test's own, with a window manager.
type Display struct {
	Name string // ":99"
	t    testing.TB
	env  []string
}

// NewDisplay starts a display of 1366×768, the smallest screen that windows
// have to fit on, and ends it with the test.
func NewDisplay(t testing.TB) *Display {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// -noreset: without it the server starts afresh whenever its last client goes.
	server, err := keep(`Xvfb -displayfd 3 -noreset -nolisten tcp -screen 0 1366x768x24 >/dev/null 2>&1 </dev/null &
exec 3>&-`, // nobody else keeps it open, so that its end shows that the server has gone
		`kill $!; wait $!`, os.Environ(), w)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	// A server that is told to end says so by its status: nothing to report.
	t.Cleanup(func() { _ = server.close() })
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal("start Xvfb: it did not name its display: ", err)
	}
	d := &Display{Name: ":" + strings.TrimSpace(line), t: t}

	// The user's own settings of window manager and toolkit stay out of it.
	home := t.TempDir()
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); {
		case name == "HOME", name == "DISPLAY", name == "WAYLAND_DISPLAY", name == "XAUTHORITY",
			name == "DBUS_SESSION_BUS_ADDRESS", strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "LC_"),
			strings.HasPrefix(name, "GTK_"), strings.HasPrefix(name, "GDK_"), strings.HasPrefix(name, "DESKBELL_"):
		default:
			d.env = append(d.env, v)
		}
	}
	d.env = append(d.env, "HOME="+home, "DISPLAY="+d.Name, "LANG=C.UTF-8", "LANGUAGE=en", "NO_AT_BRIDGE=1")

	manager, err := keep(`openbox --sm-disable >/dev/null 2>&1 </dev/null &`, `kill $!; wait $!`, d.env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = manager.close() })
	d.Wait("openbox", func() bool {
		out, err := d.Command("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").Output()
		return err == nil && strings.Contains(string(out), "window id")
	})
	return d
}

// Command is a command that shows its windows here and knows no other display.
func (d *Display) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append([]string(nil), d.env...)
	return cmd
}

// Shot leaves a picture of the whole screen in build/screens.
func (d *Display) Shot(name string) {
	d.t.Helper()
	if err := os.MkdirAll(Screens(), 0o755); err != nil {
		d.t.Fatal(err)
	}
	// Beside the others and then renamed: a second run may be writing it too.
	part := filepath.Join(d.t.TempDir(), "part.png")
	if out, err := d.Command("import", "-window", "root", part).CombinedOutput(); err != nil {
		d.t.Fatalf("screenshot: %v\n%s", err, out)
	}
	data, err := os.ReadFile(part)
	if err != nil {
		d.t.Fatal(err)
	}
	f, err := os.CreateTemp(Screens(), ".part-*")
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(Screens(), name+".png"))
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// Wait waits until something is so; when it does not come about, the test fails
// and a picture of what was there instead is left.
func (d *Display) Wait(what string, so func() bool) {
	d.t.Helper()
	if !until(patience, so) {
		d.Shot("failed-" + strings.NewReplacer("/", "-", " ", "-").Replace(d.t.Name()))
		tree, _ := d.Command("xwininfo", "-root", "-tree").Output()
		d.t.Fatalf("waited %s for %s\n%s", patience, what, tree)
	}
}
