package setup

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAutostart(t *testing.T) {
	config := filepath.Join(t.TempDir(), "not yet")
	t.Setenv("XDG_CONFIG_HOME", config)
	a := Autostart{Queue: "q", Program: "/opt/deskbell"}
	path := filepath.Join(config, "autostart", "deskbell-q.desktop")
	if a.Place() != path {
		t.Errorf("it is in %s", a.Place())
	}
	step := func(what string, do func() (bool, error), want bool) {
		t.Helper()
		if changed, err := do(); err != nil || changed != want {
			t.Errorf("%s: changed %v, %v; want %v", what, changed, err, want)
		}
	}
	step("remove nothing", a.Remove, false)
	step("set", a.Set, true)
	step("set again", a.Set, false)
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "\nExec=/opt/deskbell monitor --queue q\n") {
		t.Errorf("it has %s, %v", data, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	moved := Autostart{Queue: "q", Program: "/usr/bin/deskbell"}
	step("set another program", moved.Set, true)
	other := Autostart{Queue: "other", Program: "/opt/deskbell"}
	step("set another queue", other.Set, true)
	step("remove", moved.Remove, true)
	step("remove again", moved.Remove, false)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != "deskbell-other.desktop" {
		t.Errorf("there is %v, %v", entries, err)
	}
}

func TestMachinePlace(t *testing.T) {
	if got := (Autostart{Queue: "q", Machine: true}).Place(); got != "/etc/xdg/autostart/deskbell-q.desktop" {
		t.Errorf("it is %s", got)
	}
}

// odd are paths of programs that have to be quoted.
var odd = []string{
	"/opt/Desk Bell/deskbell", `/opt/a"b/deskbell`, "/opt/a`b/$HOME/deskbell", `/opt/a\b\\c/deskbell`,
	"/opt/100%/%f%%/deskbell", "/opt/it's (here) & <there>; #1?*~|/deskbell", "/opt/ä🔔/deskbell",
}

// TestQuoted reads the entries as the specification has them read.
func TestQuoted(t *testing.T) {
	for _, program := range odd {
		text, err := Autostart{Queue: "q", Program: program}.text()
		if err != nil {
			t.Fatal(err)
		}
		if got := unescape(valueOf(text, "TryExec")); got != program {
			t.Errorf("TryExec is %s, want %s", got, program)
		}
		args := splitExec(t, unescape(valueOf(text, "Exec")))
		if want := []string{program, "monitor", "--queue", "q"}; strings.Join(args, "\n") != strings.Join(want, "\n") {
			t.Errorf("Exec is %q, want %q", args, want)
		}
	}
	for _, program := range []string{"deskbell", "/a\nb", "/a\tb", "/a=b", ""} {
		if text, err := (Autostart{Queue: "q", Program: program}).text(); err == nil {
			t.Errorf("%q makes %s", program, text)
		}
	}
}

func valueOf(text, key string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, key+"="); ok {
			return strings.TrimSuffix(value, "\n")
		}
	}
	return ""
}

func unescape(s string) string {
	return strings.NewReplacer(`\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`).Replace(s)
}

// splitExec takes an Exec apart ("The Exec key").
func splitExec(t *testing.T, command string) (args []string) {
	t.Helper()
	for command != "" {
		var arg string
		if rest, quoted := strings.CutPrefix(command, `"`); quoted {
			end := 0
			for end < len(rest) && rest[end] != '"' {
				if rest[end] == '\\' {
					end++
				}
				if end < len(rest) {
					arg += string(rest[end])
				}
				end++
			}
			if end >= len(rest) {
				t.Fatalf("the quotes are not closed: %s", command)
			}
			command = strings.TrimPrefix(rest[end+1:], " ")
		} else {
			arg, command, _ = strings.Cut(command, " ")
			if strings.ContainsAny(arg, "\"'\\><~|&;$*?#()`") {
				t.Fatalf("%s is not quoted", arg)
			}
		}
		args = append(args, strings.ReplaceAll(arg, "%%", "%"))
	}
	return args
}

// TestLaunched has GLib, which GNOME starts programs with, read the entries.
func TestLaunched(t *testing.T) {
	gio, err := exec.LookPath("gio")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, path := range odd {
		if strings.Contains(path, "%") {
			continue // GLib looks for the program without reading %% as %
		}
		program := filepath.Join(t.TempDir(), path)
		if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
			t.Fatal(err)
		}
		said := filepath.Join(t.TempDir(), "said")
		if err := unix.Mkfifo(said, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(program, []byte("#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\" >"+said+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		a := Autostart{Queue: "q", Program: program}
		if _, err := a.Set(); err != nil {
			t.Fatal(err)
		}
		// Open for both directions it has a writer until we have read.
		file, err := os.OpenFile(said, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if out, err := exec.Command(gio, "launch", a.Place()).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", path, err, out)
			continue
		}
		want := program + "\nmonitor\n--queue\nq\n"
		got := make([]byte, len(want))
		if _, err := file.Read(got); err != nil || string(got) != want {
			t.Errorf("it ran %q, %v; want %q", got, err, want)
		}
	}
}

// TestNotPermitted is told before anything has changed.
func TestNotPermitted(t *testing.T) {
	config, err := os.MkdirTemp("", "deskbell-setup-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(config)
	if err := os.Chmod(config, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_HOME", config)
	asNobody(t, func() {
		for name, do := range map[string]func() (bool, error){
			"set":    Autostart{Queue: "q", Program: "/opt/deskbell"}.Set,
			"remove": Autostart{Queue: "q"}.Remove,
		} {
			if changed, err := do(); changed || !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: %v, %v", name, changed, err)
			}
		}
		machine := Autostart{Queue: "no-such-queue", Program: "/opt/deskbell", Machine: true, Trusted: func(string) error { return nil }}
		changed, err := machine.Set()
		var permission *PermissionError
		if changed || !errors.As(err, &permission) || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("for everybody: %v, %v", changed, err)
		}
	})
	if entries, err := os.ReadDir(config); err != nil || len(entries) > 0 {
		t.Errorf("there is %v, %v", entries, err)
	}
}

// asNobody calls do on a thread without root's rights to files, which ends
// with it.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			const nobody = 65534
			if err := unix.Setfsuid(nobody); err != nil {
				t.Error(err)
				return
			}
		}
		do()
	}()
	<-ended
}
