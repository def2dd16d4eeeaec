package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

func deletePlace(p Place) error {
	if p.Scope == ScopeUser {
		s, err := userSpool(p)
		if err != nil {
			return err
		}
		return s.acting(func() error { return s.delete(inboxDir, outboxDir, monitorDir, partialDir) })
	}
	s, err := stateSpool(p)
	if err != nil {
		return err
	}
	if !s.makes {
		return fmt.Errorf("administrators alone delete it: %w", fs.ErrPermission)
	}
	return s.delete(inboxDir, outboxDir)
}

// delete removes boxes of the mailbox, and the directories that lead to it as
// far as they are empty then.
func (s *Spool) delete(boxes ...string) error {
	fd, err := s.openAsIs(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: s.name(s.path), Err: err}
	}
	defer unix.Close(fd)
	for _, box := range boxes {
		if err := s.deleteBox(fd, box); err != nil {
			return err
		}
	}
	return s.deleteWay()
}

// deleteBox removes a directory with all that is in it. One that somebody else
// can write is taken from him first.
func (s *Spool) deleteBox(parent int, box string) error {
	components := append(slices.Clone(s.path), box)
	fd, err := openHere(parent, box, openDir, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		// A link goes, not what it leads to.
		if err := unix.Unlinkat(parent, box, 0); err != nil {
			return &fs.PathError{Op: "remove", Path: s.name(components), Err: err}
		}
		return nil
	case err != nil:
		return &fs.PathError{Op: "open", Path: s.name(components), Err: err}
	}
	d := &directory{fd: fd, path: s.name(components), most: mostRecords}
	defer d.Close()
	if s.rules != nil {
		if err := trust.OfAdmins.Folder(s.people()).Apply(fd); err != nil {
			return fmt.Errorf("take %s over: %w", d.path, err)
		}
	}
	if err := d.clear(); err != nil {
		return err
	}
	if err := unix.Unlinkat(parent, box, unix.AT_REMOVEDIR); err != nil {
		return &fs.PathError{Op: "remove", Path: d.path, Err: err}
	}
	return nil
}

// deleteWay removes the directories that lead to the mailbox, from the last
// one, until one is not empty.
func (s *Spool) deleteWay() error {
	kept := func(err error) bool {
		return errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, fs.ErrExist) || errors.Is(err, unix.EBUSY)
	}
	for n := len(s.path); n > 0; n-- {
		parent, err := s.openAsIs(s.path[:n-1])
		if err != nil {
			return &fs.PathError{Op: "open", Path: s.name(s.path[:n-1]), Err: err}
		}
		err = unix.Unlinkat(parent, s.path[n-1], unix.AT_REMOVEDIR)
		_ = unix.Close(parent)
		if kept(err) {
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &fs.PathError{Op: "remove", Path: s.name(s.path[:n]), Err: err}
		}
	}
	if s.rules == nil {
		return nil // the runtime directory is the system's
	}
	if err := os.Remove(s.root); err != nil && !kept(err) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// mostPasses is how deep a directory may be for clear, and how often it may
// find something new.
const mostPasses = 10_000

// clear removes what is in a directory, through no link. What is deeper is
// brought to its top first, so that however deep it is two directories are open
// at a time, and nothing of it is found by a path that somebody could change.
func (d *directory) clear() error {
	for range mostPasses {
		names, err := d.names()
		if err != nil {
			return fmt.Errorf("list %s: %w", d.path, err)
		}
		if len(names) == 0 {
			return nil
		}
		for _, name := range names {
			err := removeAt(d.fd, name)
			if errors.Is(err, unix.ENOTEMPTY) {
				err = d.flatten(name)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove %s/%s: %w", d.path, name, err)
			}
		}
	}
	return fmt.Errorf("clear %s: it is too deep, or somebody fills it", d.path)
}

// removeFolder removes a directory there with all that is in it.
func (d *directory) removeFolder(name string) error {
	fd, err := openHere(d.fd, name, openDir, 0)
	if err != nil {
		return err
	}
	sub := &directory{fd: fd, path: d.path + "/" + name, most: d.most}
	defer sub.Close()
	if err := sub.clear(); err != nil {
		return err
	}
	return unix.Unlinkat(d.fd, name, unix.AT_REMOVEDIR)
}

// removeAt removes what is no directory, or an empty one.
func removeAt(dir int, name string) error {
	err := unix.Unlinkat(dir, name, 0)
	if errors.Is(err, unix.EISDIR) {
		err = unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
	}
	return err
}

// flatten brings what is in a directory there to the top and removes it.
func (d *directory) flatten(name string) error {
	fd, err := openHere(d.fd, name, openDir, 0)
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil // exchanged meanwhile: it is found again
	}
	if err != nil {
		return err
	}
	sub := &directory{fd: fd, path: d.path + "/" + name, most: d.most}
	defer sub.Close()
	names, err := sub.names()
	if err != nil {
		return err
	}
	for _, inner := range names {
		err := removeAt(sub.fd, inner)
		if errors.Is(err, unix.ENOTEMPTY) {
			err = unix.Renameat(sub.fd, inner, d.fd, ".deleted-"+protocol.NewID())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err = unix.Unlinkat(d.fd, name, unix.AT_REMOVEDIR)
	if errors.Is(err, unix.ENOTEMPTY) {
		return nil // it is found again
	}
	return err
}
