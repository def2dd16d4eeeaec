package monitor

import (
	"strings"
	"sync"

	"github.com/deskbell/deskbell/internal/ledger"
)

// book is what the ledger has been told.
type book struct {
	mu     sync.Mutex
	events []ledger.Event // guarded by mu
}

func (b *book) record(e ledger.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

// noted compares what the ledger was told, as ID:EVENT and what goes with it,
// and begins anew.
func (s *stage) noted(want string) {
	s.t.Helper()
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	var got []string
	for _, e := range s.book.events {
		line := e.ID + ":" + e.Event
		if e.Scope == "assigned" {
			line = "@" + line
		}
		for _, more := range []string{e.Title, e.Text, e.Choice, e.Channel} {
			if more != "" {
				line += "," + more
			}
		}
		if e.Seen {
			line += ",seen"
		}
		got = append(got, line)
		if e.User != "alice" || e.Session != "1" {
			s.t.Errorf("%s: of %q in session %q", s.line, e.User, e.Session)
		}
	}
	s.book.events = nil
	if strings.Join(got, " ") != strings.TrimSpace(want) {
		s.t.Fatalf("%s: it was told %s", s.line, strings.Join(got, " "))
	}
}
