package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/logging"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/trust"
)

const (
	stateEnv   = "DESKBELL_STATE_DIR"
	runtimeEnv = "DESKBELL_RUNTIME_DIR"
)

// sharedBase: what the administrator's ledger is in is Deskbell's, too.
const sharedBase = true

// sharedFolder is below the state directory, whose queues do not begin with a
// dot.
func sharedFolder() (base string, below []string, err error) {
	if os.Getenv(stateEnv) == "" && os.Getenv(runtimeEnv) != "" {
		return "", nil, fmt.Errorf("with %s there is one only with %s: %w", runtimeEnv, stateEnv, fs.ErrNotExist)
	}
	base, err = mailbox.StateDir()
	return base, []string{".ledger"}, err
}

// ownFolder is the user's folder for state; with a mailbox in a place of its own
// it is there.
func ownFolder(queue string) (base string, below []string, err error) {
	if dir := os.Getenv(runtimeEnv); dir != "" {
		base, err = filepath.Abs(dir)
		return base, []string{".ledger"}, err
	}
	log, err := logging.UserFile(queue)
	if err != nil {
		return "", nil, err
	}
	folder := filepath.Dir(log.Path)
	return filepath.Dir(folder), []string{filepath.Base(folder)}, nil
}

// check looks whether others could change what leads to the ledger.
func (p Place) check() error {
	if !p.shared || os.Getenv(stateEnv) != "" {
		return nil
	}
	return trust.AdminsOnly(p.base)
}

// open opens the file of the ledger, through no link below base, where nobody
// but its owner may do anything. With os.O_CREATE it makes what is missing.
func (p Place) open(flag int) (*os.File, error) {
	create := flag&os.O_CREATE != 0
	if create {
		mode := fs.FileMode(0o700)
		if p.shared {
			mode = 0o755
		}
		if err := os.MkdirAll(p.base, mode); err != nil {
			return nil, err
		}
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	folder, err := unix.Open(p.base, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.base, Err: err}
	}
	at := p.base
	for _, name := range p.below {
		at = filepath.Join(at, name)
		below, err := openFolder(folder, name, at, create)
		_ = unix.Close(folder)
		if err != nil {
			return nil, err
		}
		folder = below
	}
	defer unix.Close(folder)
	name := p.queue + extension
	// Nobody who waits at the other end of a pipe keeps us.
	fd, err := unix.Openat(folder, name, flag|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.Path(), Err: err}
	}
	file := os.NewFile(uintptr(fd), p.Path())
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	if err == nil && (st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 || int(st.Uid) != os.Geteuid()) {
		err = &fs.PathError{Op: "open", Path: p.Path(), Err: errForeign}
	}
	if err == nil && st.Mode&0o077 != 0 {
		err = unix.Fchmod(fd, 0o600)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// errForeign is about what somebody else may have put there.
var errForeign = errors.New("it is a link, or belongs to somebody else")

func openFolder(parent int, name, path string, create bool) (int, error) {
	if create {
		if err := unix.Mkdirat(parent, name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return -1, &fs.PathError{Op: "mkdir", Path: path, Err: err}
		}
	}
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	if err == nil && int(st.Uid) != os.Geteuid() {
		err = errForeign
	}
	if err == nil && st.Mode&0o022 != 0 {
		err = unix.Fchmod(fd, 0o700)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

// unlock gives back a lock that would last as long as the file is mapped.
func unlock(file *os.File) { _ = unix.Flock(int(file.Fd()), unix.LOCK_UN) }
