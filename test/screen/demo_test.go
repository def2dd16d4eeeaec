//go:build linux

package screen

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// The demo shows the main job on what there is: without a display it brings
// one of its own and answers there itself.
func TestDemoWithoutADisplay(t *testing.T) {
	demo := exec.Command(bed.Build("deskbell"), "demo")
	demo.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "DISPLAY=") || strings.HasPrefix(v, "WAYLAND_DISPLAY=")
	})
	out, err := demo.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	tells(t, string(out), "on a virtual screen")
}

// On a display the window is there for the person.
func TestDemoOnADisplay(t *testing.T) {
	display := bed.NewDisplay(t)
	demo := display.Command(bed.Build("deskbell"), "demo")
	var out bytes.Buffer
	demo.Stdout, demo.Stderr = &out, &out
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if demo.ProcessState == nil {
			_ = demo.Process.Kill() // it may have ended
			_ = demo.Wait()
		}
	})
	window := display.Window("Deskbell demo")
	window.Activate()
	display.Shot("demo")
	window.Keys("Return")
	window.Gone()
	if err := demo.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	tells(t, out.String(), "")
}

// tells checks that the demo has told each step of the message's life, in
// order, and that a window was answered.
func tells(t *testing.T, out, stage string) {
	t.Helper()
	rest := out
	for _, step := range []string{stage, "put ", "claimed ", "shown ", "answered ", `"Yes", by dialog`} {
		_, after, ok := strings.Cut(rest, step)
		if !ok {
			t.Fatalf("no %q in its place:\n%s", step, out)
		}
		rest = after
	}
}
