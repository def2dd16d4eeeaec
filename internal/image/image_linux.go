package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
)

// system is the store of this computer: with the rest that Deskbell keeps; where
// nothing there can be executed, with what the administrator has installed.
func system() (*store, error) {
	return &store{
		roots:   []string{"/var/lib/deskbell/.run", "/usr/local/lib/deskbell/run"},
		admin:   os.Geteuid() == 0,
		trusted: trust.AdminsOnly,
		runs:    trust.UsersExecute,
		// What runs, whatever has its name by now.
		open:    func(string) (*os.File, error) { return os.Open("/proc/self/exe") },
		running: runningPrograms,
		now:     time.Now,
	}, nil
}

func withoutConsole(self string) string { return self }

// companions are the programs that this one looks for beside itself.
func companions(self string) []string {
	return []string{filepath.Join(filepath.Dir(self), "deskbell-gtk")}
}

// sameHand reports whether nobody could have put or changed beside, who could
// not have done so with self.
func sameHand(self, beside string) bool {
	var is, other unix.Stat_t
	if unix.Stat(self, &is) != nil || unix.Lstat(beside, &other) != nil {
		return false
	}
	const write = 0o022
	return other.Mode&unix.S_IFMT == unix.S_IFREG && (other.Uid == is.Uid || other.Uid == 0) && other.Mode&write&^is.Mode == 0
}

// makeFolder makes a folder that everybody may look into, whatever the umask.
func makeFolder(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}

func makeFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o755)
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(0o755); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func within(path, dir string) bool { return strings.HasPrefix(path, dir+"/") }

// runningPrograms asks every process. One that cannot be asked may run
// anything.
func runningPrograms() ([]string, error) {
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	programs := []string{}
	for _, dir := range dirs {
		if _, err := strconv.ParseUint(dir.Name(), 10, 32); err != nil {
			continue
		}
		program, err := os.Readlink(filepath.Join("/proc", dir.Name(), "exe"))
		switch {
		case err == nil:
			programs = append(programs, program)
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH): // ended, or the kernel's
		default:
			return nil, fmt.Errorf("look at the running programs: %w", err)
		}
	}
	return programs, nil
}
