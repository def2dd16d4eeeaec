package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func TestAutostart(t *testing.T) {
	queue := fmt.Sprintf("setup-%d", os.Getpid())
	for _, machine := range []bool{false, true} {
		a := Autostart{Queue: queue, Program: `C:\Program Files\Desk & Bell ä\deskbellw.exe`, Machine: machine}
		// In Wine every file is the user's, so nothing there is trusted.
		a.Trusted = func(string) error { return nil }
		root, _ := a.root()
		t.Cleanup(func() {
			if _, err := a.Remove(); err != nil {
				t.Error(err)
			}
		})
		step := func(what string, do func() (bool, error), want bool) {
			t.Helper()
			if changed, err := do(); err != nil || changed != want {
				t.Errorf("%s %s: changed %v, %v; want %v", what, a.Place(), changed, err, want)
			}
		}
		step("remove nothing", a.Remove, false)
		step("set", a.Set, true)
		step("set again", a.Set, false)
		command, kind := value(t, root, "Deskbell "+queue)
		args, err := windows.DecomposeCommandLine(command)
		if want := []string{a.Program, "monitor", "--queue", queue}; err != nil || kind != registry.SZ || !slices.Equal(args, want) {
			t.Errorf("it has %s of type %d: %q, %v; want %q", command, kind, args, err, want)
		}
		moved := a
		moved.Program = `D:\deskbell.exe`
		step("set another program", moved.Set, true)
		spoil(t, root, "Deskbell "+queue)
		step("set over something else", moved.Set, true)
		if command, _ := value(t, root, "Deskbell "+queue); command != `"D:\deskbell.exe" monitor --queue `+queue {
			t.Errorf("it has %s", command)
		}
		step("remove", moved.Remove, true)
		step("remove again", moved.Remove, false)
		if command, _ := value(t, root, "Deskbell "+queue); command != "" {
			t.Errorf("it still has %s", command)
		}
	}
}

// value reads with means of its own; "" for none.
func value(t *testing.T, root registry.Key, name string) (string, uint32) {
	t.Helper()
	key, err := registry.OpenKey(root, runKey, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	text, kind, err := key.GetStringValue(name)
	if err != nil && !errors.Is(err, registry.ErrNotExist) {
		t.Fatal(err)
	}
	return text, kind
}

// spoil makes the value a number.
func spoil(t *testing.T, root registry.Key, name string) {
	t.Helper()
	key, err := registry.OpenKey(root, runKey, registry.SET_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	if err := key.SetDWordValue(name, 1); err != nil {
		t.Fatal(err)
	}
}

func TestCommand(t *testing.T) {
	for _, program := range []string{`deskbell.exe`, `C:\a"b.exe`, `C:\` + strings.Repeat("x", 250) + ".exe", ""} {
		if changed, err := (Autostart{Queue: "q", Program: program}).Set(); err == nil || changed {
			t.Errorf("%q was set", program)
		}
	}
}

// What others could exchange is not started for everybody, and nothing is
// written.
func TestUntrusted(t *testing.T) {
	queue := fmt.Sprintf("untrusted-%d", os.Getpid())
	a := Autostart{Queue: queue, Program: `C:\deskbellw.exe`, Machine: true, Trusted: func(string) error {
		return errors.New("everybody writes there")
	}}
	changed, err := a.Set()
	var untrusted *UntrustedError
	if changed || !errors.As(err, &untrusted) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("changed %v, %v", changed, err)
	}
	root, _ := a.root()
	if command, _ := value(t, root, "Deskbell "+queue); command != "" {
		t.Errorf("it has %s", command)
	}
}
