package mailbox

import (
	"context"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// Memory is a Store in memory: the model that the others are tested against,
// and a mailbox for tests with a fake clock. Several mailboxes may share one.
type Memory struct {
	mu      sync.Mutex
	boxes   map[Box]*memoryBox        // guarded by mu
	watches map[*memoryWatch]struct{} // guarded by mu
}

type memoryBox struct {
	records map[string]Record
	changed time.Time
}

type memoryWatch struct {
	box     Box
	signals chan struct{}
}

// NewMemory returns an empty store. Its clock is time.Now.
func NewMemory() *Memory {
	return &Memory{boxes: map[Box]*memoryBox{}, watches: map[*memoryWatch]struct{}{}}
}

var _ Store = (*Memory)(nil)

// box returns a box, made if need be; mu is held.
func (s *Memory) box(box Box) *memoryBox {
	b := s.boxes[box]
	if b == nil {
		b = &memoryBox{records: map[string]Record{}}
		s.boxes[box] = b
	}
	return b
}

// signal tells the watchers of a box; mu is held.
func (s *Memory) signal(box Box) {
	for w := range s.watches {
		if w.box == box {
			select {
			case w.signals <- struct{}{}:
			default:
			}
		}
	}
}

// write puts a record in its place; mu is held.
func (s *Memory) write(box Box, name string, fields protocol.Fields) {
	b := s.box(box)
	now := time.Now()
	if _, there := b.records[name]; !there {
		b.changed = now
	}
	b.records[name] = Record{Fields: clone(fields), Written: now, Ready: true}
	s.signal(box)
}

// List implements Store.
func (s *Memory) List(box Box) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.box(box).records {
		names = append(names, name)
	}
	return names, nil
}

// Read implements Store.
func (s *Memory) Read(box Box, name string) (Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.box(box).records[protocol.Fold(name)]
	if !ok {
		return Record{}, fs.ErrNotExist
	}
	r.Fields = clone(r.Fields)
	return r, nil
}

// Create implements Store.
func (s *Memory) Create(box Box, name string, fields protocol.Fields) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = protocol.Fold(name)
	if _, there := s.box(box).records[name]; there {
		return fs.ErrExist
	}
	s.write(box, name, fields)
	return nil
}

// Replace implements Store. It holds a lock while it asks check.
func (s *Memory) Replace(box Box, name string, fields protocol.Fields, check func(Record) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = protocol.Fold(name)
	r, there := s.box(box).records[name]
	if !there {
		return fs.ErrNotExist
	}
	if err := check(r); err != nil {
		return err
	}
	s.write(box, name, fields)
	return nil
}

// TakeOver implements Store. It holds a lock while it asks void.
func (s *Memory) TakeOver(box Box, name string, fields protocol.Fields, void func(Record) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = protocol.Fold(name)
	if r, there := s.box(box).records[name]; there && !void(r) {
		return fs.ErrExist
	}
	s.write(box, name, fields)
	return nil
}

// Remove implements Store.
func (s *Memory) Remove(box Box, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = protocol.Fold(name)
	b := s.box(box)
	if _, there := b.records[name]; there {
		delete(b.records, name)
		b.changed = time.Now()
		s.signal(box)
	}
	return nil
}

// Changed implements Store.
func (s *Memory) Changed(box Box) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.box(box).changed, nil
}

// Watch implements Store.
func (s *Memory) Watch(ctx context.Context, box Box) (<-chan struct{}, error) {
	w := &memoryWatch{box, make(chan struct{}, 1)}
	w.signals <- struct{}{}
	s.mu.Lock()
	s.watches[w] = struct{}{}
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watches, w)
		close(w.signals)
	})
	return w.signals, nil
}

// SetWritten sets the last write of a record, to make it old or put it into
// the future.
func (s *Memory) SetWritten(box Box, name string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.box(box)
	if r, there := b.records[protocol.Fold(name)]; there {
		r.Written = at
		b.records[protocol.Fold(name)] = r
	}
}

func clone(fields protocol.Fields) protocol.Fields {
	c := make(protocol.Fields, len(fields))
	for name, value := range fields {
		if items, ok := value.([]string); ok {
			value = slices.Clone(items)
		}
		c[name] = value
	}
	return c
}
