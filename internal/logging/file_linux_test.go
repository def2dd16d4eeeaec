package logging

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestProcesses has several processes append to one file: every entry is
// whole, and there is no line that is none. It is not run under Wine, where two
// appends may overlap, which Windows excludes.
func TestProcesses(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "q.log")
	var all []*exec.Cmd
	for range 3 {
		command := exec.Command(self)
		command.Env = append(os.Environ(), appendTo+"="+path)
		command.Stderr = os.Stderr
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, command)
	}
	for _, command := range all {
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	}
	f := &File{Path: path, Max: 20_000}
	for _, path := range []string{f.Path, f.Old()} {
		for _, line := range readLines(t, path) {
			number(t, line)
		}
		if info, err := os.Stat(path); err != nil || info.Size() > 2*f.Max {
			t.Errorf("%s: %d bytes, %v", path, info.Size(), err)
		}
	}
}
