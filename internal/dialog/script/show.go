package script

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// user answers by the lines of a script.
type user struct {
	path string

	mu    sync.Mutex // guards uses of lines
	lines []line
}

// Show answers as the first matching line says. It is an error, and the
// message fails, when no line matches or when the answer is not one that the
// window offers. A notice needs no answer: whatever the line says that it does
// not offer, it has been shown; a progress bar is watched until ctx is
// cancelled. Show blocks for the line's after, or until ctx is cancelled.
func (u *user) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	shown := time.Now()
	l, ok := u.take(q)
	if !ok {
		return protocol.Reply{}, fmt.Errorf("script %s: no line matches %q", u.path, q.Title+"\n"+q.Text)
	}
	q, err := wait(ctx, l, q, updates)
	if err != nil {
		return protocol.Reply{}, err
	}
	reply, err := l.reply(q)
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("script %s: line %d: %w", u.path, l.number, err)
	}
	reply.Channel, reply.ShownAt = protocol.ChannelScript, shown
	return reply, nil
}

// Person is the same person for a rehearsal: nobody waits for him.
type Person struct{ user *user }

// LoadPerson reads the script at path. The error names the line that is wrong.
func LoadPerson(path string) (Person, error) {
	u, err := readUser(path)
	return Person{u}, err
}

// Answer is what he answers, and after which time; false where he never does. It
// is an error where no line matches, or the answer is not one that the window
// offers.
func (p Person) Answer(q dialog.Question) (r protocol.Reply, after time.Duration, answers bool, err error) {
	l, ok := p.user.take(q)
	if !ok {
		return r, 0, false, fmt.Errorf("script %s: no line matches %q", p.user.path, q.Title+"\n"+q.Text)
	}
	if l.watches(q) {
		return r, 0, false, nil
	}
	if r, err = l.reply(q); err != nil {
		return r, 0, false, fmt.Errorf("script %s: line %d: %w", p.user.path, l.number, err)
	}
	return r, l.after, true, nil
}

// take finds the line for the question and uses it once.
func (u *user) take(q dialog.Question) (line, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.lines {
		l := &u.lines[i]
		if !l.infinite && l.uses == 0 || !l.match.MatchString(q.Title+"\n"+q.Text) {
			continue
		}
		if !l.infinite {
			l.uses--
		}
		return *l, true
	}
	return line{}, false
}

// wait lets the line's time pass and returns the question as it is then.
func wait(ctx context.Context, l line, q dialog.Question, updates <-chan dialog.Question) (dialog.Question, error) {
	var over <-chan time.Time
	if !l.watches(q) {
		timer := time.NewTimer(l.after)
		defer timer.Stop()
		over = timer.C
	}
	for {
		select {
		case newer, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			q = newer
		case <-over:
			return q, nil
		case <-ctx.Done():
			return q, context.Cause(ctx)
		}
	}
}

// watches reports whether nothing is ever pressed.
func (l line) watches(q dialog.Question) bool {
	if q.Kind == protocol.KindProgress {
		_, pressed := l.pressed(q)
		closes := l.action == dismiss && q.Cancel != protocol.NoButton
		return !closes && (l.action != press || !pressed)
	}
	return l.action == timeout
}

// reply is what the line makes of the question, or an error where it is not
// what the question offers.
func (l line) reply(q dialog.Question) (protocol.Reply, error) {
	r := protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton, Checked: l.checked}
	if q.Kind == protocol.KindNotify {
		r.Button, _ = l.pressed(q)
		r.Checked = false
		return r, nil
	}
	if l.checked && q.Check == "" {
		return r, fmt.Errorf("there is no tick box")
	}
	var err error
	switch l.action {
	case dismiss:
		if q.Unclosable {
			return r, fmt.Errorf("it cannot be closed without a button")
		}
		if r.Button = q.Cancel; r.Button == protocol.NoButton {
			r.Status = protocol.StatusDismissed
		}
	case press:
		var offered bool
		if r.Button, offered = l.pressed(q); !offered {
			return r, fmt.Errorf("the button %v is not offered, but %s", l.button, offer(q))
		}
		if q.Accepts(r.Button) {
			err = submit(&r, q, preset(q))
		}
	default:
		r.Button = accepting(q)
		if r.Button == protocol.NoButton || q.Kind == protocol.KindPopup || q.Kind == protocol.KindProgress {
			return r, fmt.Errorf("%s asks for no text and no items", q.Kind)
		}
		err = submit(&r, q, l.items)
	}
	return r, err
}

// pressed finds the button of the line.
func (l line) pressed(q dialog.Question) (int, bool) {
	for _, b := range q.Buttons {
		if l.action == press && (l.button == b.Value || l.button == b.Number) {
			return b.Number, true
		}
	}
	return protocol.NoButton, false
}

func offer(q dialog.Question) string {
	if len(q.Buttons) == 0 {
		return "none"
	}
	var captions []string
	for _, b := range q.Buttons {
		captions = append(captions, fmt.Sprintf("%q (%d)", b.Value, b.Number))
	}
	return strings.Join(captions, ", ")
}

// accepting is the button that submits an answer.
func accepting(q dialog.Question) int {
	for _, b := range q.Buttons {
		if q.Accepts(b.Number) {
			return b.Number
		}
	}
	return protocol.NoButton
}

// preset is what the window would submit untouched.
func preset(q dialog.Question) []string {
	if q.Kind == protocol.KindInput {
		return []string{q.Initial}
	}
	selected := []string{}
	for _, c := range q.Choices {
		if c.Selected {
			selected = append(selected, c.Value)
		}
	}
	return selected
}

// submit puts the answer into the reply, if it is one that the window lets
// through.
func submit(r *protocol.Reply, q dialog.Question, items []string) error {
	switch q.Kind {
	case protocol.KindInput:
		if len(items) != 1 {
			return fmt.Errorf("%d texts where one is asked for", len(items))
		}
		answer := strconv.Quote(items[0])
		if q.Mask {
			answer = "typed unseen" // an error goes where no secret may
		}
		if !q.Multiline && strings.ContainsAny(items[0], "\r\n") {
			return fmt.Errorf("the answer %s has more than one line", answer)
		}
		if !(protocol.Message{Pattern: q.Pattern}).Matches(items[0]) {
			return fmt.Errorf("the answer %s does not match %q", answer, q.Pattern)
		}
		r.Answer = items[0]
	case protocol.KindChoose:
		for _, item := range items {
			if !slices.ContainsFunc(q.Choices, func(c dialog.Choice) bool { return c.Value == item }) {
				return fmt.Errorf("%q is not one of the choices", item)
			}
		}
		if q.Multiple {
			r.Items = items
			return nil
		}
		if len(items) != 1 {
			return fmt.Errorf("%d items where one is asked for", len(items))
		}
		r.Answer = items[0]
	}
	return nil
}
