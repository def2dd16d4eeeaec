package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

const needsCommand = "it takes the command that runs the sender"

// comesFirst: there is a record of who attends, and nothing else.
func (r *senderRun) comesFirst() {
	if r.Command == nil {
		r.without(needsCommand, "1.6")
		return
	}
	if err := r.place.removeBoxes(); err != nil {
		r.problem("1.6", "%v", err)
		return
	}
	c, err := r.start("60")
	if err != nil {
		r.problem("1.6", "%v", err)
		return
	}
	defer r.kill(c)
	q, err := r.question(c)
	if err != nil {
		r.problem("1.6", "where there were no boxes, %v", err)
		return
	}
	defer r.clear(q.id)
	r.about(q)
	err = r.reply(q, r.answer(q.message))
	if errors.Is(err, fs.ErrNotExist) {
		r.problem("4.15", "it has taken a claim away, which was no reply yet")
		return
	}
	if err != nil {
		r.problem("1.6", "%v", err)
		return
	}
	r.ends("1.6", c, q)
}

// kill ends a sender that has not ended by itself.
func (r *senderRun) kill(c *child) {
	if c == nil {
		return
	}
	if err := c.kill(); err != nil {
		r.problem("1.6", "ending it: %v", err)
	}
}

// about judges a message as it lies there.
func (r *senderRun) about(q asked) {
	pid, started := q.message.SenderPid, q.message.SenderStarted
	switch {
	case pid == 0 && started == "":
	case pid == 0 || started == "":
		r.problem("3.43", "SenderPid is %d and SenderStarted %q", pid, started)
	case !(process.ID{Pid: pid, Started: started}).Running():
		now, err := process.Of(pid)
		r.problem("3.43", "SenderPid is %d and SenderStarted %q: %s", pid, started, describeProcess(now, err))
	}
}

func describeProcess(id process.ID, err error) string {
	if err != nil {
		return err.Error()
	}
	return "that process was started at " + id.Started
}

// ends waits for the end of the sender, or, of one started by hand, until its
// message is gone.
func (r *senderRun) ends(number string, c *child, q asked) bool {
	if c == nil {
		gone := r.until(r.Patience, func() bool { return !exists(r.place, mailbox.Inbox, q.id) })
		if !gone {
			r.problem(number, "the message is still there %v after the reply", r.Patience)
		}
		return gone
	}
	if !c.waitFor(r.ctx, r.Patience) {
		r.problem(number, "it has not ended %v after the reply; it says %q", r.Patience, c.said())
		return false
	}
	return true
}

// isAnswered: first there is what it is to leave alone, then the answer.
func (r *senderRun) isAnswered() {
	const last = "4.16"
	c, err := r.start("60")
	if err != nil {
		r.problem(last, "%v", err)
		return
	}
	defer r.kill(c)
	q, err := r.question(c)
	if err != nil {
		r.problem(last, "%v", err)
		r.without("there was no question", "2.4", "3.40", "3.41", "3.42", "3.43", "3.44", "4.15", "4.17", "4.18", "4.19")
		return
	}
	defer r.clear(q.id)
	r.about(q)
	if !r.leavesAlone(c, q) {
		r.without("it has ended before the reply", "4.16", "4.17")
		return
	}
	if problem := r.recorder.message(q.id); problem != "" {
		r.problem("3.41", "%s", problem)
	}
	if now, err := r.place.read(mailbox.Inbox, q.id); err != nil {
		r.problem("3.44", "%s, while it is on screen: %v", q.id, err)
	} else if names := changed(q.written, now, live); len(names) > 0 {
		r.problem("3.44", "it has changed %v while it is on screen", names)
	}
	if err := r.place.overwrite(protocol.Fold(q.id), written(r.answer(q.message).Fields(), true)); err != nil {
		r.problem(last, "%v", err)
		return
	}
	if r.ends(last, c, q) {
		r.cleanedUp(c, q)
	}
}

// leavesAlone lays a claim beside the reply to another message, and sees
// whether the sender takes one of them for its reply.
func (r *senderRun) leavesAlone(c *child, q asked) bool {
	claim := r.answer(q.message)
	claim.Ready, claim.Choice = false, fromClaim
	if err := r.claim(q, claim); err != nil {
		r.problem("4.15", "%v", err)
		return false
	}
	looked, seen := r.recorder.looks(protocol.Fold(q.id))
	start := time.Now()
	taken := r.until(settle, func() bool { return c != nil && c.over() || !exists(r.place, mailbox.Inbox, q.id) })
	if taken {
		said := "its message is gone"
		if c != nil && c.over() {
			said = fmt.Sprintf("it has ended with %d and says %q", c.status(), c.said())
		}
		r.problem("4.15", "there was a claim with Status=answered and without Ready, and the reply to another message: %s", said)
		return false
	}
	again, _ := r.recorder.looks(protocol.Fold(q.id))
	if rate := float64(again-looked) / time.Since(start).Seconds(); rate > gentle {
		r.problem("4.19", "it has looked at its reply %.0f times a second", rate)
	}
	if !seen {
		r.without("who reads is not to be seen on this system", "4.19")
	}
	return true
}

// cleanedUp looks what is left once the sender has its answer.
func (r *senderRun) cleanedUp(c *child, q asked) {
	if c != nil {
		r.agreed = c.status()
		for _, caption := range printed(c) {
			r.problem("4.15", "it has printed %q, which is in no reply of its own", caption)
		}
	}
	// One started by hand may still be at it.
	gone := func(box mailbox.Box) bool {
		return r.until(settle, func() bool { return !exists(r.place, box, protocol.Fold(q.id)) })
	}
	if !gone(mailbox.Inbox) {
		r.problem("4.17", "the message is still there: %s", q.id)
	}
	if !gone(mailbox.Outbox) {
		r.problem("4.17", "the reply is still there: %s", q.id)
	}
	if problem := r.recorder.removal(protocol.Fold(q.id)); problem != "" {
		r.problem("4.17", "%s", problem)
	}
	left, err := r.place.leftovers()
	if err != nil {
		r.problem("3.42", "%v", err)
	}
	for _, file := range left {
		if !slices.Contains(r.left, file) {
			r.problem("3.42", "%s is left behind", file)
		}
	}
	r.neighboursAreThere()
}

func (r *senderRun) neighboursAreThere() {
	now, err := r.readNeighbours()
	if err != nil {
		r.problem("4.18", "a message, reply or record of another is gone: %v", err)
		return
	}
	for i, what := range []string{"message of another", "reply to another", "record of the monitor"} {
		if names := changed(r.before[i], now[i], func(string) bool { return false }); len(names) > 0 {
			r.problem("4.18", "the %s has changed in %v", what, names)
		}
	}
}

// gets has a sender ask, gives it a reply that it is not to take for an answer,
// and waits for its end.
func (r *senderRun) gets(number, caption string, reply func(protocol.Message) protocol.Reply) {
	if r.Command == nil {
		r.without(needsCommand, number)
		return
	}
	if r.agreed < 0 {
		r.without("it was not seen what it does with an answer", number)
		return
	}
	c, err := r.start("60")
	if err != nil {
		r.problem(number, "%v", err)
		return
	}
	defer r.kill(c)
	q, err := r.question(c)
	if err != nil {
		r.problem(number, "%v", err)
		return
	}
	defer r.clear(q.id)
	what := reply(q.message)
	if err := r.reply(q, what); err != nil {
		r.problem(number, "%v", err)
		return
	}
	// Who waits on, as if there were no reply, has not taken it.
	c.waitFor(r.ctx, settle)
	if slices.Contains(printed(c), caption) {
		r.problem(number, "the reply was %s, and it has printed %q", describeReply(what), caption)
	}
	if c.over() && c.status() == r.agreed {
		r.problem(number, "the reply was %s, and it ends with %d, as after an answer", describeReply(what), c.status())
	}
}

func describeReply(reply protocol.Reply) string {
	return describe(record{fields: reply.Fields()}, nil)
}

func (r *senderRun) getsMisfit() {
	r.gets("6.4", misfit, func(m protocol.Message) protocol.Reply {
		reply := r.answer(m)
		const never = 199
		reply.Button, reply.Choice = never, misfit
		if reply.Answer != "" {
			reply.Answer = misfit
		}
		if reply.Items != nil {
			reply.Items = []string{misfit}
		}
		return reply
	})
}

// getsNoAnswer: what closed by itself has neither button nor answer; the
// caption is there to be printed by who does not look at Status.
func (r *senderRun) getsNoAnswer() {
	r.gets("4.20", noAnswer, func(m protocol.Message) protocol.Reply {
		reply := r.answer(m)
		reply.Status, reply.Button, reply.Choice, reply.Answer, reply.Items = protocol.StatusTimeout, protocol.NoButton, "", "", nil
		return reply
	})
}

// isInterrupted: it is told to end while its question is on screen.
func (r *senderRun) isInterrupted() {
	const number = "3.46"
	if r.Command == nil {
		r.without(needsCommand, number)
		return
	}
	c, q, ok := r.onScreen(number, 60)
	if !ok {
		return
	}
	defer r.kill(c)
	defer r.clear(q.id)
	can, err := interrupt(c.cmd)
	if !can || err != nil {
		r.without("there is no way to tell every program to end on this system", number)
		return
	}
	if !c.waitFor(r.ctx, r.Patience) {
		r.problem(number, "it has not ended %v after it was told to", r.Patience)
		return
	}
	known := q.message.SenderPid != 0 && !(process.ID{Pid: q.message.SenderPid, Started: q.message.SenderStarted}).Running()
	if exists(r.place, mailbox.Inbox, q.id) && !known {
		r.problem(number, "it was told to end, and has left its message without a SenderPid")
	}
}

func (r *senderRun) runsOutOfTime() {
	const number = "3.45"
	if r.Command == nil || !r.Limited {
		r.without("it takes a command with {seconds} in it", number)
		return
	}
	c, q, ok := r.onScreen(number, 1)
	if !ok {
		return
	}
	defer r.kill(c)
	defer r.clear(q.id)
	if !c.waitFor(r.ctx, r.Patience) {
		r.problem(number, "its time was over, and it has not ended within %v", r.Patience)
		return
	}
	if exists(r.place, mailbox.Inbox, q.id) {
		r.problem(number, "its time was over, and it has left its message")
	}
	if c.status() == r.agreed {
		r.problem(number, "its time was over, and it ends with %d, as after an answer", c.status())
	}
}

// onScreen has a sender ask, and claims its question. One that has ended before we
// looked is run again with more time, up to eight times as much.
func (r *senderRun) onScreen(number string, seconds int) (c *child, q asked, ok bool) {
	const most = 8 // times the seconds
	var err error
	for times := 1; times <= most; times *= 2 {
		if c, err = r.start(strconv.Itoa(seconds * times)); err != nil {
			r.problem(number, "%v", err)
			return nil, q, false
		}
		if q, err = r.question(c); err == nil {
			err = r.claim(q, protocol.Reply{Status: protocol.StatusShown})
		}
		if err == nil {
			return c, q, true
		}
		ended := c.over()
		r.kill(c)
		if q.id != "" {
			r.clear(q.id)
		}
		if !ended {
			break
		}
		q = asked{}
	}
	r.problem(number, "%v", err)
	return nil, q, false
}
