package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// boxSlice is how long a message box is shown at most before it is shown anew,
	// as the system has no way to take one back: what was withdrawn goes by then.
	boxSlice = 15 * time.Minute
	// boxText is how much text there is room for in one, in characters.
	boxText = 2000
)

// fallBack reaches the recipient by those ways of the message's ladder that need
// no monitor, where none could show it. The Result of the first way that works
// takes the place of r; where none does, r says why in its Err, too.
func (l *letter) fallBack(ctx context.Context, r Result) Result {
	ways := l.waysLeft(r)
	if len(ways) == 0 || ctx.Err() != nil {
		return r
	}
	target, there, err := l.target(ctx)
	if err != nil || !there || l.notNow(target, time.Now()) {
		return r
	}
	// Whoever comes only now is not to show it, too. What failed has its reply, which
	// keeps everybody from that, also while the service that shows it otherwise is
	// started again.
	if r.Outcome != Failed {
		if err := l.retract(ctx); err != nil {
			l.delivery.options.Log.Warn("take the message back, to show it otherwise", "id", l.delivery.id, "err", err)
			return r
		}
	}
	n := notice{message: l.message, question: l.question(target), words: catalogue.For(localesOf(target))}
	for _, way := range ways {
		by := l.askByBox
		if way == protocol.ChannelWall {
			by = l.tellByWall
		}
		result, err := by(ctx, target, n)
		if err == nil {
			return result
		}
		if ctx.Err() != nil {
			return ended(ctx)
		}
		if l.message.Fallback != "" || !errors.Is(err, session.ErrNoWay) { // else nobody has thought of it
			r.Err = fmt.Errorf("%w; by %s: %w", r.Err, way, err)
		}
	}
	return r
}

// waysLeft are the ways without a monitor that are to be tried after a Result.
// What the sender has not asked for is tried only with others, as an
// administrator, and where a monitor was to be started.
func (l *letter) waysLeft(r Result) []string {
	switch r.Outcome {
	case Nobody, NoMonitor, Denied, Failed:
	default:
		return nil
	}
	if s := l.to.place.Scope; s == mailbox.ScopeMachine || s == mailbox.ScopeService {
		return nil // it is the service's to find a way
	}
	if l.message.Fallback == "" && (l.to.self || l.delivery.options.Launch == nil) {
		return nil
	}
	return slices.DeleteFunc(l.policy().Ladder(l.message), func(way string) bool {
		return way != protocol.ChannelWTS && way != protocol.ChannelWall
	})
}

// policy is what holds here.
func (l *letter) policy() policy.Policy {
	p, err := l.delivery.options.Computer.Policy()
	if err != nil {
		l.delivery.options.Log.Error("the policy is not followed as it is written", "err", err)
	}
	return p
}

// target is the session in which the recipient is to be reached.
func (l *letter) target(ctx context.Context) (session.Session, bool, error) {
	if !l.to.self {
		return l.session(ctx)
	}
	user, err := session.User()
	return session.Session{ID: session.Current(), User: user, UID: l.delivery.options.Computer.UID()}, true, err
}

// notNow reports whether the recipient is not to be disturbed, as far as it can
// be told without a monitor.
func (l *letter) notNow(target session.Session, now time.Time) bool {
	if l.message.Urgency == protocol.UrgencyCritical {
		return false
	}
	own, err := l.message.QuietHours()
	if err != nil {
		return true // it was validated
	}
	for _, hours := range []protocol.Hours{own, l.policy().Quiet} {
		if quiet, _ := hours.At(now); quiet {
			return true
		}
	}
	return l.message.When == protocol.WhenSkip && target.State.Away()
}

// notice is a message as the recipient reads it.
type notice struct {
	message  protocol.Message
	question dialog.Question
	words    *catalogue.Printer
}

// question is the message in the recipient's language. That an administrator
// asks is said where he does: others cannot reach anybody but themselves.
func (l *letter) question(target session.Session) dialog.Question {
	return dialog.NewQuestion(l.message, dialog.Viewer{
		Languages: localesOf(target), Queue: l.delivery.options.Queue, User: target.User,
		Trusted: !l.to.self, Organisation: l.policy().Organisation,
	})
}

func localesOf(target session.Session) []language.Tag {
	if tag, err := language.Parse(target.Locale); target.Locale != "" && err == nil {
		return []language.Tag{tag}
	}
	return session.Languages()
}

// errNotByBox is why a message is not shown in a message box.
var errNotByBox = errors.New("a message box has no field, list or tick box, and three buttons at most")

// askByBox has the session host ask in a message box of its own.
func (l *letter) askByBox(ctx context.Context, target session.Session, n notice) (Result, error) {
	buttons, ok := boxButtonsOf(n.message)
	if !ok {
		return Result{}, errNotByBox
	}
	text := cut(flat.Text(n.question, time.Now(), ""), boxText)
	if legend := buttons.legend(n.question.Buttons, n.words); legend != "" {
		text += "\n\n" + legend
	}
	box := session.Box{Title: flat.Title(n.question), Text: text, Style: buttons.style(n.message), Wait: len(n.question.Buttons) > 0}
	shown := time.Now()
	l.note(ledger.Event{Event: ledger.Shown, Channel: protocol.ChannelWTS})
	for end := l.boxEnd(shown); ; {
		box.Timeout = boxSlice
		if !end.IsZero() {
			box.Timeout = max(min(boxSlice, time.Until(end)), time.Second)
		}
		pressed, err := l.delivery.options.Computer.ShowBox(ctx, target, box)
		if err != nil {
			return Result{}, err
		}
		if pressed == session.BoxTimedOut && (end.IsZero() || time.Now().Before(end)) {
			continue // the next slice
		}
		return l.boxResult(n.message, buttons, pressed, shown, target)
	}
}

// boxEnd is when the box is to go by itself, zero = never.
func (l *letter) boxEnd(shown time.Time) time.Time {
	var end time.Time
	for _, seconds := range []int{l.message.Timeout, l.message.TTL} {
		if at := shown.Add(time.Duration(seconds) * time.Second); seconds > 0 && (end.IsZero() || at.Before(end)) {
			end = at
		}
	}
	if e := l.message.Expires; !e.IsZero() && (end.IsZero() || e.Before(end)) {
		end = e
	}
	return end
}

// boxResult is what came of a box.
func (l *letter) boxResult(m protocol.Message, buttons boxButtons, pressed int, shown time.Time, target session.Session) (Result, error) {
	reply := protocol.Reply{
		Status: protocol.StatusAnswered, Button: protocol.NoButton, Channel: protocol.ChannelWTS,
		User: target.User, Session: target.ID, ShownAt: shown, AnsweredAt: time.Now(),
	}
	number, offered := buttons.press[pressed]
	switch {
	case pressed == session.BoxTimedOut && m.Timeout > 0 && time.Since(shown) >= time.Duration(m.Timeout)*time.Second:
		reply.Status = protocol.StatusTimeout
	case pressed == session.BoxTimedOut:
		reply.Status = protocol.StatusExpired
	case pressed == session.BoxShown && len(m.Offered()) == 0:
	case offered:
		reply.Button, reply.Seen = number, true
	default:
		return Result{}, fmt.Errorf("the session host says %d, which is no button of the box", pressed)
	}
	reply, err := m.Fit(reply)
	if err != nil {
		return Result{}, err
	}
	return resultOf(reply), nil
}

// tellByWall writes the message on the recipient's terminals.
func (l *letter) tellByWall(ctx context.Context, target session.Session, n notice) (Result, error) {
	if n.message.Kind == protocol.KindProgress {
		return Result{}, errors.New("it would fill the terminal")
	}
	q := n.question
	q.Text = q.Title + "\n\n" + q.Text
	text := flat.Text(q, time.Now(), "")
	result := Result{
		Outcome: Told, Session: target.ID,
		Reply: protocol.Reply{Button: protocol.NoButton, Channel: protocol.ChannelWall, User: target.User, Session: target.ID, ShownAt: time.Now()},
	}
	if asks(n.message.Kind) {
		text += "\n\n" + n.words.Text("wall.question")
		result.Err = ErrTold
	}
	terminals, err := l.delivery.options.Computer.Write(ctx, target.UID, text)
	switch {
	case terminals > 0:
		return result, nil
	case err == nil:
		err = errors.New("the user has no terminal")
	}
	return Result{}, err
}

// cut cuts a text to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
