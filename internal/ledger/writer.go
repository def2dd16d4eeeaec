package ledger

import (
	"log/slog"
	"time"
)

const (
	waiting = 1024                   // events that may wait to be written
	batch   = 256                    // are written at once
	linger  = 200 * time.Millisecond // the first of them waits for more
)

// Writer writes events into a ledger, in a goroutine of its own. Nobody waits
// for it: what cannot be written is dropped, and the log says so once.
type Writer struct {
	place  Place
	by     string
	log    *slog.Logger
	most   limits
	events chan Event
	lost   chan struct{} // of 1: an event found no room
	quit   chan struct{}
	done   chan struct{}
}

// NewWriter returns a writer for those of by; nothing is opened before the
// first event. log may be nil. Close ends it.
func (p Place) NewWriter(by string, log *slog.Logger) *Writer {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return p.newWriter(by, log, atMost)
}

func (p Place) newWriter(by string, log *slog.Logger, most limits) *Writer {
	w := &Writer{
		place: p, by: by, log: log, most: most, events: make(chan Event, waiting), lost: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run()
	return w
}

// Record has an event written. Version, Time where it has none, By and Queue
// are filled in. It never blocks, and may be called by anybody, until Close.
func (w *Writer) Record(e Event) {
	e.Version, e.By, e.Queue = Version, w.by, w.place.queue
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	if w.place.shared {
		e.Text, e.Details = "", "" // for him who read it
	}
	select {
	case w.events <- e.bounded():
	default:
		select {
		case w.lost <- struct{}{}:
		default:
		}
	}
}

// Close has written what was recorded and ends the writer. It blocks for the
// disk, and for seconds where another process keeps the file.
func (w *Writer) Close() {
	close(w.quit)
	<-w.done
}

// run writes batches until quit is closed, and then what is left.
func (w *Writer) run() {
	defer close(w.done)
	state := &state{}
	var pending []Event
	var timer *time.Timer
	var due <-chan time.Time
	for {
		select {
		case e := <-w.events:
			if pending = append(pending, e); len(pending) == 1 {
				timer = time.NewTimer(linger)
				due = timer.C
			}
			if len(pending) < batch {
				continue
			}
		case <-due:
		case <-w.quit:
			for len(w.events) > 0 {
				pending = append(pending, <-w.events)
			}
			w.write(pending, state)
			return
		}
		timer.Stop()
		due = nil
		w.write(pending, state)
		pending = nil
	}
}

// state is what has been said already.
type state struct{ lost, failed, damaged bool }

func (w *Writer) write(pending []Event, said *state) {
	if len(pending) == 0 {
		return
	}
	aside, err := w.place.write(pending, w.most, time.Now())
	if aside && !said.damaged {
		said.damaged = true
		w.log.Warn("the ledger was damaged and has been moved aside", "path", w.place.Path()+damaged)
	}
	if err != nil && !said.failed {
		w.log.Warn("what happens to messages is not written down", "err", err)
	}
	said.failed = err != nil
	select {
	case <-w.lost:
		if !said.lost {
			w.log.Warn("more happens to messages than can be written down")
		}
		said.lost = true
	default:
	}
}
