package win

import "sync"

// Handles numbers Go values, for callbacks to which Win32 carries a number.
// Its zero value is ready.
type Handles[T any] struct {
	mu     sync.Mutex // guards what follows
	last   uintptr
	values map[uintptr]T
}

// Add returns a number for the value, never 0 and never given before.
func (h *Handles[T]) Add(value T) uintptr {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.values == nil {
		h.values = map[uintptr]T{}
	}
	h.last++
	h.values[h.last] = value
	return h.last
}

// Get returns the value of a number, the zero value when there is none.
func (h *Handles[T]) Get(number uintptr) T {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.values[number]
}

// Remove forgets a number.
func (h *Handles[T]) Remove(number uintptr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.values, number)
}

// Len returns how many numbers are in use.
func (h *Handles[T]) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.values)
}
