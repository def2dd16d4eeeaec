package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Hold implements Record, by a lock on a file beside the record.
func (r record) Hold() (release func() error, err error) {
	name := filepath.Join(r.dir, "."+strings.TrimSuffix(filepath.Base(r.path), ".json")+".lock")
	for {
		if err := os.MkdirAll(r.dir, 0o755); err != nil {
			return nil, err
		}
		if err := r.check(); err != nil {
			return nil, err
		}
		lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the folder went with the last of what was in it
		}
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			if errors.Is(err, unix.EWOULDBLOCK) {
				err = ErrHeld
			} else {
				err = fmt.Errorf("lock %s: %w", name, err)
			}
			return nil, errors.Join(err, lock.Close())
		}
		var st unix.Stat_t
		if err := unix.Fstat(int(lock.Fd()), &st); err != nil {
			return nil, errors.Join(fmt.Errorf("look at %s: %w", name, err), lock.Close())
		}
		if st.Nlink > 0 {
			return func() error { return r.release(lock) }, nil
		}
		// Who had it has removed it since it was opened.
		if err := lock.Close(); err != nil {
			return nil, err
		}
	}
}

// release removes the lock, and the folders if nothing else is in them.
func (r record) release(lock *os.File) error {
	err := errors.Join(os.Remove(lock.Name()), lock.Close())
	if os.Remove(r.dir) == nil {
		_ = os.Remove(filepath.Dir(r.dir)) // unless another queue has something there
	}
	return err
}
