package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What is not a record of root's is an error, and never waited for.
func TestRecordRefuses(t *testing.T) {
	queue, r := open(t)
	path := filepath.Join(os.Getenv("DESKBELL_STATE_DIR"), ".deferrals", queue, "acme-7.json")
	for name, make := range map[string]func() error{
		"a link":      func() error { return os.Symlink("/etc/passwd", path) },
		"a pipe":      func() error { return unix.Mkfifo(path, 0o600) },
		"a directory": func() error { return os.Mkdir(path, 0o700) },
		"others can write": func() error {
			if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
				return err
			}
			return os.Chmod(path, 0o622)
		},
		"no JSON":   func() error { return os.WriteFile(path, []byte("{"), 0o600) },
		"too large": func() error { return os.WriteFile(path, []byte(strings.Repeat(" ", maxRecord+1)), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := make(); err != nil {
				t.Fatal(err)
			}
			if f, err := r.Load(); err == nil {
				t.Errorf("it is read as %+v", f)
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		})
	}
}
