package deploy

import (
	"path/filepath"
	"syscall"
	"testing"
)

// mayLink: every user may make links.
func mayLink(err error) error { return err }

func TestOpenOutputOfAPipe(t *testing.T) {
	log := filepath.Join(t.TempDir(), "acme.log")
	check(t, syscall.Mkfifo(log, 0o600))
	if _, err := OpenOutput(log); err == nil {
		t.Error("a pipe is taken")
	}
}
