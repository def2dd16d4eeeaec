package setup

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
)

// stateEnvCounts: DESKBELL_STATE_DIR has a meaning on Linux.
const stateEnvCounts = true

// programName is what the copy is called, whatever the queue is.
const programName = "deskbell"

// programBase is for what a package brings that is not of the system (FHS 3.0,
// /opt); programFolder is in it. /usr/local is not root's alone everywhere.
const programBase = "/opt/deskbell"

func programFolder() (base, folder string) { return programBase, programBase + "/bin" }

// companion is the program that opens windows.
func companion(program string) string {
	return filepath.Join(filepath.Dir(program), "deskbell-gtk")
}

// windowed is the program to start where there is no terminal.
func windowed(program string) string { return program }

// forEverybody lets everybody run a file and nobody else write it.
func forEverybody(file *os.File) error { return file.Chmod(0o755) }

// openFolder lets everybody look into a folder and nobody but root write it,
// whatever the umask was.
func openFolder(path string) error {
	fd, err := unix.Open(path, unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	folder := os.NewFile(uintptr(fd), path)
	return errors.Join(folder.Chown(0, 0), folder.Chmod(0o755), folder.Close())
}

// exchange puts a file in the place of another, which may be running.
func exchange(from, to string) error { return os.Rename(from, to) }

func discard(path string) error { return os.Remove(path) }

func discarded(string) bool { return false }

// openProgram opens a file to be copied; of the program that runs what runs,
// whatever has its name by now.
func openProgram(path string) (*os.File, error) {
	if self, err := os.Executable(); err == nil && self == path {
		return os.Open("/proc/self/exe")
	}
	return os.Open(path)
}

// exchanged reports whether the program of a process is not the file that is
// there now, as far as this user may see it.
func exchanged(pid int, path string) bool {
	runs, err := os.Stat("/proc/" + strconv.Itoa(pid) + "/exe")
	if err != nil {
		return false
	}
	is, err := os.Stat(path)
	return err == nil && !os.SameFile(runs, is)
}

func adminsOnly(path string) error { return trust.AdminsOnly(path) }
