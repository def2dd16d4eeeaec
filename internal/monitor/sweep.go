package monitor

import (
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// secretAge is after what time an answer that is a secret, and not sealed, is
// swept.
const secretAge = 60 * time.Second

// expire replies to what was left in the mailbox by an earlier log-on. What
// cannot be expired keeps nobody from being asked.
func (m *monitor) expire() {
	if m.LoggedOn.IsZero() {
		return
	}
	if err := m.Mailbox.ExpireBefore(m.LoggedOn); err != nil {
		m.Log.Warn("expire what an earlier log-on left", "err", err)
	}
}

// sweep clears the mailbox of what is left over, and notes when there will be
// more to clear.
func (m *monitor) sweep() {
	if err := m.Mailbox.Sweep(); err != nil {
		m.Log.Warn("sweep", "err", err)
	}
	m.sweepAt, _ = m.Mailbox.SweepDue()
	if m.SweepEvery > 0 {
		m.sweepAt = earliest(m.sweepAt, time.Now().Add(m.SweepEvery))
	}
}

// afterReply tidies up what a reply can leave behind: a secret is swept in
// time, and a reply to a message that was withdrawn in that moment is owed to
// nobody.
func (m *monitor) afterReply(l *letter, reply protocol.Reply) {
	if l.message.Mask && l.message.SealTo == "" && reply.Answer != "" {
		m.sweepAt = earliest(m.sweepAt, time.Now().Add(secretAge))
	}
	if l.box.Gone(l.id) {
		if err := l.box.Forget(l.id); err != nil {
			m.Log.Warn("remove the reply to a withdrawn message", "id", l.id, "err", err)
		}
	}
}
