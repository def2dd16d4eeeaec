package session

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestChanges(t *testing.T) {
	login, bus := newLogin(t)
	login.add(t, "1", 1000, "alice", "seat0", map[string]any{"Class": "user", "LockedHint": false})
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changed := watchChanges(ctx, []string{folder, filepath.Join(folder, "missing")})
	told := func(of string, want bool) {
		t.Helper()
		select {
		case _, open := <-changed:
			if open != want {
				t.Fatalf("%s: told %v", of, open)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s is not told", of)
		}
	}
	told("the beginning", true)
	login.change(t, "1", "LockedHint", true)
	told("a lock", true)
	login.remove(t, "1")
	told("an end", true)
	if err := os.Mkdir(filepath.Join(folder, "1000"), 0o700); err != nil {
		t.Fatal(err)
	}
	told("a folder of a user", true)
	bus.end()
	told("that the bus has gone", true)
	if err := os.Remove(filepath.Join(folder, "1000")); err != nil {
		t.Fatal(err)
	}
	told("without the bus, that a folder has gone", true)
	cancel()
	told("the end of watching", false)
}

// Where there is no bus there is the file system.
func TestChangesWithoutBus(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
	changed, err := Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, open := <-changed; !open {
		t.Error("the beginning is not told")
	}
}
