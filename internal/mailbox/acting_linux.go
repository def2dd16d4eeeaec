package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os/user"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// asUser returns what runs functions under the file-system ids of a user, on a
// thread of their own that ends with them. Whatever links, modes or owners the
// user has there, no more is done than he could do himself. It blocks as long
// as the function does.
func asUser(uid uint32) func(func() error) error {
	gid := sync.OnceValue(func() uint32 { return groupOf(uid) })
	return func(do func() error) error {
		ended := make(chan error, 1)
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with its ids
			if err := become(uid, gid()); err != nil {
				ended <- fmt.Errorf("act as user %d: %w", uid, err)
				return
			}
			ended <- do()
		}()
		return <-ended
	}
}

// become gives the calling thread the user's file-system ids and no other
// groups. The system calls tell no errors, so they are read back.
func become(uid, gid uint32) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 {
		return errno
	}
	for _, id := range []struct {
		set  func(int) (int, error)
		want uint32
	}{{unix.SetfsgidRetGid, gid}, {unix.SetfsuidRetUid, uid}} {
		if _, err := id.set(int(id.want)); err != nil {
			return err
		}
		const none = -1 // is no id, so that it only asks
		if now, err := id.set(none); err != nil || uint32(now) != id.want {
			return errors.Join(err, fs.ErrPermission)
		}
	}
	return nil
}

// groupOf returns the user's group, nobody's where that is not known: nothing
// in a mailbox is for groups.
func groupOf(uid uint32) uint32 {
	const nobody = 65534
	u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return nobody
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nobody
	}
	return uint32(gid)
}

// acting is a spool that belongs to another user than the caller.
type acting struct{ *Spool }

var _ Store = acting{}

// List implements Store.
func (a acting) List(box Box) (names []string, err error) {
	err = a.as(func() (err error) { names, err = a.Spool.List(box); return err })
	return names, err
}

// Read implements Store.
func (a acting) Read(box Box, name string) (r Record, err error) {
	err = a.as(func() (err error) { r, err = a.Spool.Read(box, name); return err })
	return r, err
}

// Create implements Store.
func (a acting) Create(box Box, name string, fields protocol.Fields) error {
	return a.as(func() error { return a.Spool.Create(box, name, fields) })
}

// Replace implements Store.
func (a acting) Replace(box Box, name string, fields protocol.Fields, check func(Record) error) error {
	return a.as(func() error { return a.Spool.Replace(box, name, fields, check) })
}

// TakeOver implements Store. It does not wait for another who takes over, or
// pretends to: he has been first.
func (a acting) TakeOver(box Box, name string, fields protocol.Fields, void func(Record) bool) error {
	err := a.as(func() error { return a.Spool.TakeOver(box, name, fields, void) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return fs.ErrExist
	}
	return err
}

// Remove implements Store.
func (a acting) Remove(box Box, name string) error {
	return a.as(func() error { return a.Spool.Remove(box, name) })
}

// Changed implements Store.
func (a acting) Changed(box Box) (at time.Time, err error) {
	err = a.as(func() (err error) { at, err = a.Spool.Changed(box); return err })
	return at, err
}

// RemovePartial implements partial.
func (a acting) RemovePartial(before time.Time) error {
	return a.as(func() error { return a.Spool.RemovePartial(before) })
}

// shared is a mailbox of administrators and one user, who each write one box
// of it, opened by root: what is the user's is done as the user.
type shared struct {
	admins *Spool
	users  acting
}

var _ Store = &shared{}

// of returns the store that a box is to be had from.
func (s *shared) of(box Box) Store {
	if s.theirs(box) {
		return s.users
	}
	return s.admins
}

// theirs tells whether the user writes a box.
func (s *shared) theirs(box Box) bool {
	return s.admins.rule(append(s.admins.path[:len(s.admins.path):len(s.admins.path)], dirOf(box))) == trust.FromUser
}

// List implements Store.
func (s *shared) List(box Box) ([]string, error) { return s.of(box).List(box) }

// Read implements Store.
func (s *shared) Read(box Box, name string) (Record, error) { return s.of(box).Read(box, name) }

// Create implements Store.
func (s *shared) Create(box Box, name string, fields protocol.Fields) error {
	return s.made(box, func() error { return s.of(box).Create(box, name, fields) })
}

// Replace implements Store.
func (s *shared) Replace(box Box, name string, fields protocol.Fields, check func(Record) error) error {
	return s.of(box).Replace(box, name, fields, check)
}

// TakeOver implements Store.
func (s *shared) TakeOver(box Box, name string, fields protocol.Fields, void func(Record) bool) error {
	return s.made(box, func() error { return s.of(box).TakeOver(box, name, fields, void) })
}

// Remove implements Store.
func (s *shared) Remove(box Box, name string) error { return s.of(box).Remove(box, name) }

// Changed implements Store.
func (s *shared) Changed(box Box) (time.Time, error) { return s.of(box).Changed(box) }

// Watch implements Store.
func (s *shared) Watch(ctx context.Context, box Box) (<-chan struct{}, error) {
	return s.of(box).Watch(ctx, box)
}

// WatchOne implements oneWatcher.
func (s *shared) WatchOne(ctx context.Context, box Box, name string) (<-chan struct{}, error) {
	if one, ok := s.of(box).(oneWatcher); ok {
		return one.WatchOne(ctx, box, name)
	}
	return s.of(box).Watch(ctx, box)
}

func (s *shared) logTo(log *slog.Logger) {
	s.admins.logTo(log)
	s.users.logTo(log)
}

// RemovePartial implements partial.
func (s *shared) RemovePartial(before time.Time) error {
	var errs []error
	for _, box := range []Box{Inbox, Outbox} {
		if s.theirs(box) {
			errs = append(errs, s.users.as(func() error { return s.users.removePartial(box, before) }))
		} else {
			errs = append(errs, s.admins.removePartial(box, before))
		}
	}
	return errors.Join(errs...)
}

// made does something in a box, once more after making the mailbox where it
// was missing: the user cannot, as what his box lies in is administrators'.
func (s *shared) made(box Box, do func() error) error {
	err := do()
	if !s.theirs(box) || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.admins.makeAll(); err != nil {
		return err
	}
	return do()
}
