package process

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// argsLimit is how much is read of a command line.
const argsLimit = 64 << 10

func (id ID) end(check func(About) error) error { return id.signal(unix.SIGKILL, check) }

// Terminate asks the process to end (SIGTERM); otherwise it is as End. Windows has
// nothing of the kind.
func (id ID) Terminate(check func(About) error) error { return id.signal(unix.SIGTERM, check) }

func (id ID) about() (about About, err error) {
	if !id.Running() {
		return about, fs.ErrNotExist
	}
	about, err = aboutOf(id.Pid)
	// It was that very one while it was looked at.
	if !id.Running() {
		return About{}, fs.ErrNotExist
	}
	return about, err
}

// signal holds the process by a pidfd while it reads what /proc says of the pid:
// as long as that process has not ended, the pid is no other's.
func (id ID) signal(signal unix.Signal, check func(About) error) error {
	if id.Pid <= 0 {
		return nil
	}
	fd, err := unix.PidfdOpen(id.Pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", id.Pid, err)
	}
	defer unix.Close(fd)
	if !id.Running() {
		return nil
	}
	about, err := aboutOf(id.Pid)
	if ended(fd) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at process %d: %w", id.Pid, err)
	}
	if err := check(about); err != nil {
		return err
	}
	if err := unix.PidfdSendSignal(fd, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("send %v to process %d: %w", signal, id.Pid, err)
	}
	return nil
}

// aboutOf reads /proc/<pid>. A process that has changed who it is, in part, is
// nobody's: its UID is "".
func aboutOf(pid int) (about About, err error) {
	dir := "/proc/" + strconv.Itoa(pid)
	status, err := readProc(dir + "/status")
	if err != nil {
		return about, err
	}
	for line := range strings.Lines(string(status)) {
		// Uid: real, effective, saved, file system.
		uids, ok := strings.CutPrefix(line, "Uid:")
		if f := strings.Fields(uids); ok && len(f) == 4 && f[0] == f[1] && f[1] == f[2] {
			about.UID = f[0]
		}
	}
	if about.Image, err = os.Readlink(dir + "/exe"); err != nil {
		return about, err
	}
	// What was replaced since is the same program.
	about.Image = strings.TrimSuffix(about.Image, " (deleted)")
	about.Args, err = argsOf(dir + "/cmdline")
	return about, err
}

func argsOf(name string) ([]string, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, argsLimit))
	if err != nil || len(data) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00"), nil
}
