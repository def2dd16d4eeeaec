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
	two, three, once, repeat uintptr // C function pointers

	mu    sync.Mutex // functions are added by Idle from any goroutine
	next  uintptr
	byKey map[uintptr]func(argument uintptr) bool
}

func newSignals() *signals {
	s := &signals{byKey: map[uintptr]func(uintptr) bool{}}
	s.two = purego.NewCallback(func(_, data uintptr) uintptr { return s.call(data, 0) })
	s.three = purego.NewCallback(func(_, argument, data uintptr) uintptr { return s.call(data, argument) })
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

// OnEvent calls f at each signal of the form gboolean f(object, argument,
// data); true keeps the signal from going further.
func (l *Library) OnEvent(w Widget, signal string, f func(argument uintptr) bool) {
	l.connect(uintptr(w), signal, l.signals.three, l.signals.add(f), 0, 0)
}

// OnEventAfter is OnEvent for what nothing else has made use of.
func (l *Library) OnEventAfter(w Widget, signal string, f func(argument uintptr) bool) {
	const after = 1 // G_CONNECT_AFTER
	l.connect(uintptr(w), signal, l.signals.three, l.signals.add(f), 0, after)
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
