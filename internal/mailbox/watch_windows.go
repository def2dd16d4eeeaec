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
	notifyNames   = windows.REG_NOTIFY_CHANGE_NAME
)

// Watch implements Store. A thread of the system waits while it lasts.
func (s *Registry) Watch(ctx context.Context, box Box) (<-chan struct{}, error) {
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", keyOf(box), err)
	}
	w := &registryWatch{store: s, box: box, stop: stop, signals: make(chan struct{}, 1)}
	told := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(told)
		_ = windows.SetEvent(stop)
	})
	go func() {
		defer close(w.signals)
		w.run()
		<-told
		_ = windows.CloseHandle(stop)
	}()
	return w.signals, nil
}

type registryWatch struct {
	store   *Registry
	box     Box
	stop    windows.Handle
	signals chan struct{}
}

// watchedKey is a key and the event that is set when it changes.
type watchedKey struct {
	key, event windows.Handle
	records    bool // the box itself: all that is in it; else names only
}

func (w *registryWatch) signal() {
	select {
	case w.signals <- struct{}{}:
	default:
	}
}

// run watches until stop is set.
func (w *registryWatch) run() {
	for {
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

// open opens the box, made if it can be, and the two keys above it, where its
// being deleted, moved or made again is to be seen; where it is missing, the
// nearest keys there are.
func (w *registryWatch) open() (keys []watchedKey, err error) {
	path := append(slices.Clone(w.store.path), keyOf(w.box))
	err = w.store.each(path, true, func(depth int, key windows.Handle) {
		keys = slices.Insert(keys, 0, watchedKey{key: key, records: depth == len(path)})
		if len(keys) > 3 {
			_ = windows.RegCloseKey(keys[3].key)
			keys = keys[:3]
		}
	})
	if len(keys) == 0 {
		return nil, err
	}
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
	if !keys[0].records {
		// Made after it was found missing, before that was watched.
		if key, err := w.store.walk(append(slices.Clone(w.store.path), keyOf(w.box)), false); err == nil {
			_ = windows.RegCloseKey(key)
			return nil
		}
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

// arm has the event set by the next change, whichever thread asked.
func (k watchedKey) arm() error {
	filter := uint32(notifyNames)
	if k.records {
		filter = notifyRecords
	}
	return windows.RegNotifyChangeKeyValue(k.key, k.records, filter|windows.REG_NOTIFY_THREAD_AGNOSTIC, k.event, true)
}
