package monitor

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/protocol"
)

func (m *monitor) act(a action) {
	l := a.letter
	switch a.do {
	case show:
		m.show(l)
	case finish:
		m.finish(l, a.reply)
	case closeWindow:
		l.window.closing = true
		l.window.cancel(a.cause)
	case remind:
		m.remind(l)
	case lookAgain:
		l.claimed, l.retry = false, time.Time{}
	}
}

// show claims a message and starts its processor.
func (m *monitor) show(l *letter) {
	if l.read != m.scans { // it may have been rewritten while it waited
		m.read(l)
	}
	sender, waits := m.sender(l)
	if !l.due(m.Session) || l.problem != nil || l.orphaned || !m.claim(l) {
		m.stale = true
		return
	}
	now := time.Now()
	ctx, cancel := context.WithCancelCause(m.life)
	w := &window{opened: now, cancel: cancel, updates: make(chan protocol.Message, 1)}
	if l.message.Timeout > 0 && m.Dialog != nil {
		w.deadline = now.Add(time.Duration(l.message.Timeout) * time.Second)
	}
	l.window = w
	w.remindAt = l.reminder(now)
	m.agenda.later(w.deadline)
	m.agenda.later(w.remindAt)
	if !m.beside(l) {
		m.modal = l
	}
	message, handler := l.message, m.processor(l.box, l.message.Kind)
	m.Log.Info("shown", "id", l.id)
	m.note(l, m.told(l, ledger.Shown))
	m.tasks.Go(func() {
		reply, err := handler.Process(ctx, message, w.updates)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		cancel(nil)
		m.tell(func() { m.processed(l, reply, err) })
	})
	if waits {
		m.tasks.Go(func() {
			if m.Wait(ctx, sender) == nil {
				m.tell(func() {
					if l.window == w { // else another sender waits by now, for the same id
						l.orphaned, m.stale = true, true
					}
				})
			}
		})
	}
}

// sender is the process that waits for the answer, if the message names one.
// Where it runs no more the letter is orphaned.
func (m *monitor) sender(l *letter) (process.ID, bool) {
	if l.message.SenderPid == 0 {
		return process.ID{}, false
	}
	id := process.ID{Pid: l.message.SenderPid, Started: l.message.SenderStarted}
	if id.Started == "" {
		// A script may know its pid only: then it is the process that has it now.
		var err error
		if id, err = process.Of(id.Pid); errors.Is(err, fs.ErrNotExist) {
			l.orphaned = true
		} else if err != nil {
			return id, false
		}
	} else if !id.Running() {
		l.orphaned = true
	}
	return id, true
}

// claim makes the letter this monitor's, or notes whose it is. What its sender has
// cleared away since it was read is nobody's, though it can be claimed, as its reply
// has gone too.
func (m *monitor) claim(l *letter) bool {
	claim := protocol.Reply{Status: protocol.StatusShown, Session: m.Session, User: m.User}
	if m.Dialog == nil {
		claim.Status = protocol.StatusWaiting
	}
	err := l.box.Claim(l.id, claim)
	switch {
	case err == nil && l.box.Gone(l.id):
		l.gone = true
		if err := l.box.Drop(l.id); err != nil {
			m.Log.Error("drop the claim", "id", l.id, "err", err)
		}
	case err == nil:
		m.Log.Info("claimed", "id", l.id)
		m.noteQueued(l)
		m.note(l, ledger.Event{Event: ledger.Claimed})
		return true
	case errors.Is(err, mailbox.ErrSpent):
		l.spent = true
	case errors.Is(err, mailbox.ErrClaimed):
		l.claimed = true
		m.waitForClaimant(l)
	default:
		m.Log.Error("claim", "id", l.id, "err", err)
		l.claimed, l.retry = true, time.Now().Add(retryAfter)
	}
	return false
}

// retryAfter is when to look again at a claim that nothing else tells about:
// as long as a claim without a pid may last.
const retryAfter = 10 * time.Second

// waitForClaimant looks at the message again when the process that holds it
// ends without having answered.
func (m *monitor) waitForClaimant(l *letter) {
	_, holder, err := l.box.State(l.id)
	if err != nil || holder.Pid == 0 {
		l.retry = time.Now().Add(retryAfter)
		return
	}
	claimant := process.ID{Pid: holder.Pid, Started: holder.Started}
	m.tasks.Go(func() {
		if m.Wait(m.life, claimant) == nil {
			m.tell(func() { l.claimed, m.stale = false, true })
		}
	})
}

// finish replies to a message that is not shown.
func (m *monitor) finish(l *letter, reply protocol.Reply) {
	if m.claim(l) {
		m.reply(l, reply)
	}
}

// processed turns what the processor returned into the reply.
func (m *monitor) processed(l *letter, reply protocol.Reply, err error) {
	w := l.window
	if m.doubtful(w, reply, err) {
		m.reconsider(l, reply, err)
		return
	}
	l.window = nil
	if m.modal == l {
		m.modal = nil
	}
	if l.gone || errors.Is(err, processor.ErrWithdrawn) || errors.Is(err, processor.ErrStopping) {
		m.drop(l)
		return
	}
	if err != nil {
		failed := failure(err)
		failed.Channel, failed.ShownAt = reply.Channel, reply.ShownAt
		reply = failed
	}
	if reply.ShownAt.IsZero() {
		reply.ShownAt = w.opened
	}
	if m.Dialog != nil {
		reply.AnsweredAt = time.Now()
		reply.Seen = m.seen(w, reply)
	}
	reply = m.fit(l, reply)
	kind, command := l.message.Kind, l.message.Command
	m.reply(l, reply)
	if kind == protocol.KindControl && reply.Status == protocol.StatusAnswered {
		m.command(command)
	}
}

// goneWait is how long the end of a display may take to be noticed.
const goneWait = 2 * time.Second

// doubtful reports whether a window may have failed only because its display
// went: then the message is for the next monitor to show.
func (m *monitor) doubtful(w *window, reply protocol.Reply, err error) bool {
	return err != nil && m.Gone != nil && !w.doubted && !w.closing && m.life.Err() == nil &&
		(reply.Channel == protocol.ChannelDialog || reply.Channel == protocol.ChannelToast)
}

// reconsider believes in the failure when the display is still there after a
// while.
func (m *monitor) reconsider(l *letter, reply protocol.Reply, err error) {
	l.window.doubted = true
	m.tasks.Go(func() {
		timer := time.NewTimer(goneWait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-m.life.Done():
			err = context.Cause(m.life)
		}
		m.tell(func() { m.processed(l, reply, err) })
	})
}

// failure is the reply to a message whose processor was cancelled or failed.
func failure(err error) protocol.Reply {
	reply := protocol.Reply{Button: protocol.NoButton}
	switch {
	case errors.Is(err, errComplete):
		reply.Status = protocol.StatusAnswered
	case errors.Is(err, processor.ErrTimeout):
		reply.Status = protocol.StatusTimeout
	case errors.Is(err, processor.ErrExpired), errors.Is(err, processor.ErrSenderGone):
		reply.Status, reply.Error = protocol.StatusExpired, err.Error()
	default:
		reply.Status, reply.Error = protocol.StatusFailed, err.Error()
	}
	return reply
}

// fit makes sure that a processor's reply is one that the sender will accept.
func (m *monitor) fit(l *letter, reply protocol.Reply) protocol.Reply {
	if reply.Choice == "" {
		for _, b := range l.message.Offered() {
			if b.Number == reply.Button {
				reply.Choice = b.Caption
			}
		}
	}
	fitting, err := l.message.Fit(reply)
	if err == nil {
		return fitting
	}
	m.Log.Error("the processor's reply does not fit", "id", l.id, "err", err)
	return protocol.Reply{
		Status: protocol.StatusFailed, Button: protocol.NoButton, Error: err.Error(),
		ShownAt: reply.ShownAt, AnsweredAt: reply.AnsweredAt, Channel: reply.Channel,
	}
}

// seenAfter is how long a window must have been visible to count as seen when
// nobody answered it.
const seenAfter = 10 * time.Second

// seen reports whether the person has seen the window: it was answered, or
// visible for long enough while the session was in use.
func (m *monitor) seen(w *window, reply protocol.Reply) bool {
	switch {
	case reply.Status == protocol.StatusDismissed:
		return true
	case reply.Status == protocol.StatusAnswered && reply.Button != protocol.NoButton:
		return true
	case reply.Status == protocol.StatusFailed:
		return false
	}
	return w.seen || m.inUse(reply.AnsweredAt.Sub(reply.ShownAt))
}

// inUse reports whether something was typed or moved, while nobody was away,
// since a window opened that has been visible for so long.
func (m *monitor) inUse(visible time.Duration) bool {
	if visible < seenAfter || m.Idle == nil || m.state.Away() {
		return false
	}
	idle, err := m.Idle()
	return err == nil && idle < visible
}

// reply writes the final reply over this monitor's claim.
func (m *monitor) reply(l *letter, reply protocol.Reply) {
	l.spent = true
	if m.Dialog != nil {
		reply.User, reply.Session = m.User, m.Session
	}
	if reply.AnsweredAt.IsZero() {
		reply.AnsweredAt = time.Now()
	}
	if err := l.box.Reply(l.id, reply); err != nil {
		m.Log.Error("reply", "id", l.id, "err", err)
		if !errors.Is(err, mailbox.ErrClaimLost) {
			m.replyLater(l, reply)
		}
		return
	}
	m.Log.Info("answered", "id", l.id, "status", string(reply.Status), "button", reply.Button)
	m.noteReply(l, reply)
	m.afterReply(l, reply)
	if p, ok := m.processor(l.box, l.message.Kind).(processor.Finisher); ok {
		p.Finished(l.message)
	}
	l.abridge()
}

// replyLater tries again after a while to write a reply: the disk may be full
// now, and what a person has answered is not to be lost for it. Should the
// monitor end before, the claim is void and he is asked again.
func (m *monitor) replyLater(l *letter, reply protocol.Reply) {
	l.unwritten = true
	m.tasks.Go(func() {
		timer := time.NewTimer(retryAfter)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-m.life.Done():
			return
		}
		m.tell(func() {
			l.unwritten = false
			if l.gone {
				m.drop(l)
				return
			}
			m.reply(l, reply)
		})
	})
}

// drop gives a claim back: nothing is owed, or another monitor will show it.
func (m *monitor) drop(l *letter) {
	if err := l.box.Drop(l.id); err != nil {
		m.Log.Error("drop the claim", "id", l.id, "err", err)
	}
	if l.gone {
		m.Log.Info("withdrawn", "id", l.id)
		m.note(l, ledger.Event{Event: ledger.Withdrawn})
		delete(m.letters, name{l.box, l.id})
		m.scan(l.box) // it may have been put again under the same id
		return
	}
	m.note(l, ledger.Event{Event: ledger.Dropped})
}

// command carries out an answered control message.
func (m *monitor) command(command string) {
	switch command {
	case protocol.CommandStop:
		m.ending = true
	case protocol.CommandRestart:
		m.ending, m.outcome = true, ErrRestart
	case protocol.CommandReload:
		m.reload()
		m.scanAll()
	}
}
