package mailbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/windows"
)

// slowLook is how often a mailbox is looked at that cannot be watched.
const slowLook = 2 * time.Second

const (
	notifyRecords = windows.REG_NOTIFY_CHANGE_NAME | windows.REG_NOTIFY_CHANGE_LAST_SET
	// That a key is put right which others could write is to be seen, too.
	notifyNames = windows.REG_NOTIFY_CHANGE_NAME | windows.REG_NOTIFY_CHANGE_SECURITY
)

// linger is how long a watch stays after the last who asked for it has left:
// who asks one question after the other need not pay for it each time.
const linger = time.Second

// registryWatch watches a box for all who asked. A thread of the system waits
// while it lasts.
type registryWatch struct {
	store *Registry
	box   Box
	stop  windows.Handle // an event

	// Guarded by store.mu:
	subscribers map[chan struct{}]bool
	watching    bool // changes are signalled, at once or slowly
}

// Watch implements Store.
func (s *Registry) Watch(ctx context.Context, box Box) (<-chan struct{}, error) {
	if s.lacks(box) {
		return nil, errNoMonitor
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watches[box]
	if w == nil {
		stop, err := windows.CreateEvent(nil, 1, 0, nil)
		if err != nil {
			return nil, fmt.Errorf("watch %s: %w", keyOf(box), err)
		}
		w = &registryWatch{store: s, box: box, stop: stop, subscribers: map[chan struct{}]bool{}}
		s.watches[box] = w
		go w.run()
	}
	signals := make(chan struct{}, 1)
	w.subscribers[signals] = true
	if w.watching {
		signals <- struct{}{}
	}
	context.AfterFunc(ctx, func() { w.leave(signals) })
	return signals, nil
}

// leave ends a subscription. With the last one the watch ends by itself, some
// time later.
func (w *registryWatch) leave(signals chan struct{}) {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	delete(w.subscribers, signals)
	close(signals) // under mu, as signals are given
	if len(w.subscribers) > 0 {
		return
	}
	if w.store.lends {
		w.endNow()
		return
	}
	time.AfterFunc(linger, w.end)
}

// end ends the watch, unless somebody has come in the meantime.
func (w *registryWatch) end() {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	w.endNow()
}

// endNow ends the watch if nobody is there; store.mu is held.
func (w *registryWatch) endNow() {
	if len(w.subscribers) == 0 && w.store.watches[w.box] == w {
		delete(w.store.watches, w.box)
		_ = windows.SetEvent(w.stop)
	}
}

// watchedKey is a key and the event that is set when it changes.
type watchedKey struct {
	key, event windows.Handle
	depth      int  // how many components of the path lead to it
	records    bool // the box itself: all that is in it; else names only
}

// signal tells everybody, and from now on who comes, to look.
func (w *registryWatch) signal() {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	w.watching = true
	for signals := range w.subscribers {
		select {
		case signals <- struct{}{}:
		default:
		}
	}
}

// opening has who comes wait until the keys are watched. It ends the watch
// where nobody is there, for whom keys that are gone need not be made again.
func (w *registryWatch) opening() (over bool) {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	w.watching = false
	over = len(w.subscribers) == 0
	if over && w.store.watches[w.box] == w {
		delete(w.store.watches, w.box)
	}
	return over
}

// run watches until stop is set.
func (w *registryWatch) run() {
	defer func() {
		w.store.mu.Lock() // who set it has done with it
		defer w.store.mu.Unlock()
		_ = windows.CloseHandle(w.stop)
	}()
	for !w.opening() {
		keys, err := w.open()
		if err == nil {
			err = w.watch(keys)
		}
		for _, k := range keys {
			_ = windows.RegCloseKey(k.key)
			_ = windows.CloseHandle(k.event)
		}
		timeout := uint32(0)
		if err != nil && !errors.Is(err, windows.ERROR_KEY_DELETED) {
			timeout = uint32(slowLook / time.Millisecond)
			w.signal()
		}
		if event, err := windows.WaitForSingleObject(w.stop, timeout); err != nil || event == windows.WAIT_OBJECT_0 {
			return
		}
	}
}

// open opens the box, made if it is a user mailbox's, and the two keys above it, where its
// being deleted, moved or made again is to be seen; where it is missing, the
// nearest keys there are.
func (w *registryWatch) open() (keys []watchedKey, err error) {
	path := append(slices.Clone(w.store.path), keyOf(w.box))
	err = w.store.each(path, w.store.rules == nil, func(depth int, key windows.Handle) {
		keys = slices.Insert(keys, 0, watchedKey{key: key, depth: depth, records: depth == len(path)})
		if len(keys) > 3 {
			_ = windows.RegCloseKey(keys[3].key)
			keys = keys[:3]
		}
	})
	if len(keys) == 0 {
		return nil, err
	}
	keys[0].records = keys[0].records && err == nil
	for i := range keys {
		if keys[i].event, err = windows.CreateEvent(nil, 0, 0, nil); err != nil {
			return keys, err
		}
	}
	return keys, nil
}

// watch signals changes until the keys have to be opened again.
func (w *registryWatch) watch(keys []watchedKey) error {
	events := []windows.Handle{w.stop}
	for i := len(keys) - 1; i >= 0; i-- {
		if err := keys[i].arm(); err != nil {
			return err
		}
	}
	for _, k := range keys {
		events = append(events, k.event)
	}
	if !keys[0].records && w.leadsFurther(keys[0].depth) {
		return nil
	}
	for {
		w.signal()
		event, err := windows.WaitForMultipleObjects(events, false, windows.INFINITE)
		if err != nil {
			return err
		}
		n := int(event) - windows.WAIT_OBJECT_0 - 1
		if n < 0 || !keys[n].records {
			return nil
		}
		// A change between the event and here would be lost: what re-arms
		// signals, so that everybody looks once more.
		if err := keys[n].arm(); err != nil {
			return err
		}
	}
}

// leadsFurther tells whether the box, or a key on the way to it, was made
// after it was found missing and before the one above it was watched: nobody
// would be told.
func (w *registryWatch) leadsFurther(depth int) bool {
	var keys []windows.Handle
	err := w.store.each(append(slices.Clone(w.store.path), keyOf(w.box)), false, func(_ int, key windows.Handle) {
		keys = append(keys, key)
	})
	for _, key := range keys {
		_ = windows.RegCloseKey(key)
	}
	return err == nil || len(keys) > depth
}

// arm has the event set by the next change, whichever thread asked.
func (k watchedKey) arm() error {
	filter := uint32(notifyNames)
	if k.records {
		filter = notifyRecords
	}
	return windows.RegNotifyChangeKeyValue(k.key, k.records, filter|windows.REG_NOTIFY_THREAD_AGNOSTIC, k.event, true)
}
