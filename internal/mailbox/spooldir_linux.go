package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// directory is an open directory: an os.File without what only files that
// block need, as many are opened on the way of one message.
type directory struct {
	fd   int
	path string
}

func (d *directory) Close() { _ = unix.Close(d.fd) }

// names returns what is in the directory, in no order.
func (d *directory) names() ([]string, error) {
	fd, err := unix.FcntlInt(uintptr(d.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), d.path)
	defer f.Close()
	return f.Readdirnames(-1)
}

// open opens a directory of the mailbox without following a link below the
// root. It has to be the caller's own; a wider mode than 0700 is narrowed.
// With create it is made, and what leads to it; else fs.ErrNotExist.
func (s *Spool) open(dir string, create bool) (*directory, error) {
	components := append(slices.Clone(s.path), dir)
	path := filepath.Join(append([]string{s.root}, components...)...)
	fd, err := s.openBelow(components)
	if create && errors.Is(err, fs.ErrNotExist) {
		fd, err = s.make(components)
	}
	if err == nil {
		if err = s.own(fd); err != nil {
			_ = unix.Close(fd)
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &directory{fd, path}, nil
}

const openDir = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

func (s *Spool) openRoot() (int, error) {
	return openat(unix.AT_FDCWD, s.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

func (s *Spool) openBelow(components []string) (int, error) {
	root, err := s.openRoot()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	how := unix.OpenHow{Flags: openDir, Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_BENEATH}
	for {
		fd, err := unix.Openat2(root, strings.Join(components, "/"), &how)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, fs.ErrPermission):
			// A kernel before 5.6, or a filter that forbids what it does not know.
			return s.walk(root, components, func(parent int, name string) (int, error) {
				return openat(parent, name, openDir, 0)
			})
		}
		return fd, err
	}
}

// make opens the directory of components, making what is missing with mode
// 0700 and narrowing what is there.
func (s *Spool) make(components []string) (int, error) {
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return -1, err
	}
	root, err := s.openRoot()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	return s.walk(root, components, func(parent int, name string) (int, error) {
		if err := unix.Mkdirat(parent, name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return -1, err
		}
		fd, err := openat(parent, name, openDir, 0)
		if err == nil {
			if err = s.own(fd); err != nil {
				_ = unix.Close(fd)
			}
		}
		return fd, err
	})
}

// walk opens components one below the other.
func (s *Spool) walk(root int, components []string, open func(parent int, name string) (int, error)) (int, error) {
	parent := root
	for _, name := range components {
		fd, err := open(parent, name)
		if parent != root {
			_ = unix.Close(parent)
		}
		if err != nil {
			return -1, err
		}
		parent = fd
	}
	return parent, nil
}

// own makes sure that a directory belongs to the user and to nobody else.
func (s *Spool) own(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Uid != s.uid {
		return fmt.Errorf("it belongs to user %d: %w", st.Uid, fs.ErrPermission)
	}
	if st.Mode&0o077 != 0 {
		return unix.Fchmod(fd, 0o700)
	}
	return nil
}

// openat is openat(2), begun again when a signal comes in between.
func openat(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags, mode)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// RemovePartial removes the regular files that were last written before a
// time and are not, and will hardly be, under their final names: those of our
// own, and those of senders in the inbox.
func (s *Spool) RemovePartial(before time.Time) error {
	return errors.Join(s.removePartial(partialDir, before), s.removePartial(inboxDir, before))
}

func (s *Spool) removePartial(dir string, before time.Time) error {
	d, err := s.open(dir, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	files, err := d.names()
	if err != nil {
		return fmt.Errorf("list %s: %w", d.path, err)
	}
	var errs []error
	for _, file := range files {
		if _, record := nameOf(file); record {
			continue
		}
		var st unix.Stat_t
		err := unix.Fstatat(d.fd, file, &st, unix.AT_SYMLINK_NOFOLLOW)
		if err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || !time.Unix(st.Ctim.Unix()).Before(before) {
			continue
		}
		errs = append(errs, unlink(d, file))
	}
	return errors.Join(errs...)
}
