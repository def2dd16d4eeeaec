package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
)

func (s *Spool) people() trust.People {
	return trust.People{Admin: s.admins[len(s.admins)-1], User: s.uid}
}

// establish opens the directory of components in a mailbox that administrators
// make, and makes it and what leads to it as the table says. Each directory is
// put right before what is in it is looked at.
func (s *Spool) establish(components []string) (int, error) {
	if err := os.MkdirAll(filepath.Dir(s.root), 0o755); err != nil {
		return -1, err
	}
	if err := unix.Mkdir(s.root, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return -1, &fs.PathError{Op: "mkdir", Path: s.root, Err: err}
	}
	root, err := openat(unix.AT_FDCWD, s.root, openDir&^unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: s.root, Err: err}
	}
	defer unix.Close(root)
	var st unix.Stat_t
	if err := unix.Fstat(root, &st); err != nil {
		return -1, &fs.PathError{Op: "stat", Path: s.root, Err: err}
	}
	if st.Mode&unix.S_ISVTX != 0 {
		// Somebody has named a directory such as /tmp: it is not ours to change.
		return -1, &trust.Error{Path: s.root, Component: s.root, Reason: "is shared by everybody"}
	}
	if err := s.correct(root, nil); err != nil {
		return -1, err
	}
	return s.walk(root, components, func(parent int, components []string) (int, error) {
		name := components[len(components)-1]
		if err := unix.Mkdirat(parent, name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return -1, &fs.PathError{Op: "mkdir", Path: s.name(components), Err: err}
		}
		fd, err := s.openAny(parent, components, openDir)
		if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
			// Not wrapped: it is there.
			return -1, &trust.Error{Path: s.name(components), Component: s.name(components), Reason: "is a link or no directory"}
		}
		if err != nil {
			return -1, &fs.PathError{Op: "open", Path: s.name(components), Err: err}
		}
		if err := s.correct(fd, components); err != nil {
			_ = unix.Close(fd)
			return -1, err
		}
		return fd, nil
	})
}

// correct gives a directory the permissions of the table, if it has others.
func (s *Spool) correct(fd int, components []string) error {
	p := s.rule(components).Folder(s.people())
	differs, err := p.Differs(fd)
	if err == nil && differs != "" {
		err = p.Apply(fd)
	}
	if err != nil {
		return fmt.Errorf("who may do what with %s: %w", s.name(components), err)
	}
	return nil
}

// folders are the directories of the mailbox as components, what leads to one
// before it.
func (s *Spool) folders() [][]string {
	folders := [][]string{}
	for folder := range s.rules {
		if folder != "." {
			folders = append(folders, strings.Split(folder, "/"))
		}
	}
	slices.SortFunc(folders, slices.Compare)
	return folders
}

func makePlace(p Place) error {
	if p.Scope == ScopeUser {
		s, err := userSpool(p)
		if err != nil {
			return err
		}
		return s.makeUser()
	}
	s, err := stateSpool(p)
	if err != nil {
		return err
	}
	if !s.makes {
		return fmt.Errorf("administrators alone make it: %w", fs.ErrPermission)
	}
	return s.makeAll()
}

// makeAll makes all that is not the user's to make.
func (s *Spool) makeAll() error {
	for _, folder := range s.folders() {
		if s.inFromUser(folder) {
			continue
		}
		fd, err := s.establish(folder)
		if err != nil {
			return err
		}
		_ = unix.Close(fd)
	}
	return nil
}

// makeUser makes the boxes of a user mailbox.
func (s *Spool) makeUser() error {
	return s.acting(func() error {
		for _, box := range []Box{Inbox, Outbox, Monitor} {
			d, err := s.open(true, dirOf(box))
			if err != nil {
				return err
			}
			d.Close()
		}
		return nil
	})
}

// acting runs do as the user, if he is another.
func (s *Spool) acting(do func() error) error {
	if s.as == nil {
		return do()
	}
	return s.as(do)
}

func inspectPlace(p Place) ([]Component, error) {
	if p.Scope == ScopeUser {
		s, err := userSpool(p)
		if err != nil {
			return nil, err
		}
		var found []Component
		err = s.acting(func() error { found = s.inspectUser(); return nil })
		return found, err
	}
	s, err := stateSpool(p)
	if err != nil {
		return nil, err
	}
	found := []Component{{s.root, s.inspect(nil)}}
	for _, folder := range s.folders() {
		if folder[len(folder)-1] == partialDir {
			// It is made when it is needed.
			if err := s.inspect(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
				found = append(found, Component{s.name(folder), err})
			}
			continue
		}
		found = append(found, Component{s.name(folder), s.inspect(folder)})
	}
	return found, nil
}

// inspect says what is wrong with one directory.
func (s *Spool) inspect(components []string) error {
	fd, err := s.openAsIs(components)
	if err != nil {
		return &fs.PathError{Op: "open", Path: s.name(components), Err: err}
	}
	defer unix.Close(fd)
	p := s.rule(components).Folder(s.people())
	if fault, err := s.fault(fd); err == nil && fault == "" {
		// Of several who count as administrators it may be any one's.
		if owner, err := ownerOf(fd); err == nil && p.Owner == s.people().Admin {
			p.Owner = owner
		}
	}
	differs, err := p.Differs(fd)
	if err == nil && differs != "" {
		err = errors.New(differs)
	}
	return err
}

func ownerOf(fd int) (uint32, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return st.Uid, err
}

// openAsIs opens a directory to look at it, through no link below the root.
func (s *Spool) openAsIs(components []string) (int, error) {
	root, err := openat(unix.AT_FDCWD, s.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil || len(components) == 0 {
		return root, err
	}
	defer unix.Close(root)
	return s.walk(root, components, func(parent int, components []string) (int, error) {
		fd, err := s.openAny(parent, components, openDir|unix.O_PATH)
		return fd, s.misplaced(components, err)
	})
}

// openAny opens the last of the components in the one above it, whoever can
// write it. What its user may have mounted over it is not opened.
func (s *Spool) openAny(parent int, components []string, flags int) (int, error) {
	name := components[len(components)-1]
	if s.as != nil || s.rule(components) == trust.FromUser {
		return openHere(parent, name, flags, 0)
	}
	return openat(parent, name, flags, 0)
}

// inspectUser says what is wrong with the directories of a user mailbox.
func (s *Spool) inspectUser() []Component {
	var found []Component
	look := func(components ...string) {
		problem := func() error {
			fd, err := s.openAsIs(components)
			if err != nil {
				return &fs.PathError{Op: "open", Path: s.name(components), Err: err}
			}
			defer unix.Close(fd)
			differs, err := trust.OfUser.Folder(trust.People{User: s.uid}).Differs(fd)
			if err == nil && differs != "" {
				err = errors.New(differs)
			}
			return err
		}()
		found = append(found, Component{s.name(components), problem})
	}
	for i := range s.path {
		look(s.path[:i+1]...)
	}
	for _, box := range []Box{Inbox, Outbox, Monitor} {
		look(append(slices.Clone(s.path), dirOf(box))...)
	}
	return found
}

// list returns the directories in one of those that lead to mailboxes, sorted.
func (s *Spool) list(components []string, wanted func(name string) bool) ([]string, error) {
	open := s.openRoot
	if len(components) > 0 {
		open = func() (int, error) { return s.openBelow(components) }
	}
	way, err := open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: s.name(components), Err: err}
	}
	defer unix.Close(way)
	fd, err := openat(way, ".", openDir, 0) // the root is open as a path only
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: s.name(components), Err: err}
	}
	d := &directory{fd: fd, path: s.name(components), most: mostRecords}
	defer d.Close()
	return d.folders(wanted)
}

// folders returns the directories that are wanted, sorted.
func (d *directory) folders(wanted func(name string) bool) ([]string, error) {
	names, err := d.names()
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", d.path, err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		var st unix.Stat_t
		err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		return err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR || !wanted(name)
	})
	slices.Sort(names)
	return names, nil
}
