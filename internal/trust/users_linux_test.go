package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUsersExecute(t *testing.T) {
	if err := UsersExecute("/usr/bin/env"); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		file, folder fs.FileMode
		reason       string
	}{
		{0o754, 0o755, "read and executed"}, {0o751, 0o755, "read and executed"}, {0o755, 0o750, "entered"},
	} {
		if err := errors.Join(os.Chmod(program, test.file), os.Chmod(dir, test.folder)); err != nil {
			t.Fatal(err)
		}
		var e *Error
		if err := UsersExecute(program); !errors.As(err, &e) || !strings.Contains(e.Reason, test.reason) {
			t.Errorf("%o in %o: %v", test.file, test.folder, err)
		}
	}
	if err := UsersExecute(program + "2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there: %v", err)
	}
	var e *Error
	if err := UsersExecute("/proc/version"); !errors.As(err, &e) {
		t.Errorf("what is no program: %v", err)
	}
	if err := UsersExecute("/usr"); !errors.As(err, &e) {
		t.Errorf("a folder: %v", err)
	}
}
