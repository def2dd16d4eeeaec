package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/deskbell/deskbell/internal/process"
)

// be is a program that ends when it is asked to, or does not.
func be(as string) int {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	fmt.Println("ready")
	for range asked {
		if as == "obedient" {
			break
		}
	}
	return 0
}

func TestReadEntry(t *testing.T) {
	for text, want := range map[string][2]string{
		"[Desktop Entry]\nName=Editor\nName[de]=Schreiber\nExec=/usr/bin/editor --new %F\n":                          {"editor", "Editor"},
		"# a comment\n[Desktop Entry]\nExec = \"editor\"\nName = Editor\n[Desktop Action New]\nName=New\nExec=other": {"editor", "Editor"},
		"Name=Nothing\nExec=nothing\n": {"", ""},
		"[Desktop Entry]\nName=Page\n": {"", "Page"},
	} {
		if program, name := readEntry(strings.NewReader(text)); program != want[0] || name != want[1] {
			t.Errorf("%q: %q, %q", text, program, name)
		}
	}
}

// What runs from a folder, is in it, or has a file of it open or mapped uses it.
func TestUsing(t *testing.T) {
	s := start(t, "obedient")
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	check(t, os.WriteFile(file, []byte("text"), 0o600))
	uses := func(dir string, id process.ID) bool {
		t.Helper()
		programs, err := Using(dir)
		check(t, err)
		return slices.ContainsFunc(programs, func(p Program) bool { return p.ID == id })
	}
	if !uses(filepath.Dir(s.path), s.id) || uses(dir, s.id) {
		t.Error("what runs from there is not found, or elsewhere too")
	}
	beginning := strings.TrimSuffix(filepath.Dir(s.path), "1")
	check(t, os.Mkdir(beginning, 0o700))
	if uses(beginning, s.id) {
		t.Error("the beginning of a name is taken for a folder")
	}
	for name, arrange := range map[string]func(*exec.Cmd){
		"in the folder": func(c *exec.Cmd) { c.Dir = dir },
		"with a file open": func(c *exec.Cmd) {
			f, err := os.Open(file)
			check(t, err)
			t.Cleanup(func() { check(t, f.Close()) })
			c.ExtraFiles = []*os.File{f}
		},
	} {
		cmd := exec.Command("cat")
		in, err := cmd.StdinPipe()
		check(t, err)
		arrange(cmd)
		check(t, cmd.Start())
		id, err := process.Of(cmd.Process.Pid)
		check(t, err)
		if !uses(dir, id) {
			t.Errorf("who is %s is not found", name)
		}
		check(t, errors.Join(in.Close(), cmd.Wait()))
	}
	if _, err := Using(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if !hasMapped(maps(t, "00400000-00452000 r-xp 00000000 08:02 173521 /opt/acme/lib.so (deleted)\n"), func(path string) bool { return path == "/opt/acme/lib.so" }) {
		t.Error("what is mapped is not found")
	}
}

func maps(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "maps")
	check(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

// Whose display or session it is tells a program that somebody has open from a
// service of the same user, such as root.
func TestOfPerson(t *testing.T) {
	for name, c := range map[string]struct {
		group, environ string
		want           bool
	}{
		"a service":                     {"0::/system.slice/acme.service\n", "PATH=/bin\x00HOME=/root", false},
		"in a session":                  {"0::/user.slice/user-1000.slice/session-2.scope\n", "", true},
		"by the user's service manager": {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/acme.scope\n", "", true},
		"with a display":                {"0::/\n", "PATH=/bin\x00DISPLAY=:0\x00", true},
		"on Wayland":                    {"0::/\n", "WAYLAND_DISPLAY=wayland-0", true},
		"with an empty one":             {"0::/\n", "DISPLAY=\x00", false},
		"cgroups of old":                {"2:cpu:/\n1:name=systemd:/user.slice/user-0.slice/session-1.scope\n", "", true},
	} {
		proc := t.TempDir()
		check(t, errors.Join(os.WriteFile(filepath.Join(proc, "cgroup"), []byte(c.group), 0o600), os.WriteFile(filepath.Join(proc, "environ"), []byte(c.environ), 0o600)))
		if ofPerson(proc) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
	if ofPerson(t.TempDir()) {
		t.Error("one that has ended is somebody's")
	}
}
