package mailbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/protocol"
)

// slowLook is how often a mailbox is looked at that cannot be watched.
const slowLook = 2 * time.Second

// watcher watches the boxes of one spool for all who asked, with one inotify
// instance, of which a user has few. The library fsnotify does not do here: it
// keeps IN_UNMOUNT and IN_IGNORED to itself, follows links, and wakes on more
// than it takes.
type watcher struct {
	spool *Spool
	kick  chan struct{} // somebody came or everybody went; 1

	// arming is held while boxes are made and watched for those who asked:
	// when a subscription has ended nothing is made for it any more.
	arming sync.Mutex

	// Guarded by spool.mu:
	subscribers map[*subscriber]bool
	stopped     bool
	in          *inotify     // nil while there is none
	watched     map[Box]bool // by in
}

type subscriber struct {
	box     Box
	name    string        // the record he waits for; "" for all
	signals chan struct{} // 1
}

func (sub *subscriber) signal() {
	select {
	case sub.signals <- struct{}{}:
	default:
	}
}

// Watch implements Store. Where the limits of inotify are reached it looks
// every 2 seconds instead, and says so once in Log.
func (s *Spool) Watch(ctx context.Context, box Box) (<-chan struct{}, error) {
	return s.WatchOne(ctx, box, "")
}

// WatchOne implements oneWatcher.
func (s *Spool) WatchOne(ctx context.Context, box Box, name string) (<-chan struct{}, error) {
	if s.lacks(box) {
		return nil, errNoMonitor
	}
	sub := &subscriber{box, protocol.Fold(name), make(chan struct{}, 1)}
	s.mu.Lock()
	w := s.watcher
	if w == nil {
		w = &watcher{
			spool: s, kick: make(chan struct{}, 1), subscribers: map[*subscriber]bool{},
		}
		s.watcher = w
		go w.run()
	}
	w.subscribers[sub] = true
	if w.watched[box] {
		sub.signal()
	} else {
		w.wake()
	}
	s.mu.Unlock()
	context.AfterFunc(ctx, func() { w.leave(sub) })
	return sub.signals, nil
}

// linger is how long a watcher stays after the last subscriber has left. The
// kernel takes milliseconds to take an inotify instance down, more than a
// whole question and its answer, and who asks again soon need not pay for it.
const linger = time.Second

// leave ends a subscription. With the last one the watcher ends by itself,
// some time later.
func (w *watcher) leave(sub *subscriber) {
	w.spool.mu.Lock()
	delete(w.subscribers, sub)
	w.spool.mu.Unlock()
	w.arming.Lock()
	defer w.arming.Unlock()
	close(sub.signals) // who is no subscriber is given no more
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	if len(w.subscribers) == 0 {
		time.AfterFunc(linger, w.end)
	}
}

// end ends the watcher, unless somebody has come in the meantime.
func (w *watcher) end() {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	if len(w.subscribers) == 0 && !w.stopped {
		w.stopped = true
		w.spool.watcher = nil
		w.wake()
	}
}

// wake makes the goroutine look at what changed; spool.mu is held.
func (w *watcher) wake() {
	select {
	case w.kick <- struct{}{}:
	default:
	}
	if w.in != nil {
		_ = w.in.file.SetReadDeadline(time.Unix(1, 0)) // an inotify file has deadlines
	}
}

func (w *watcher) run() {
	for {
		in, err := w.spool.inotify()
		if err == nil {
			err = w.watch(in)
		}
		if w.use(nil) {
			return
		}
		if err != nil {
			w.spool.saySlow(err)
			w.signalAll()
			select {
			case <-w.kick:
			case <-time.After(slowLook):
			}
		}
	}
}

func (s *Spool) logTo(log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = log
}

// saySlow says once, to who is told, that changes are noticed slowly.
func (s *Spool) saySlow(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log != nil && !s.slow {
		s.slow = true
		s.log.Warn("changes in the mailbox are noticed only slowly", "every", slowLook, "error", err)
	}
}

// use makes in the instance that wake interrupts, and tells whether the
// watcher was stopped.
func (w *watcher) use(in *inotify) (stopped bool) {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	w.in, w.watched = in, map[Box]bool{}
	return w.stopped
}

func (w *watcher) signalAll() {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	for sub := range w.subscribers {
		sub.signal()
	}
}

// watch watches until the directories are not what they were, and returns
// nil, or until that is impossible. It closes in.
func (w *watcher) watch(in *inotify) error {
	defer in.file.Close()
	if w.use(in) {
		return nil
	}
	for {
		stopped, err := w.arm(in)
		if stopped || err != nil {
			return err
		}
		changed, broken, err := in.read()
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("read from inotify: %w", err)
		}
		if broken {
			w.distrust()
			return nil
		}
		w.signal(changed)
	}
}

// arm watches the boxes that somebody asked for and that are not watched.
func (w *watcher) arm(in *inotify) (stopped bool, err error) {
	w.arming.Lock()
	defer w.arming.Unlock()
	boxes, stopped := w.unwatched()
	if stopped {
		return true, nil
	}
	for _, box := range boxes {
		if err := w.spool.arm(in, box); err != nil {
			return false, err
		}
	}
	w.tell(boxes)
	return false, nil
}

// unwatched returns the boxes that somebody asked for and that are not watched.
func (w *watcher) unwatched() (boxes []Box, stopped bool) {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	_ = w.in.file.SetReadDeadline(time.Time{}) // as in wake
	for sub := range w.subscribers {
		if !w.watched[sub.box] && !slices.Contains(boxes, sub.box) {
			boxes = append(boxes, sub.box)
		}
	}
	return boxes, w.stopped
}

// tell gives all whose boxes are watched now their first signal.
func (w *watcher) tell(boxes []Box) {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	for sub := range w.subscribers {
		if slices.Contains(boxes, sub.box) {
			sub.signal()
		}
	}
	for _, box := range boxes {
		w.watched[box] = true
	}
}

// distrust has nothing watched: it is not there now.
func (w *watcher) distrust() {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	clear(w.watched)
}

func (w *watcher) signal(changed map[Box]map[string]bool) {
	if len(changed) == 0 {
		return
	}
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	for sub := range w.subscribers {
		if names := changed[sub.box]; names[sub.name] || sub.name == "" && len(names) > 0 {
			sub.signal()
		}
	}
}

const (
	inRecords = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_CLOSE_WRITE
	inSelf    = unix.IN_DELETE_SELF | unix.IN_MOVE_SELF
	inNames   = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_ATTRIB
)

// arm watches a box, in the caller's own mailbox made if it can be, and the
// directories that lead to it for their own removal. Where the box is missing,
// the nearest directory there is is watched for the name that is missing in it.
func (s *Spool) arm(in *inotify, box Box) error {
	if s.as != nil {
		return s.as(func() error { return s.armNow(in, box) })
	}
	return s.armNow(in, box)
}

func (s *Spool) armNow(in *inotify, box Box) error {
	components := append(slices.Clone(s.path), dirOf(box))
	for again := false; ; again = true {
		d, broken := s.open(s.rules == nil && s.as == nil, dirOf(box))
		if broken == nil {
			err := in.add(d.fd, inRecords|inSelf, target{box: box, records: true})
			d.Close()
			if err != nil {
				return err
			}
			return s.armAncestors(in, components)
		}
		ancestor, missing, err := s.nearest(components)
		if err != nil {
			return fmt.Errorf("watch what leads to %s: %w", s.name(components), err)
		}
		if missing == "" {
			_ = unix.Close(ancestor)
			if again {
				return broken // and not for want of a directory
			}
			continue
		}
		err = in.add(ancestor, inNames|inSelf, target{box: box, name: filepath.Base(missing)})
		_ = unix.Close(ancestor)
		if err != nil {
			return err
		}
		// What came before the watch did is seen now.
		ancestor, still, err := s.nearest(components)
		if err != nil {
			return fmt.Errorf("watch what leads to %s: %w", s.name(components), err)
		}
		_ = unix.Close(ancestor)
		if still == missing {
			return nil
		}
	}
}

// nearest opens the last directory on the way to that of components, and
// returns it with the path of what is missing in it, or is there and is not as
// it should be; "" where all is there.
func (s *Spool) nearest(components []string) (ancestor int, missing string, err error) {
	parent, err := s.openRoot()
	for at := s.root; err != nil; at = filepath.Dir(at) {
		missing = at
		if parent, err = openat(unix.AT_FDCWD, filepath.Dir(at), openDir&^unix.O_NOFOLLOW, 0); err == nil {
			return parent, missing, nil
		}
		if at == filepath.Dir(at) {
			return -1, "", err
		}
	}
	for i := range components {
		fd, err := s.step(parent, components[:i+1])
		if err == nil && s.rules == nil && i == len(components)-1 {
			if err = s.own(fd); err != nil {
				_ = unix.Close(fd)
			}
		}
		if err != nil {
			return parent, s.name(components[:i+1]), nil
		}
		_ = unix.Close(parent)
		parent = fd
	}
	return parent, "", nil
}

func (s *Spool) armAncestors(in *inotify, components []string) error {
	for n := range components {
		var fd int
		var err error
		if n == 0 {
			fd, err = s.openRoot()
		} else {
			fd, err = s.openBelow(components[:n])
		}
		if err == nil {
			err = in.add(fd, inSelf, target{})
			_ = unix.Close(fd)
		}
		if err != nil {
			return fmt.Errorf("watch what leads to %s: %w", strings.Join(components, "/"), err)
		}
	}
	return nil
}

// inotify is an inotify instance and what it watches.
type inotify struct {
	file    *os.File
	fd      int
	targets map[int32][]target
	buffer  []byte
}

// target is what a watch is for: records in a box; a name that is missing; or
// only that the directory stays where it is.
type target struct {
	box     Box
	records bool
	name    string
}

func newInotify() (*inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("make an inotify instance: %w", err)
	}
	return &inotify{os.NewFile(uintptr(fd), "inotify"), fd, map[int32][]target{}, make([]byte, 16<<10)}, nil
}

// add watches an open directory, so that it is certain which one it is.
func (in *inotify) add(dir int, mask uint32, t target) error {
	path := fmt.Sprintf("/proc/self/fd/%d", dir)
	wd, err := unix.InotifyAddWatch(in.fd, path, mask|unix.IN_ONLYDIR|unix.IN_MASK_ADD)
	if err != nil {
		return fmt.Errorf("watch a directory: %w", err)
	}
	in.targets[int32(wd)] = append(in.targets[int32(wd)], t)
	return nil
}

// read blocks for events and returns which records of which boxes changed, and
// whether a directory has gone, or come, so that all has to be opened again.
func (in *inotify) read() (changed map[Box]map[string]bool, broken bool, err error) {
	n, err := in.file.Read(in.buffer)
	if err != nil {
		return nil, false, err
	}
	changed = map[Box]map[string]bool{}
	// struct inotify_event, inotify(7): wd, mask, cookie, len, name.
	for b := in.buffer[:n]; len(b) >= unix.SizeofInotifyEvent; {
		wd := int32(binary.NativeEndian.Uint32(b[0:]))
		mask := binary.NativeEndian.Uint32(b[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
		name, _, _ := strings.Cut(string(b[unix.SizeofInotifyEvent:end]), "\x00")
		b = b[end:]
		if mask&(inSelf|unix.IN_UNMOUNT|unix.IN_IGNORED|unix.IN_Q_OVERFLOW) != 0 {
			broken = true
		}
		for _, t := range in.targets[wd] {
			if record, is := nameOf(name); is && t.records {
				if changed[t.box] == nil {
					changed[t.box] = map[string]bool{}
				}
				changed[t.box][record] = true
			}
			broken = broken || t.name != "" && (t.name == name || name == "")
		}
	}
	return changed, broken, nil
}
