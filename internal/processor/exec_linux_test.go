package processor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// placeProgram makes a link to a program: a copy could not be started while
// another test, forking, has it open for writing.
func placeProgram(program, to string) error { return os.Symlink(program, to) }

// As root there is a folder that trust.AdminsOnly itself is content with. What
// it is not content with is not started, though it was when the monitor began.
func TestExecOfTheAdministrator(t *testing.T) {
	folder := t.TempDir()
	root := os.Geteuid() == 0
	if root {
		var err error
		if folder, err = os.MkdirTemp("/run", "deskbell-processors-*"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.RemoveAll(folder); err != nil {
				t.Error(err)
			}
		})
	}
	program := filepath.Join(folder, "backup")
	script := "#!/bin/sh\nIFS= read -r message\ntouch started\necho '{\"status\":\"answered\",\"answer\":\"done\"}'\n"
	write(t, program, script)
	for _, path := range []string{folder, program} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	found, err := (Programs{Queue: "desk", Folders: []string{folder}}).Processors()
	if err != nil || found["backup"] == nil {
		t.Fatal(found, err)
	}
	process := func() error {
		m := protocol.NewMessage("backup")
		m.Text = "x"
		reply, err := found["backup"].Process(t.Context(), m, nil)
		if err == nil && reply.Answer != "done" {
			t.Errorf("reply %+v", reply)
		}
		return err
	}
	refused := func(why string) {
		t.Helper()
		var e *trust.Error
		if err := process(); !errors.As(err, &e) {
			t.Errorf("%s: %v", why, err)
		}
		if _, err := os.Stat(filepath.Join(folder, "started")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: it was started", why)
		}
	}
	if !root {
		refused("of a user")
		return
	}
	if err := process(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "started")); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	for why, steps := range map[string][2]func() error{
		"the program is a user's":      {chown(program, nobody), chown(program, 0)},
		"its folder is a user's":       {chown(folder, nobody), chown(folder, 0)},
		"a group may write it":         {chmod(program, 0o775), chmod(program, 0o755)},
		"everybody may write there":    {chmod(folder, 0o777), chmod(folder, 0o755)},
		"everybody may put files":      {chmod(folder, 0o777|os.ModeSticky), chmod(folder, 0o755)},
		"a link is in its place":       {link(program), unlink(program)},
		"a link is in its folder's":    {link(folder), unlink(folder)},
		"a link to the system's shell": {shell(program), unlink(program)},
	} {
		if err := steps[0](); err != nil {
			t.Fatal(err)
		}
		refused(why)
		if err := steps[1](); err != nil {
			t.Fatal(err)
		}
	}
	if err := process(); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func chown(path string, uid int) func() error {
	return func() error { return os.Chown(path, uid, uid) }
}

func chmod(path string, mode os.FileMode) func() error {
	return func() error { return os.Chmod(path, mode) }
}

// link puts a link to it in the place of a file or folder.
func link(path string) func() error {
	return func() error {
		if err := os.Rename(path, path+".real"); err != nil {
			return err
		}
		return os.Symlink(path+".real", path)
	}
}

func shell(path string) func() error {
	return func() error {
		if err := os.Rename(path, path+".real"); err != nil {
			return err
		}
		return os.Symlink("/bin/sh", path)
	}
}

func unlink(path string) func() error {
	return func() error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.Rename(path+".real", path)
	}
}

// The first example of docs/processors.md does what the page says.
func TestPageExample(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "processors.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```sh\n")
	script, _, ok := strings.Cut(rest, "```\n")
	if !ok || !strings.HasPrefix(script, "#!/bin/sh\n") {
		t.Fatal("no example found")
	}
	s := newStage(t)
	write(t, filepath.Join(s.folder, "disk-space"), script)
	found, err := s.programs.Processors()
	if err != nil || found["disk-space"] == nil {
		t.Fatal(found, err)
	}
	reply, err := found["disk-space"].Process(t.Context(), protocol.NewMessage("disk-space"), nil)
	if err != nil || !regexp.MustCompile(`^[0-9]+ KiB$`).MatchString(reply.Answer) {
		t.Fatalf("%+v, %v", reply, err)
	}
}

func TestProcessorsWithAPipeForAFolder(t *testing.T) {
	s := newStage(t)
	pipe := filepath.Join(s.folder, "none")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(s.folder, "backup"), "")
	found, err := s.programs.Processors()
	if err == nil || found["backup"] == nil {
		t.Fatalf("%v, %v", found, err)
	}
}
