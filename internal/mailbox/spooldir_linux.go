package mailbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
)

// directory is an open directory: an os.File without what only files that
// block need, as many are opened on the way of one message.
type directory struct {
	fd   int
	path string
	rule trust.Rule // what is in it is the user's, or administrators'
	most int        // how many names are listed; 0 for all
}

func (d *directory) Close() { _ = unix.Close(d.fd) }

// names returns what is in the directory, in no order; nothing where it has been
// removed.
func (d *directory) names() (names []string, err error) {
	// Where it was read before, it would go on from there.
	if _, err := unix.Seek(d.fd, 0, io.SeekStart); err != nil {
		return nil, err
	}
	buffer := make([]byte, 8<<10)
	for d.most == 0 || len(names) < d.most {
		n, err := unix.ReadDirent(d.fd, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if errors.Is(err, unix.ENOENT) {
			return nil, nil // it was removed since it was opened
		}
		if err != nil || n <= 0 {
			return names, err
		}
		most := -1
		if d.most > 0 {
			most = d.most - len(names)
		}
		_, _, names = unix.ParseDirent(buffer[:n], most, names)
	}
	return names, nil
}

// open opens a directory of the mailbox without following a link below the
// root. In a user mailbox it has to be the user's own; a wider mode than 0700
// is narrowed. In another, nobody but whom the table says may be able to write
// it, nor what leads to it; what is not so is not there. With create it is
// made, and what leads to it, if the caller is who makes it; else
// fs.ErrNotExist.
func (s *Spool) open(create bool, below ...string) (*directory, error) {
	components := append(slices.Clone(s.path), below...)
	fd, err := s.openBelow(components)
	if create && errors.Is(err, fs.ErrNotExist) {
		fd, err = s.make(components, err)
	}
	if err == nil && s.rules == nil {
		if err = s.own(fd); err != nil {
			_ = unix.Close(fd)
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: s.name(components), Err: err}
	}
	d := &directory{fd: fd, path: s.name(components), rule: s.rule(components)}
	if s.as != nil {
		d.most = mostRecords
	}
	return d, nil
}

// name is the path of a directory.
func (s *Spool) name(components []string) string {
	return filepath.Join(append([]string{s.root}, components...)...)
}

// rule is who may do what in a directory.
func (s *Spool) rule(components []string) trust.Rule {
	if s.rules == nil {
		return trust.OfUser
	}
	return s.rules[filepath.Join(append([]string{"."}, components...)...)]
}

const openDir = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

func (s *Spool) openRoot() (int, error) {
	fd, err := openat(unix.AT_FDCWD, s.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil && s.rules != nil {
		if err = s.check(fd, nil); err != nil {
			_ = unix.Close(fd)
		}
	}
	return fd, err
}

func (s *Spool) openBelow(components []string) (int, error) {
	if s.rules == nil && s.as == nil {
		// At once, where there is no link on the way to the root either.
		how := unix.OpenHow{Flags: openDir, Resolve: unix.RESOLVE_NO_SYMLINKS}
		fd, err := unix.Openat2(unix.AT_FDCWD, s.name(components), &how)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return fd, err
		}
	}
	root, err := s.openRoot()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	if s.rules != nil {
		return s.walk(root, components, s.step)
	}
	how := unix.OpenHow{Flags: openDir, Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_BENEATH}
	if s.as != nil {
		how.Resolve |= unix.RESOLVE_NO_XDEV
	}
	for {
		fd, err := unix.Openat2(root, strings.Join(components, "/"), &how)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, fs.ErrPermission):
			// A kernel before 5.6, or a filter that forbids what it does not know.
			return s.walk(root, components, s.step)
		case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EXDEV):
			// Step by step it is seen which one.
			return s.walk(root, components, s.step)
		}
		return fd, err
	}
}

// step opens the last of the components in the one above it. Below the root of
// other mailboxes than a user's it has to be as the table says.
func (s *Spool) step(parent int, components []string) (int, error) {
	fd, err := s.openIn(parent, components[len(components)-1], openDir, 0)
	if s.rules == nil {
		return fd, s.misplaced(components, err)
	}
	switch {
	case errors.Is(err, unix.EXDEV):
		return -1, s.distrusted(components, "is mounted from elsewhere")
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return -1, s.distrusted(components, "is a link or no directory")
	case errors.Is(err, unix.EACCES) && (s.waits() || s.as != nil):
		return -1, s.distrusted(components, "cannot be read by its user")
	case err != nil:
		return -1, err
	}
	if err := s.check(fd, components); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// misplaced names the component of a path that is no directory of the mailbox.
func (s *Spool) misplaced(components []string, err error) error {
	switch {
	case errors.Is(err, unix.EXDEV):
		return fmt.Errorf("%s is mounted from elsewhere: %w", s.name(components), err)
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return fmt.Errorf("%s is a link or no directory: %w", s.name(components), err)
	}
	return err
}

// waits tells whether the caller is the user whom administrators make the
// mailbox for: what he may not read is not there, for him.
func (s *Spool) waits() bool { return !s.makes && int(s.uid) == os.Geteuid() }

// untrusted is a component that could be another's work. Nobody is told what
// is in it, as if it were not there.
type untrusted struct{ err *trust.Error }

func (e untrusted) Error() string   { return e.err.Error() }
func (e untrusted) Unwrap() []error { return []error{e.err, fs.ErrNotExist} }

func (s *Spool) distrusted(components []string, reason string) error {
	whole := append(slices.Clone(s.path), components[min(len(components), len(s.path)):]...)
	return untrusted{&trust.Error{Path: s.name(whole), Component: s.name(components), Reason: reason}}
}

// check makes sure that nobody but whom the table says can write a directory.
func (s *Spool) check(fd int, components []string) error {
	rule := s.rule(components)
	if rule == trust.FromUser {
		var foreign foreignError
		err := s.own(fd)
		if errors.As(err, &foreign) {
			err = s.distrusted(components, fmt.Sprintf("belongs to user %d, not to %d", foreign, s.uid))
		}
		return err
	}
	fault, err := s.fault(fd)
	if err != nil {
		return fmt.Errorf("look at %s: %w", s.name(components), err)
	}
	if fault != "" {
		return s.distrusted(components, fault)
	}
	return nil
}

// fault says why others than administrators can write what is open, "" if they
// cannot.
func (s *Spool) fault(fd int) (fault string, err error) {
	for _, admin := range s.admins {
		if fault, err = trust.OnlyWriter(fd, admin); err != nil || fault == "" {
			break
		}
	}
	return fault, err
}

// make opens the directory of components, making what is missing. In other
// mailboxes than a user's administrators do that, and have it be as the table
// says; else it is still missing, for the reason that is given.
func (s *Spool) make(components []string, missing error) (int, error) {
	if s.rules != nil {
		switch {
		case s.makes && !s.inFromUser(components):
			// All of it: whoever attends could not make an Outbox to reply in.
			if err := s.makeAll(); err != nil {
				return -1, err
			}
			return s.establish(components)
		case s.inFromUser(components):
			return s.makePartial(components)
		}
		return -1, missing
	}
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return -1, err
	}
	root, err := s.openRoot()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	return s.walk(root, components, func(parent int, components []string) (int, error) {
		name := components[len(components)-1]
		if err := unix.Mkdirat(parent, name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return -1, err
		}
		fd, err := openat(parent, name, openDir, 0)
		if err == nil {
			if err = s.own(fd); err != nil {
				_ = unix.Close(fd)
			}
		}
		return fd, s.misplaced(components, err)
	})
}

// inFromUser tells whether a directory lies in one that the user writes. It is
// for him to make, and to remove: administrators do not touch what could be
// something else.
func (s *Spool) inFromUser(components []string) bool {
	return len(components) > 0 && s.rule(components[:len(components)-1]) == trust.FromUser
}

// makePartial opens a directory of the user's in one that is there, and makes
// it where it is missing.
func (s *Spool) makePartial(components []string) (int, error) {
	parent, err := s.openBelow(components[:len(components)-1])
	if s.makes && errors.Is(err, fs.ErrNotExist) {
		parent, err = s.establish(components[:len(components)-1])
	}
	if err != nil {
		return -1, err
	}
	defer unix.Close(parent)
	err = unix.Mkdirat(parent, components[len(components)-1], 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return -1, err
	}
	return s.step(parent, components)
}

// walk opens components one below the other.
func (s *Spool) walk(root int, components []string, open func(parent int, components []string) (int, error)) (int, error) {
	parent := root
	for i := range components {
		fd, err := open(parent, components[:i+1])
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

// own makes sure that a directory belongs to the user and, where he is the
// caller, to nobody else.
func (s *Spool) own(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Uid != s.uid {
		return foreignError(st.Uid)
	}
	return s.narrow(fd, st.Mode, 0o700)
}

// foreignError is the user to whom a directory belongs instead of to its own.
type foreignError uint32

func (e foreignError) Error() string { return fmt.Sprintf("it belongs to user %d", uint32(e)) }
func (foreignError) Unwrap() error   { return fs.ErrPermission }

// narrow takes from others what they may do with something of the caller's.
func (s *Spool) narrow(fd int, mode, to uint32) error {
	if mode&0o077 == 0 || s.as != nil || int(s.uid) != os.Geteuid() {
		return nil
	}
	return unix.Fchmod(fd, to)
}

// openIn is openat, which for another user does not go into what is mounted
// there: what a user mounts may answer when it likes, or never.
func (s *Spool) openIn(dir int, name string, flags int, mode uint32) (int, error) {
	if s.as == nil {
		return openat(dir, name, flags, mode)
	}
	return openHere(dir, name, flags, mode)
}

// openHere is openat that gives EXDEV for what is mounted, with kernels that
// can tell.
func openHere(dir int, name string, flags int, mode uint32) (int, error) {
	how := unix.OpenHow{Flags: uint64(flags), Mode: uint64(mode), Resolve: unix.RESOLVE_NO_XDEV}
	for {
		fd, err := unix.Openat2(dir, name, &how)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			return openat(dir, name, flags, mode)
		}
		return fd, err
	}
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
	var errs []error
	for _, box := range []Box{Inbox, Outbox} {
		errs = append(errs, s.removePartial(box, before))
	}
	return errors.Join(errs...)
}

// removePartial is RemovePartial for what is on its way to one box.
func (s *Spool) removePartial(box Box, before time.Time) error {
	err := s.removeFiles(before, s.partial(box)...)
	if box == Inbox {
		err = errors.Join(err, s.removeFiles(before, inboxDir))
	}
	return err
}

func (s *Spool) removeFiles(before time.Time, below ...string) error {
	d, err := s.open(false, below...)
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
