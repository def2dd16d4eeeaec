package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// locks are the files that installers lock while they are at work.
var locks = map[string][]string{
	"dpkg": {"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"},
	"rpm":  {"/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock"},
}

// lockOf names the lock that a program waits for.
var lockOf = map[string]string{
	"apt": "dpkg", "apt-get": "dpkg", "aptitude": "dpkg", "dpkg": "dpkg",
	"rpm": "rpm", "dnf": "rpm", "dnf5": "rpm", "yum": "rpm", "microdnf": "rpm", "zypper": "rpm",
}

// Locks tells whether an installer holds the lock that a program would wait for.
// It only asks, and takes none.
type Locks struct {
	Program string            // "" = all locks
	files   map[string]string // in place of the usual ones, by these
}

// Known reports whether the program is one whose lock is known.
func (l Locks) Known() bool { return lockOf[filepath.Base(l.Program)] != "" }

// Busy says who is at work, "" = nobody (F_GETLK).
func (l Locks) Busy() (string, error) {
	for name, files := range locks {
		if l.Program != "" && lockOf[filepath.Base(l.Program)] != name {
			continue
		}
		for _, path := range files {
			if other := l.files[path]; other != "" {
				path = other
			}
			pid, err := holderOf(path)
			if err != nil {
				return "", fmt.Errorf("look for other installations: %w", err)
			}
			if pid != 0 {
				return fmt.Sprintf("another installation is under way (process %d holds %s)", pid, path), nil
			}
		}
	}
	return "", nil
}

// holderOf is the process that has a file locked, 0 = none.
func holderOf(path string) (int, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock); err != nil {
		return 0, &fs.PathError{Op: "fcntl", Path: path, Err: err}
	}
	if lock.Type == unix.F_UNLCK {
		return 0, nil
	}
	return int(lock.Pid), nil
}
