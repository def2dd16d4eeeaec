package host

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// display is an X server of the test's own, with nothing else on it but hosts.
type display struct {
	name string
	conn *xgb.Conn
	root xproto.Window
	seed maphash.Seed
}

func newDisplay(t *testing.T) *display {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close() //nolint:errcheck // read only
	server := exec.Command("Xvfb", "-displayfd", "3", "-noreset", "-nolisten", "tcp", "-screen", "0", "1366x768x24")
	server.ExtraFiles = []*os.File{write}
	err = server.Start()
	_ = write.Close() // the server has its own
	if err != nil {
		t.Fatalf("start an X server (package xvfb): %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	number, err := io.ReadAll(read)
	if err != nil || len(number) == 0 {
		t.Fatalf("the X server names no display: %v", err)
	}
	d := &display{name: ":" + strings.TrimSpace(string(number)), seed: maphash.MakeSeed()}
	if d.conn, err = xgb.NewConnDisplay(d.name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.conn.Close)
	d.root = xproto.Setup(d.conn).DefaultScreen(d.conn).Root
	return d
}

// buildHost builds the host and returns its path.
func buildHost(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	build := exec.Command("go", "build", "-o", path, "github.com/deskbell/deskbell/cmd/deskbell-gtk")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the host: %v\n%s", err, out)
	}
	return path
}

// program returns one that runs the host on the display, with that version of
// GTK.
func (d *display) program(t *testing.T, host, version string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "host")
	// There is no session bus for assistive technology to be on; text is at
	// 150 % (GTK 3).
	const script = "#!/bin/sh\nunset WAYLAND_DISPLAY\nexport DISPLAY=%s GDK_BACKEND=x11 NO_AT_BRIDGE=1 GTK_A11Y=none GDK_DPI_SCALE=1.5\nexec '%s' -gtk %s\n"
	if err := os.WriteFile(path, fmt.Appendf(nil, script, d.name, host, version), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// do runs xdotool, which presses keys as a person does.
func (d *display) do(t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.Command("xdotool", args...)
	c.Env = append(os.Environ(), "DISPLAY="+d.name)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("xdotool %s: %v: %s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out))
}

// until asks again and again whether what it waits for has come.
func until(t *testing.T, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(generous); !come(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// manage makes the test the window manager, until it ends, and returns a function
// that waits until a window of a host asks to be put on screen.
func (d *display) manage(t *testing.T) (asked func() xproto.Window) {
	t.Helper()
	mask := func(events uint32) {
		if err := xproto.ChangeWindowAttributesChecked(d.conn, d.root, xproto.CwEventMask, []uint32{events}).Check(); err != nil {
			t.Fatal(err)
		}
	}
	mask(xproto.EventMaskSubstructureRedirect)
	t.Cleanup(func() { mask(xproto.EventMaskNoEvent) })
	return func() (w xproto.Window) {
		t.Helper()
		until(t, "a window asks to be on screen", func() bool {
			event, err := d.conn.PollForEvent()
			if err != nil {
				t.Fatal(err)
			}
			switch e := event.(type) {
			case xproto.ConfigureRequestEvent:
				d.configure(t, e)
			case xproto.MapRequestEvent:
				w = e.Window
				return strings.Contains(d.property(w, "WM_CLASS"), "deskbell")
			}
			return false
		})
		return w
	}
}

// configure gives a window the size that it asks for.
func (d *display) configure(t *testing.T, e xproto.ConfigureRequestEvent) {
	t.Helper()
	const size = xproto.ConfigWindowWidth | xproto.ConfigWindowHeight
	if e.ValueMask&size != size {
		return
	}
	err := xproto.ConfigureWindowChecked(d.conn, e.Window, size, []uint32{uint32(e.Width), uint32(e.Height)}).Check()
	if err != nil {
		t.Fatal(err)
	}
}

// allow puts a window on screen.
func (d *display) allow(t *testing.T, w xproto.Window) {
	t.Helper()
	if err := xproto.MapWindowChecked(d.conn, w).Check(); err != nil {
		t.Fatal(err)
	}
}

// windows returns the windows of hosts that are on screen.
func (d *display) windows() []xproto.Window {
	tree, err := xproto.QueryTree(d.conn, d.root).Reply()
	if err != nil {
		return nil
	}
	var found []xproto.Window
	for _, w := range tree.Children {
		attributes, err := xproto.GetWindowAttributes(d.conn, w).Reply()
		if err == nil && attributes.MapState == xproto.MapStateViewable && strings.Contains(d.property(w, "WM_CLASS"), "deskbell") {
			found = append(found, w)
		}
	}
	return found
}

func (d *display) property(w xproto.Window, name string) string {
	atom, err := xproto.InternAtom(d.conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return ""
	}
	value, err := xproto.GetProperty(d.conn, false, w, atom.Atom, xproto.GetPropertyTypeAny, 0, 1024).Reply()
	if err != nil {
		return ""
	}
	return string(value.Value)
}

// visible waits until a window of the host is on screen.
func (d *display) visible(t *testing.T) xproto.Window {
	t.Helper()
	var windows []xproto.Window
	until(t, "a window is on screen", func() bool { windows = d.windows(); return len(windows) == 1 })
	return windows[0]
}

// ready reports whether keys answer (docs/dialog-host.md).
func (d *display) ready(w xproto.Window) bool {
	return d.property(w, "WM_WINDOW_ROLE") == "deskbell-ready"
}

// activate gives the window the focus, as there is no window manager, and
// waits until keys answer.
func (d *display) activate(t *testing.T, w xproto.Window) {
	t.Helper()
	d.do(t, "windowfocus", strconv.Itoa(int(w)))
	until(t, "keys answer", func() bool { return d.ready(w) })
}

// frame returns where the window is on the screen of 1366 by 768.
func (d *display) frame(t *testing.T, w xproto.Window) (left, top, right, bottom int) {
	t.Helper()
	g, err := xproto.GetGeometry(d.conn, xproto.Drawable(w)).Reply()
	if err != nil {
		t.Fatal(err)
	}
	return int(g.X), int(g.Y), int(g.X) + int(g.Width), int(g.Y) + int(g.Height)
}

// picture stands for what is to be seen in the window.
func (d *display) picture(w xproto.Window) string {
	size, err := xproto.GetGeometry(d.conn, xproto.Drawable(w)).Reply()
	if err != nil {
		return ""
	}
	image, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(w), 0, 0, size.Width, size.Height, ^uint32(0)).Reply()
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%dx%d %x", size.Width, size.Height, maphash.Bytes(d.seed, image.Data))
}

// settled waits until the window has looked the same for some frames, and returns
// its picture.
func (d *display) settled(t *testing.T, w xproto.Window) string {
	t.Helper()
	last, since := "", time.Now()
	until(t, "the window is drawn", func() bool {
		if now := d.picture(w); now == "" || now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > 150*time.Millisecond
	})
	return last
}
