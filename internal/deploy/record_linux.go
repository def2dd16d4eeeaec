package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/file"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/trust"
)

// maxRecord is how large a record may be; what we write is smaller.
const maxRecord = 256 << 10

// record is a file, root's alone, in .deferrals/<queue> of the state directory.
type record struct{ dir, path string }

// OpenRecord is where the facts of a job are kept; nothing is made yet. Whoever
// may not write there is told so when it is read or written.
func OpenRecord(queue, name string) (Record, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	state, err := mailbox.StateDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(state, ".deferrals", queue)
	return record{dir, filepath.Join(dir, name+".json")}, nil
}

// check looks whether others could change what leads to the record, below a
// state directory of a test's own whether others than we can.
func (r record) check() error {
	if os.Getenv("DESKBELL_STATE_DIR") == "" {
		return trust.AdminsOnly(r.dir)
	}
	return nil
}

func (r record) Load() (f Facts, err error) {
	if err := r.check(); errors.Is(err, fs.ErrNotExist) {
		return f, nil
	} else if err != nil {
		return f, err
	}
	file, err := os.OpenFile(r.path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	defer file.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return f, &fs.PathError{Op: "stat", Path: r.path, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
		return f, &fs.PathError{Op: "read", Path: r.path, Err: errForeign}
	}
	text, err := io.ReadAll(io.LimitReader(file, maxRecord+1))
	if err != nil {
		return f, err
	}
	if len(text) > maxRecord {
		return f, fmt.Errorf("%s is larger than %d KiB", r.path, maxRecord>>10)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s: %w", r.path, err)
	}
	return f, nil
}

func (r record) Save(f Facts) error {
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return err
	}
	text, err := json.Marshal(bounded(f))
	if err != nil {
		return err
	}
	return file.ReplaceText(r.path, string(text)+"\n", 0o600)
}

func (r record) Clear() error {
	if err := r.check(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// The folders of the last one go with it; those that are not empty stay.
	if os.Remove(r.dir) == nil {
		_ = os.Remove(filepath.Dir(r.dir))
	}
	return nil
}

// Remembered are the places where facts of a queue's jobs are kept.
func Remembered(queue string) ([]string, error) {
	state, err := mailbox.StateDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(state, ".deferrals", queue)
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return []string{dir}, nil
}

// Shared reports whether anything is remembered of any queue's jobs, in a place
// that all have in common.
func Shared() bool {
	state, err := mailbox.StateDir()
	if err != nil {
		return false
	}
	_, err = os.Lstat(filepath.Join(state, ".deferrals"))
	return err == nil
}

// Forget removes what is remembered of all jobs of a queue. The error is that of
// the file system, or says that others can change what leads there.
func Forget(queue string) error {
	dirs, err := Remembered(queue)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if err := (record{dir: dir}).check(); err != nil {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		_ = os.Remove(filepath.Dir(dir)) // unless another queue has something there
	}
	return nil
}
