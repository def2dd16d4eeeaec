package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	r := watchRecords(dir)
	part := filepath.Join(t.TempDir(), "part")
	if err := os.WriteFile(part, []byte("STATE=closing\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(part, filepath.Join(dir, "1")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.changed:
	case <-time.After(30 * time.Second):
		t.Error("a new record is not told")
	}
	r.close()
	if _, open := <-r.changed; open {
		t.Error("something is told after the end")
	}
	none := watchRecords(filepath.Join(dir, "missing"))
	if none.changed != nil {
		t.Error("a folder that is not there is watched")
	}
	none.close()
}
