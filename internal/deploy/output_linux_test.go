package deploy

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func link(t *testing.T, to, name string) {
	t.Helper()
	check(t, os.Symlink(to, name))
}

func TestOpenOutputOfAPipe(t *testing.T) {
	log := filepath.Join(t.TempDir(), "acme.log")
	check(t, syscall.Mkfifo(log, 0o600))
	if _, err := OpenOutput(log); err == nil {
		t.Error("a pipe is taken")
	}
}
