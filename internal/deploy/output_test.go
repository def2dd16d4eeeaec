package deploy

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenOutput(t *testing.T) {
	log := filepath.Join(t.TempDir(), "acme.log")
	for range 2 {
		file, err := OpenOutput(log)
		check(t, err)
		_, err = file.WriteString("said\n")
		check(t, errors.Join(err, file.Close()))
	}
	if text, err := os.ReadFile(log); err != nil || string(text) != "said\nsaid\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := OpenOutput(filepath.Join(filepath.Dir(log), "missing", "acme.log")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	t.Chdir(filepath.Dir(log))
	file, err := OpenOutput("relative.log")
	check(t, err)
	check(t, file.Close())
	if _, err := os.Stat(filepath.Join(filepath.Dir(log), "relative.log")); err != nil {
		t.Error(err)
	}
}

// What somebody has put in the way of the log is refused, and nothing is
// written where it leads.
func TestOpenOutputAttacked(t *testing.T) {
	for name, attack := range map[string]func(t *testing.T, log, elsewhere string){
		"a link":              func(t *testing.T, log, elsewhere string) { link(t, filepath.Join(elsewhere, "file"), log) },
		"a link to nothing":   func(t *testing.T, log, elsewhere string) { link(t, filepath.Join(elsewhere, "new"), log) },
		"a second name":       func(t *testing.T, log, elsewhere string) { check(t, os.Link(filepath.Join(elsewhere, "file"), log)) },
		"a folder":            func(t *testing.T, log, _ string) { check(t, os.Mkdir(log, 0o700)) },
		"a link to a folder":  func(t *testing.T, log, elsewhere string) { exchange(t, filepath.Dir(log), elsewhere) },
		"a link further away": func(t *testing.T, log, elsewhere string) { exchange(t, filepath.Dir(filepath.Dir(log)), elsewhere) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			log, elsewhere := filepath.Join(dir, "a", "b", "acme.log"), filepath.Join(dir, "elsewhere")
			check(t, errors.Join(os.MkdirAll(filepath.Dir(log), 0o700), os.MkdirAll(filepath.Join(elsewhere, "b"), 0o700)))
			check(t, os.WriteFile(filepath.Join(elsewhere, "file"), []byte("theirs"), 0o600))
			attack(t, log, elsewhere)
			if file, err := OpenOutput(log); err == nil {
				t.Errorf("%s is taken", file.Name())
				check(t, file.Close())
			}
			if text, err := os.ReadFile(filepath.Join(elsewhere, "file")); err != nil || string(text) != "theirs" {
				t.Errorf("%q, %v", text, err)
			}
			for _, dir := range []string{elsewhere, filepath.Join(elsewhere, "b")} {
				for _, file := range []string{"new", "acme.log"} {
					if _, err := os.Lstat(filepath.Join(dir, file)); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("%s in %s: %v", file, dir, err)
					}
				}
			}
		})
	}
}

// exchange puts a link to a folder in the place of another.
func exchange(t *testing.T, dir, elsewhere string) {
	t.Helper()
	check(t, os.RemoveAll(dir))
	link(t, elsewhere, dir)
}
