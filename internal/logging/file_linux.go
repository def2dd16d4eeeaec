package logging

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// openAppend opens a file to append, or makes it. It refuses links, and does
// not wait for who reads from a pipe.
func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
}

// openLock opens a file that is only there to be locked.
func openLock(path string) (*os.File, error) { return openAppend(path) }

// tryLock locks a file until it is closed; false where another has it.
func tryLock(file *os.File) (bool, error) {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, os.NewSyscallError("flock", err)
}
