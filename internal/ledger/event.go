// Package ledger keeps what happened to each message: in one ledger of the
// administrator's, which the service and senders with his rights write, and in
// one of each user's own, which his monitor writes.
package ledger

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Version is that of the JSON of an Event.
const Version = 1

// What can happen to a message. Its end has the name of the reply's status or
// of the delivery's outcome.
const (
	Put       = "put"       // a sender has put it
	Queued    = "queued"    // who attends has found it
	Claimed   = "claimed"   // and nobody else has it
	Shown     = "shown"     // or handed to what handles its kind
	Updated   = "updated"   // on screen
	Withdrawn = "withdrawn" // its sender has taken it back
	Dropped   = "dropped"   // given back by a monitor that ended; it will be shown again
	Started   = "started"   // a monitor, for want of one; Count says how many so far
)

// Who tells of an event.
const (
	BySender  = "sender"
	ByMonitor = "monitor"
	ByService = "service"
)

// Event is one step of one message. What a person typed or chose from a list
// is never in it, the caption of the button that he pressed is.
type Event struct {
	Version int       `json:"version"`
	Time    time.Time `json:"time"`
	Event   string    `json:"event"`
	By      string    `json:"by"`
	Queue   string    `json:"queue"`
	Scope   string    `json:"scope,omitempty"`
	ID      string    `json:"id,omitempty"`
	Kind    string    `json:"kind,omitempty"`
	Title   string    `json:"title,omitempty"`
	Sender  string    `json:"sender,omitempty"` // who it claims to be from
	User    string    `json:"user,omitempty"`
	UID     string    `json:"uid,omitempty"`
	Session string    `json:"session,omitempty"`
	Channel string    `json:"channel,omitempty"`
	// Button is the number of the button that was pressed, nil for none; Choice
	// is its caption.
	Button     *int       `json:"button,omitempty"`
	Choice     string     `json:"choice,omitempty"`
	Seen       bool       `json:"seen,omitempty"`
	ShownAt    *time.Time `json:"shownAt,omitempty"`
	AnsweredAt *time.Time `json:"answeredAt,omitempty"`
	Count      int        `json:"count,omitempty"`
	Why        string     `json:"why,omitempty"`
	// Text and Details are in a user's own ledger only, as he read them.
	Text    string `json:"text,omitempty"`
	Details string `json:"details,omitempty"`
}

// At is t for an Event: nil where it is not known.
func At(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

// Most bytes of what others have written.
const (
	maxName = 256
	maxLine = 1 << 10
	maxText = 16 << 10
)

// bounded is the event with nothing in it that is too long.
func (e Event) bounded() Event {
	for _, s := range []struct {
		text *string
		most int
	}{
		{&e.Event, maxName},
		{&e.Scope, maxName},
		{&e.ID, maxName},
		{&e.Kind, maxName},
		{&e.Title, maxLine},
		{&e.Sender, maxLine},
		{&e.User, maxName},
		{&e.UID, maxName},
		{&e.Session, maxName},
		{&e.Channel, maxName},
		{&e.Choice, maxLine},
		{&e.Why, maxLine},
		{&e.Text, maxText},
		{&e.Details, maxText},
	} {
		*s.text = cut(*s.text, s.most)
	}
	return e
}

// cut ends a text that is too long at the end of a character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end]) + "…"
}
