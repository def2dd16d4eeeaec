package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// Spool is a Store in directories: one JSON file for each record.
type Spool struct {
	log *slog.Logger // told, once, when changes can be noticed only slowly; nil = nobody

	root string   // opened by its path, whatever links lead there
	path []string // the directories below it, opened without following any
	uid  uint32   // the user, who has to own what is his

	// Of other mailboxes than a user's:
	rules  map[string]trust.Rule // by the path below the root; nil where all is the user's
	admins []uint32              // who counts as administrator; who makes directories is the last
	makes  bool                  // the caller makes what is missing

	// as runs a function under the user's file-system ids, where he is not the
	// caller; nil where he is.
	as func(func() error) error

	mu      sync.Mutex
	odd     map[Box]map[string][]string // guarded by mu; files of a name that are not spelled so
	watcher *watcher                    // guarded by mu; nil while nobody watches
	slow    bool                        // guarded by mu; it has been said

	inotify func() (*inotify, error) // makes an instance; for tests
}

// NewSpool returns the mailbox in a directory that belongs to the caller. It
// and the directories above it are made when they are needed.
func NewSpool(dir string) *Spool {
	dir = filepath.Clean(dir)
	return newSpool(filepath.Dir(dir), filepath.Base(dir))
}

func newSpool(root string, path ...string) *Spool {
	return &Spool{root: root, path: path, uid: uint32(os.Geteuid()), odd: map[Box]map[string][]string{}, inotify: newInotify}
}

var _ Store = (*Spool)(nil)

// The directories of a mailbox. Records are written in the last one, or in one
// of that name for each box, which nobody watches, and put in their place from
// there.
const (
	inboxDir   = "inbox"
	outboxDir  = "outbox"
	monitorDir = "monitor"
	partialDir = ".partial"
	lockFile   = ".lock" // in the outbox
	extension  = ".json"
)

func dirOf(box Box) string {
	switch box {
	case Inbox:
		return inboxDir
	case Outbox:
		return outboxDir
	}
	return monitorDir
}

// partial is where the records of a box are written.
func (s *Spool) partial(box Box) []string {
	if s.rules == nil {
		return []string{partialDir}
	}
	return []string{dirOf(box), partialDir}
}

// lacks tells whether the mailbox has no such box.
func (s *Spool) lacks(box Box) bool { return s.rules != nil && box == Monitor }

// mayWrite returns an error where the table has somebody else write a box.
func (s *Spool) mayWrite(box Box) error {
	if s.rules == nil {
		return nil
	}
	if s.lacks(box) {
		return errNoMonitor
	}
	dir := append(slices.Clone(s.path), dirOf(box))
	if rule := s.rule(dir); rule != trust.OfUser && rule != trust.FromUser && !s.makes {
		return fmt.Errorf("administrators alone write %s: %w", s.name(dir), fs.ErrPermission)
	}
	return nil
}

// fileOf returns the name of a record's file, or an error for a name that
// cannot be one.
func fileOf(name string) (string, error) {
	if name == "" || name[0] == '.' || len(name) > 200 || strings.ContainsAny(name, "/\x00") {
		return "", fmt.Errorf("%q cannot be the name of a record: %w", name, fs.ErrInvalid)
	}
	return protocol.Fold(name) + extension, nil
}

// nameOf returns the name of the record in a file; false for a file that is
// none.
func nameOf(file string) (string, bool) {
	cut := len(file) - len(extension)
	if cut <= 0 || file[0] == '.' || !strings.EqualFold(file[cut:], extension) {
		return "", false
	}
	return protocol.Fold(file[:cut]), true
}

// List implements Store.
func (s *Spool) List(box Box) ([]string, error) {
	if s.lacks(box) {
		return nil, nil
	}
	d, err := s.open(false, dirOf(box))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	files, err := d.names()
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", d.path, err)
	}
	names := files[:0]
	odd := map[string][]string{}
	seen := map[string]bool{}
	for _, file := range files {
		name, ok := nameOf(file)
		if !ok {
			continue
		}
		if file != name+extension {
			odd[name] = append(odd[name], strings.Clone(file))
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.odd[box] = odd
	return names, nil
}

// spellings returns the files of a record that are not spelled as its name
// is, as the last List saw them.
func (s *Spool) spellings(box Box, name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.odd[box][protocol.Fold(name)]
}

// Read implements Store.
func (s *Spool) Read(box Box, name string) (Record, error) {
	if s.lacks(box) {
		return Record{}, fs.ErrNotExist
	}
	d, err := s.open(false, dirOf(box))
	if err != nil {
		return Record{}, err
	}
	defer d.Close()
	_, r, err := s.find(d, box, name)
	return r, err
}

// find reads a record and returns the name of its file. Of several spellings
// of one name the folded one counts, else the first by the alphabet. Only
// senders spell otherwise, so that only in the Inbox it is worth a look.
func (s *Spool) find(d *directory, box Box, name string) (string, Record, error) {
	file, err := fileOf(name)
	if err != nil {
		return "", Record{}, err
	}
	r, err := s.readFile(d, file)
	if box != Inbox || !errors.Is(err, fs.ErrNotExist) {
		return file, r, err
	}
	// What is there and no record has its one name: looking for others would
	// cost a listing for each piece of junk.
	if len(s.spellings(box, name)) == 0 && !errors.Is(err, errNoRecord) {
		if _, err := s.List(box); err != nil {
			return "", Record{}, err
		}
	}
	odd := slices.Sorted(slices.Values(s.spellings(box, name)))
	for _, file := range odd {
		if r, err := s.readFile(d, file); !errors.Is(err, fs.ErrNotExist) {
			return file, r, err
		}
	}
	return file, Record{}, notExist(d, file)
}

// Create implements Store.
func (s *Spool) Create(box Box, name string, fields protocol.Fields) error {
	if err := s.mayWrite(box); err != nil {
		return err
	}
	file, err := fileOf(name)
	if err != nil {
		return err
	}
	if len(s.spellings(box, name)) > 0 {
		if _, err := s.Read(box, name); err == nil || isFieldError(err) {
			return fs.ErrExist
		}
	}
	d, err := s.open(true, dirOf(box))
	if err != nil {
		return err
	}
	defer d.Close()
	return s.create(box, d, file, fields)
}

func (s *Spool) create(box Box, d *directory, file string, fields protocol.Fields) error {
	return s.write(box, fields, func(partial *directory, temporary string) error {
		err := unix.Renameat2(partial.fd, temporary, d.fd, file, unix.RENAME_NOREPLACE)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
			err = unix.Linkat(partial.fd, temporary, d.fd, file, 0)
			if err == nil {
				return unix.Unlinkat(partial.fd, temporary, 0)
			}
		}
		return err
	})
}

// Replace implements Store.
func (s *Spool) Replace(box Box, name string, fields protocol.Fields, check func(Record) error) error {
	if err := s.mayWrite(box); err != nil {
		return err
	}
	d, err := s.open(false, dirOf(box))
	if err != nil {
		return err
	}
	defer d.Close()
	file, r, err := s.find(d, box, name)
	if err != nil && !isFieldError(err) {
		return err
	}
	if err := check(r); err != nil {
		return err
	}
	return s.write(box, fields, func(partial *directory, temporary string) error {
		// An exchange, unlike a plain rename, fails where the file is gone.
		err := unix.Renameat2(partial.fd, temporary, d.fd, file, unix.RENAME_EXCHANGE)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
			return unix.Renameat(partial.fd, temporary, d.fd, file)
		}
		if err != nil {
			return err
		}
		return unlink(partial, temporary)
	})
}

// TakeOver implements Store: checking, removing and creating are done under a
// lock that every taker-over takes and that dies with its holder.
func (s *Spool) TakeOver(box Box, name string, fields protocol.Fields, void func(Record) bool) error {
	if err := s.mayWrite(box); err != nil {
		return err
	}
	file, err := fileOf(name)
	if err != nil {
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	d, err := s.open(true, dirOf(box))
	if err != nil {
		return err
	}
	defer d.Close()
	r, err := s.readFile(d, file)
	if err != nil && !isFieldError(err) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// What is there and is no record was put by nobody who claims: it goes.
	if !errors.Is(err, fs.ErrNotExist) && !void(r) {
		return fs.ErrExist
	}
	if err := unlink(d, file); err != nil {
		return err
	}
	return s.create(box, d, file, fields)
}

// lockWait is how long another taker-over is waited for, who needs
// milliseconds.
const lockWait = 500 * time.Millisecond

// lock takes the lock of the mailbox. While another has it, it blocks, at most
// for lockWait: any program of the user's can hold it for ever. Who has more
// rights than the user does not wait for it.
func (s *Spool) lock() (unlock func(), err error) {
	d, err := s.open(true, outboxDir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	fd, err := s.openIn(d.fd, lockFile, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err == nil {
		until := time.Now()
		if s.as == nil {
			until = until.Add(lockWait)
		}
		err = flock(fd, until)
	}
	if err != nil {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
		return nil, fmt.Errorf("lock %s: %w", filepath.Join(d.path, lockFile), err)
	}
	return func() { _ = unix.Close(fd) }, nil
}

// flock is flock(2) with a time after which it gives up. The system has none:
// it is tried again and again, which only those do who contend.
func flock(fd int, until time.Time) error {
	for {
		err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) || !time.Now().Before(until) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// Remove implements Store.
func (s *Spool) Remove(box Box, name string) error {
	file, err := fileOf(name)
	if err != nil || s.lacks(box) {
		return err
	}
	d, err := s.open(false, dirOf(box))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	err = unix.Unlinkat(d.fd, file, 0)
	if errors.Is(err, unix.EISDIR) && s.as != nil {
		// Another user's junk would be in the way of every sweep.
		err = d.removeFolder(file)
	}
	there := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", filepath.Join(d.path, file), err)
	}
	if box != Inbox {
		return nil
	}
	if !there && len(s.spellings(box, name)) == 0 {
		if _, err := s.List(box); err != nil {
			return err
		}
	}
	for _, file := range s.spellings(box, name) {
		if err := unlink(d, file); err != nil {
			return err
		}
	}
	return nil
}

// unlink removes a file, or an empty directory in the place of one; no error
// where there is none.
func unlink(d *directory, file string) error {
	err := unix.Unlinkat(d.fd, file, 0)
	if errors.Is(err, unix.EISDIR) {
		err = unix.Unlinkat(d.fd, file, unix.AT_REMOVEDIR)
	}
	if errors.Is(err, unix.ENOTEMPTY) {
		// Not wrapped: it counts as fs.ErrExist, which means a record here.
		return fmt.Errorf("remove %s: %v", filepath.Join(d.path, file), err)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", filepath.Join(d.path, file), err)
	}
	return nil
}

// Changed implements Store.
func (s *Spool) Changed(box Box) (time.Time, error) {
	if s.lacks(box) {
		return time.Time{}, nil
	}
	d, err := s.open(false, dirOf(box))
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	defer d.Close()
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		return time.Time{}, fmt.Errorf("stat %s: %w", d.path, err)
	}
	return time.Unix(st.Mtim.Unix()), nil
}
