package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The administrator's is his alone, and no link leads anywhere else.
func TestAdministratorsPlace(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	t.Setenv(stateEnv, state)
	p, err := Administrators("q")
	if err != nil {
		t.Fatal(err)
	}
	record(t, p, Event{ID: "a"})
	for path, want := range map[string]fs.FileMode{
		filepath.Join(state, ".ledger"):         fs.ModeDir | 0o700,
		filepath.Join(state, ".ledger", "q.db"): 0o600,
	} {
		if info, err := os.Lstat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(elsewhere, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, lay := range map[string]func() error{
		"a link for the file":        func() error { return os.Symlink(elsewhere, p.Path()) },
		"a second name for the file": func() error { return os.Link(elsewhere, p.Path()) },
	} {
		if err := os.Remove(p.Path()); err != nil {
			t.Fatal(err)
		}
		if err := lay(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.write([]Event{{}}, atMost, time.Now()); err == nil {
			t.Errorf("%s is written through", name)
		}
		if info, err := os.Stat(elsewhere); err != nil || info.Size() != 0 {
			t.Errorf("%s: %v, %v", name, info.Size(), err)
		}
	}
	if err := p.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(state, 0o755); err != nil { // which went with the last ledger
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(elsewhere), filepath.Join(state, ".ledger")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.write([]Event{{}}, atMost, time.Now()); err == nil {
		t.Error("a link for the folder is followed")
	}
}

// With a user mailbox in a place of its own there is no other than there.
func TestPrivatePlaces(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(runtimeEnv, dir)
	t.Setenv(stateEnv, "")
	if _, err := Administrators("q"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the administrator's: %v", err)
	}
	if p, err := Own("q"); err != nil || filepath.Dir(filepath.Dir(p.Path())) != dir {
		t.Errorf("the user's: %s, %v", p.Path(), err)
	}
}
