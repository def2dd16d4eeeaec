package child

import (
	"io"
	"sync"
)

// input writes lines to a child that may be slow to take them, or never do.
type input struct {
	pipe  io.WriteCloser
	wake  chan struct{} // has room for one
	ended chan struct{} // closed when the goroutine has ended

	mu       sync.Mutex // guards what is below
	next     []byte     // not yet written, nil = none
	finished bool
	closing  sync.Once
}

func newInput(pipe io.WriteCloser) *input {
	in := &input{pipe: pipe, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go in.write()
	return in
}

func (in *input) send(data []byte) {
	in.mu.Lock()
	in.next = append(append(make([]byte, 0, len(data)+1), data...), '\n')
	in.mu.Unlock()
	in.signal()
}

// finish closes the pipe when everything has been written.
func (in *input) finish() {
	in.mu.Lock()
	in.finished = true
	in.mu.Unlock()
	in.signal()
}

// close closes the pipe at once; a write that blocks fails.
func (in *input) close() {
	in.closing.Do(func() { _ = in.pipe.Close() })
	in.finish()
}

func (in *input) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

func (in *input) write() {
	defer close(in.ended)
	for range in.wake {
		in.mu.Lock()
		data, finished := in.next, in.finished
		in.next = nil
		in.mu.Unlock()
		if data != nil {
			// A child that reads no more tells what is wrong by its end.
			if _, err := in.pipe.Write(data); err != nil {
				in.close()
				return
			}
		}
		if finished {
			in.closing.Do(func() { _ = in.pipe.Close() })
			return
		}
	}
}
