//go:build linux

package gtk

import (
	"sync"

	"github.com/ebitengine/purego"
)

// signals hands C callbacks on to Go functions. purego never frees a callback
// and has room for some two thousand, so there is one for each form, and the
// user data of a connection is the number of its function.
type signals struct {
	two, three, key, once, repeat uintptr // C function pointers

	mu    sync.Mutex // functions are added by Idle from any goroutine
	next  uintptr
	byKey map[uintptr]func(argument uintptr) bool
	keys  map[uintptr]func(Key) bool
}

func newSignals() *signals {
	s := &signals{byKey: map[uintptr]func(uintptr) bool{}, keys: map[uintptr]func(Key) bool{}}
	s.two = purego.NewCallback(func(_, data uintptr) uintptr { return s.call(data, 0) })
	s.three = purego.NewCallback(func(_, argument, data uintptr) uintptr { return s.call(data, argument) })
	s.key = purego.NewCallback(func(_, value, _, modifiers, data uintptr) uintptr {
		if s.keys[data](Key{uint32(value), uint32(modifiers)}) {
			return 1
		}
		return 0
	})
	s.repeat = purego.NewCallback(func(data uintptr) uintptr { return s.call(data, 0) })
	s.once = purego.NewCallback(func(data uintptr) uintptr {
		s.call(data, 0)
		s.forget(data)
		return 0
	})
	return s
}

func (s *signals) add(f func(argument uintptr) bool) uintptr {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	s.byKey[s.next] = f
	return s.next
}

func (s *signals) forget(key uintptr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byKey, key)
}

func (s *signals) call(key, argument uintptr) uintptr {
	s.mu.Lock()
	f := s.byKey[key]
	s.mu.Unlock()
	if f != nil && f(argument) {
		return 1
	}
	return 0
}

// On calls f at each signal of the form void f(object, data).
func (l *Library) On(w Widget, signal string, f func()) {
	key := l.signals.add(func(uintptr) bool { f(); return false })
	l.connect(uintptr(w), signal, l.signals.two, key, 0, 0)
}

// OnNotify calls f when a property of the widget has changed.
func (l *Library) OnNotify(w Widget, property string, f func()) {
	l.onEvent(w, "notify::"+property, 0, func(uintptr) bool { f(); return false })
}

// OnClose calls f instead of closing the window when the person closes it.
func (l *Library) OnClose(window Widget, f func()) {
	closed := func(uintptr) bool { f(); return true }
	if l.Version == 3 {
		l.onEvent(window, "delete-event", 0, closed)
	} else {
		l.connect(uintptr(window), "close-request", l.signals.two, l.signals.add(closed), 0, 0)
	}
}

// OnShown calls f when the window has come on screen.
func (l *Library) OnShown(window Widget, f func()) {
	if l.Version == 3 {
		l.onEvent(window, "map-event", 0, func(uintptr) bool { f(); return false })
	} else {
		l.On(window, "map", f)
	}
}

// OnKey calls first for each key before a widget sees it, and last for those
// that nothing has made use of; true keeps the key from going further.
func (l *Library) OnKey(window Widget, first, last func(Key) bool) {
	const after = 1 // G_CONNECT_AFTER
	if l.Version == 3 {
		l.onEvent(window, "key-press-event", 0, func(event uintptr) bool { return first(l.keyEvent(event)) })
		l.onEvent(window, "key-press-event", after, func(event uintptr) bool { return last(l.keyEvent(event)) })
		return
	}
	const capture, bubble = 1, 3 // GtkPropagationPhase
	l.onKey(window, capture, func(k Key) bool {
		// Escape does not come back from a widget that has the focus.
		return first(k) || k.Value == KeyEscape && last(k)
	})
	l.onKey(window, bubble, last)
}

func (l *Library) onKey(window Widget, phase int32, f func(Key) bool) {
	controller := l.keyController()
	l.phase(controller, phase)
	l.addController(window, controller)
	number := l.signals.add(nil)
	l.signals.keys[number] = f
	l.connect(controller, "key-pressed", l.signals.key, number, 0, 0)
}

// onEvent calls f at each signal of the form gboolean f(object, argument,
// data).
func (l *Library) onEvent(w Widget, signal string, flags uint32, f func(argument uintptr) bool) {
	l.connect(uintptr(w), signal, l.signals.three, l.signals.add(f), 0, flags)
}

// After calls f once, ms milliseconds from now.
func (l *Library) After(ms uint32, f func()) {
	l.timeout(ms, l.signals.once, l.signals.add(func(uintptr) bool { f(); return false }))
}

// Every calls f every ms milliseconds for as long as it returns true.
func (l *Library) Every(ms uint32, f func() bool) {
	l.timeout(ms, l.signals.repeat, l.signals.add(func(uintptr) bool { return f() }))
}

// Idle calls f soon on the thread of the main loop. It may be called from any
// goroutine.
func (l *Library) Idle(f func()) {
	l.idleAdd(l.signals.once, l.signals.add(func(uintptr) bool { f(); return false }))
}

// Iterate waits for the next thing that happens and handles it.
func (l *Library) Iterate() { l.iterate(0, true) }
