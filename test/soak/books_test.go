package soak

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// answers are the buttons that the person presses, by what is asked.
var answers = map[string]string{"yes": "Yes", "later": "No", "wait": "Yes"}

// books are what is known of each message; what does not add up is an error.
type books struct {
	mu      sync.Mutex
	entries map[string]*entry // by id; guarded by mu
	died    int               // monitors; guarded by mu
	errors  []string          // guarded by mu
}

// entry is what is known of a message.
type entry struct {
	asked   string
	scope   mailbox.Scope // that of the service knows nobody to answer, and says so
	fetched int           // how often the reply came
	failed  bool          // that reply said that it could not be shown, as it could not
	excused bool          // one who had fetched it, or asked, was killed; or nobody attended
	shown   int
	windows map[int]int // how often by which monitor
	killed  bool        // its window was
	died    int         // monitors until it was asked
	retaken int         // how often it was put, taken back as nobody attended, and put again
	seen    []string    // what happened to it, and when
}

func newBooks() *books { return &books{entries: map[string]*entry{}} }

// notes enters what has happened to a message, to be read where it was wrong.
func (b *books) notes(id, format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.note(id, format, args...)
}

// note is notes for a caller who holds mu.
func (b *books) note(id, format string, args ...any) {
	if e := b.entries[id]; e != nil {
		e.seen = append(e.seen, time.Now().Format("05.000 ")+fmt.Sprintf(format, args...))
	}
}

// story is all that has happened to a message.
func (b *books) story(id string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[id]; e != nil {
		return strings.Join(e.seen, "\n")
	}
	return ""
}

func (b *books) wrong(format string, args ...any) {
	b.errors = append(b.errors, fmt.Sprintf(format, args...))
}

// asks enters a message.
func (b *books) asks(id, asked string, scope mailbox.Scope) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[id] != nil {
		b.wrong("%s was asked twice", id)
	}
	b.entries[id] = &entry{asked: asked, scope: scope, windows: map[int]int{}, died: b.died}
}

// over reports whether somebody has the reply.
func (b *books) over(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[id]
	return e != nil && e.fetched > 0
}

// opens enters a window of a monitor: late is whether the message had its reply
// when it was about to open, and alive whether the monitor was still there.
func (b *books) opens(id string, monitor int, late, alive bool) (asked string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[id]
	if e == nil {
		b.wrong("%s was shown, and never asked", id)
		return ""
	}
	if late && alive {
		b.wrong("%s was shown after it was answered", id)
	}
	b.note(id, "window of %d, late %t, there %t", monitor, late, alive)
	if alive && e.windows[monitor] > e.retaken {
		b.wrong("%s was shown twice by one monitor", id)
	}
	if e.scope == mailbox.ScopeService {
		b.wrong("%s was shown, and is for the service", id)
	}
	if alive { // of an orphan it is not known whose it was
		e.windows[monitor]++
	}
	e.shown++
	return e.asked
}

// retakes enters that a message was taken back, to be put again.
func (b *books) retakes(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries[id].retaken++
	b.note(id, "taken back")
}

// dies enters that a monitor was killed.
func (b *books) dies() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.died++
}

// kills enters that the window of a message is about to be killed.
func (b *books) kills(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[id]; e != nil {
		e.killed = true
		b.note(id, "window killed")
	}
}

// gets enters a reply as a sender printed it; killed is whether he was, and
// may not have cleared away yet.
func (b *books) gets(id, reply string, killed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[id]
	var r struct{ Status, Choice, Error string }
	if err := json.Unmarshal([]byte(reply), &r); err != nil {
		b.wrong("%s: %v: %s", id, err, reply)
	}
	want := "answered"
	if e.scope == mailbox.ScopeService {
		want = "rejected"
	}
	switch {
	case r.Status == "failed" && r.Choice == "" && (e.killed || b.died > e.died && strings.HasSuffix(r.Error, "3 have ended at once")):
		e.failed = true
	case r.Status != want, r.Status == "answered" && r.Choice != answers[e.asked]:
		b.wrong("%s, %q: %s", id, e.asked, reply)
	}
	b.note(id, "got %s, killed %t", r.Status, killed)
	e.fetched++
	e.excused = e.excused || killed
}

// excuses enters that nobody will fetch the reply.
func (b *books) excuses(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries[id].excused = true
}

// leaves enters what is still in a mailbox.
func (b *books) leaves(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[id]; e == nil || !e.excused {
		b.wrong("%s is left", id)
	}
}

// judge returns all that is wrong.
func (b *books) judge() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(b.entries)) {
		e := b.entries[id]
		switch {
		case e.fetched > 1:
			b.wrong("%s was answered %d times", id, e.fetched)
		case e.fetched == 0 && !e.excused:
			b.wrong("%s is lost", id)
		case e.fetched == 1 && !e.failed && e.scope != mailbox.ScopeService && e.shown == 0:
			b.wrong("%s was answered, and never shown", id)
		}
	}
	return b.errors
}

// sum says in one line what has happened.
func (b *books) sum() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var shown, failed, excused int
	fetched := map[mailbox.Scope]int{}
	for _, e := range b.entries {
		shown += e.shown
		switch {
		case e.failed:
			failed++
		case e.fetched > 0:
			fetched[e.scope]++
		default:
			excused++
		}
	}
	return fmt.Sprintf("%d messages: answered %v, %d failed whose window was killed or one monitor after the other, %d not fetched whose sender was killed or nobody attended; %d windows",
		len(b.entries), fetched, failed, excused, shown)
}
