package job

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A payload of anything but folders and files is refused: a link would lead
// elsewhere.
func TestPayloadWithLink(t *testing.T) {
	s, from := store(t), t.TempDir()
	check(t, os.Symlink("/etc/passwd", filepath.Join(from, "link")))
	if err := s.Save(Job{Name: "acme", At: time.Now(), Args: []string{"deploy"}, Dir: from}, from); err == nil {
		t.Error("it is taken")
	}
	if left, err := os.ReadDir(s.Dir()); err != nil || len(left) != 0 {
		t.Errorf("left is %v, %v", left, err)
	}
}

func TestOpen(t *testing.T) {
	t.Setenv("DESKBELL_STATE_DIR", t.TempDir())
	s, err := Open("queue")
	check(t, err)
	check(t, s.Make())
	if info, err := os.Stat(s.Dir()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}
