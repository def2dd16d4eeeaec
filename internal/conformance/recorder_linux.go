package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// events has what inotify told about the two boxes, in order.
type events struct {
	file  *os.File
	done  chan struct{}
	boxes map[int32]mailbox.Box

	mu     sync.Mutex
	seen   []event // guarded by mu
	err    error   // guarded by mu
	closed bool    // guarded by mu
}

type event struct {
	box  mailbox.Box
	name string
	mask uint32
}

func (s spool) watch(context.Context) (recorder, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch the mailbox: %w", os.NewSyscallError("inotify_init1", err))
	}
	e := &events{file: os.NewFile(uintptr(fd), "inotify"), done: make(chan struct{}), boxes: map[int32]mailbox.Box{}}
	for _, box := range []mailbox.Box{mailbox.Inbox, mailbox.Outbox} {
		dir := filepath.Join(s.dir, boxName(box))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, errors.Join(err, e.file.Close())
		}
		const mask = unix.IN_CREATE | unix.IN_MODIFY | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_OPEN
		wd, err := unix.InotifyAddWatch(fd, dir, mask)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("watch %s: %w", dir, err), e.file.Close())
		}
		e.boxes[int32(wd)] = box
	}
	go e.listen()
	return e, nil
}

func (e *events) listen() {
	defer close(e.done)
	conn, err := e.file.SyscallConn()
	if err == nil {
		var failed error
		err = conn.Read(func(fd uintptr) bool {
			failed = e.takeAll(int(fd))
			return failed != nil
		})
		err = errors.Join(err, failed)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.err = err
	}
}

// drain takes what there is. Whoever has seen what was written to a box has its
// event by draining: the system queues it before the write returns.
func (e *events) drain() error {
	conn, err := e.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) { failed = e.takeAll(int(fd)) })
	return errors.Join(err, failed)
}

func (e *events) takeAll(fd int) error {
	e.mu.Lock() // until they are in their place, lest two readers change their order
	defer e.mu.Unlock()
	buffer := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buffer)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return os.NewSyscallError("read", err)
		}
		e.take(buffer[:n])
	}
}

// take is called with mu held.
func (e *events) take(data []byte) {
	for len(data) >= unix.SizeofInotifyEvent {
		raw := (*unix.InotifyEvent)(unsafe.Pointer(&data[0]))
		end := unix.SizeofInotifyEvent + int(raw.Len)
		name := unix.ByteSliceToString(data[unix.SizeofInotifyEvent:end])
		e.seen = append(e.seen, event{e.boxes[raw.Wd], name, raw.Mask})
		data = data[end:]
	}
}

// all are the events until now, in order.
func (e *events) all() []event {
	err := e.drain()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
	}
	return slices.Clone(e.seen)
}

// about are the events of one file.
func (e *events) about(box mailbox.Box, id string) (masks []uint32) {
	for _, one := range e.all() {
		if one.box == box && one.name == id+extension {
			masks = append(masks, one.mask)
		}
	}
	return masks
}

func (e *events) message(id string) string {
	for _, mask := range e.about(mailbox.Inbox, id) {
		if mask&unix.IN_MODIFY != 0 {
			return "inbox/" + id + extension + " was written under that name: whoever read it then got a part of it"
		}
	}
	return ""
}

func (e *events) reply(id string) string {
	masks := e.about(mailbox.Outbox, id)
	replaced := false
	for _, mask := range masks {
		if mask&unix.IN_MOVED_TO != 0 {
			replaced = true
		} else if mask&unix.IN_MODIFY != 0 && replaced {
			return "outbox/" + id + extension + " was written to after it had been put there"
		}
	}
	if len(masks) > 0 && !replaced {
		return "outbox/" + id + extension + " was written under that name and not put there by rename"
	}
	return ""
}

func (e *events) removal(id string) string {
	message := true
	for _, one := range e.all() {
		if one.name != id+extension || one.mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) == 0 {
			continue
		}
		if one.box == mailbox.Inbox {
			message = false
		} else if message {
			return "outbox/" + id + extension + " was removed before inbox/" + id + extension
		}
	}
	return ""
}

func (e *events) looks(id string) (int, bool) {
	n := 0
	for _, mask := range e.about(mailbox.Outbox, id) {
		if mask&unix.IN_OPEN != 0 {
			n++
		}
	}
	return n, true
}

func (e *events) close() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	err := e.file.Close()
	<-e.done
	e.mu.Lock()
	defer e.mu.Unlock()
	return errors.Join(err, e.err)
}
