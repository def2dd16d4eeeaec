package conformance

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// claimOf is a claim as a monitor makes it.
func claimOf(id process.ID) protocol.Fields {
	return protocol.Fields{"Status": string(protocol.StatusShown), "Pid": id.Pid, "Started": id.Started}
}

func (r *monitorRun) claims(c *Result) {
	id, _, claim, ok := r.onScreen(c, "a question", nil)
	if !ok {
		return
	}
	defer r.forget(c, id)
	if pid, _ := claim.number("Pid"); pid != r.monitor.Pid || claim.get("Started") != r.monitor.Started {
		c.fail("the claim has Pid %v and Started %v; the record of the monitor has %d and %s", claim.get("Pid"), claim.get("Started"), r.monitor.Pid, r.monitor.Started)
	}
	c.status("the claim", claim, protocol.StatusShown)
	if err := r.place.remove(mailbox.Inbox, id); err != nil {
		c.fail("%v", err)
	}
	r.until(r.Patience, func() bool { return !exists(r.place, mailbox.Outbox, id) })
}

// respectsClaims contends for messages: some are ours before they are there,
// for the others we come when the monitor does.
func (r *monitorRun) respectsClaims(c *Result) {
	const contests = 10
	ours := map[string]bool{} // by id: whether we have it
	for i := range contests {
		id := r.id()
		contend := func() error {
			err := r.place.claim(id, claimOf(r.self))
			ours[id] = err == nil
			if errors.Is(err, fs.ErrExist) {
				return nil
			}
			return err
		}
		steps := []func() error{contend, func() error { return r.place.put(id, ping()) }}
		if i%2 > 0 {
			slices.Reverse(steps)
		}
		for _, step := range steps {
			if err := step(); err != nil {
				c.fail("%v", err)
				return
			}
		}
		defer r.forget(c, id)
	}
	r.fence(c)
	for id, mine := range ours {
		if !mine {
			r.replied(c, "a message that it claimed first", id, ping())
			continue
		}
		claim, err := r.place.read(mailbox.Outbox, id)
		if pid, _ := claim.number("Pid"); err != nil || pid != r.self.Pid || claim.ready() {
			c.fail("a message that another one had claimed was taken: there is %s, and was a claim of process %d, which runs", describe(claim, err), r.self.Pid)
		}
	}
}

func (r *monitorRun) takesOver(c *Result) {
	id := r.id()
	if err := errors.Join(r.place.claim(id, claimOf(gone)), r.place.put(id, ping())); err != nil {
		c.fail("%v", err)
		return
	}
	defer r.forget(c, id)
	r.replied(c, "a message claimed by a process that is gone", id, ping())
}

// losesClaim: the claim becomes another's while the question is on screen.
func (r *monitorRun) losesClaim(c *Result) {
	id, _, _, ok := r.onScreen(c, "a question", protocol.Fields{"Timeout": 1})
	if !ok {
		return
	}
	defer r.forget(c, id)
	if err := r.place.overwrite(id, claimOf(r.self)); err != nil {
		c.fail("%v", err)
		return
	}
	// It is over when a later one is that stays longer.
	r.wantStatus(c, "a later question", wait.popup(protocol.Fields{"Timeout": 2}), protocol.StatusTimeout)
	claim, err := r.place.read(mailbox.Outbox, id)
	if pid, _ := claim.number("Pid"); err != nil || pid != r.self.Pid || claim.ready() {
		c.fail("a claim that had become another's was written over: there is %s, and was a claim of process %d", describe(claim, err), r.self.Pid)
	}
}

func (r *monitorRun) repliesWhole(c *Result) {
	for _, seen := range r.replies {
		if seen.id == r.again {
			continue // one reply written over another is one fault, not two
		}
		if problem := r.recorder.reply(seen.id); problem != "" {
			c.fail("%s: %s", seen.what, problem)
			return // all will be so
		}
	}
}

// replyForms has each field of a reply with its form.
var replyForms = map[string]protocol.Form{
	"Ready": protocol.Flag, "Status": protocol.Text, "Button": protocol.Number, "Choice": protocol.Text,
	"Checked": protocol.Flag, "Seen": protocol.Flag, "User": protocol.Text, "Session": protocol.Text,
	"ShownAt": protocol.Text, "AnsweredAt": protocol.Text, "Channel": protocol.Text, "Error": protocol.Text,
	"Pid": protocol.Number, "Started": protocol.Text,
}

func (r *monitorRun) writesForms(c *Result) {
	for _, seen := range r.replies {
		for name, form := range replyForms {
			if got := seen.reply.forms[protocol.Fold(name)]; got != "" && got != wanted(form) {
				c.fail("%s of a reply is %s, want %s", name, got, wanted(form))
			}
		}
		answer := wanted(protocol.Text)
		if m, err := protocol.DecodeMessage(seen.question); err == nil && m.Multiple {
			answer = wanted(protocol.List)
		}
		if got := seen.reply.forms["answer"]; got != "" && got != answer {
			c.fail("Answer of %s is %s, want %s", seen.what, got, answer)
		}
		for name := range seen.reply.forms {
			if strings.Contains(name, ".") {
				c.fail("the reply has a field %s", name)
			}
		}
	}
}

func (r *monitorRun) saysWho(c *Result) {
	for _, seen := range r.replies {
		for _, name := range []string{"User", "Session", "AnsweredAt", "Channel", "ShownAt"} {
			text, _ := seen.reply.get(name).(string)
			shown := seen.reply.get("Status") == string(protocol.StatusAnswered) && !isControl(seen.question)
			switch {
			case !shown && text == "":
				continue // nobody saw it
			case text == "" && seen.question["Kind"] == protocol.KindProgress && (name == "Channel" || name == "ShownAt"):
				continue // complete before its window could open
			case text == "":
				c.fail("the reply to %s has no %s: %s", seen.what, name, describe(seen.reply, nil))
			case name == "Channel" && !isChannel(text):
				c.fail("Channel is %q, want one of the words of section 4", text)
			case strings.HasSuffix(name, "At") && !isTime(text):
				c.fail("%s is %q, want a time in UTC with milliseconds", name, text)
			}
		}
	}
}

func isControl(question protocol.Fields) bool { return question["Kind"] == protocol.KindControl }

func isTime(text string) bool {
	t, err := time.Parse("2006-01-02T15:04:05.000Z", text)
	return err == nil && protocol.FormatTime(t) == text
}

// fits judges all replies as a sender does.
func (r *monitorRun) fits(c *Result) {
	for _, seen := range r.replies {
		m, err := protocol.DecodeMessage(seen.question)
		if err != nil {
			m = protocol.NewMessage(protocol.KindPopup) // it was to be rejected
		}
		reply, err := protocol.DecodeReply(seen.reply.fields)
		if err == nil {
			_, err = m.Fit(reply)
		}
		if err != nil {
			c.fail("%s: %v; the reply is %s", seen.what, err, describe(seen.reply, nil))
		}
	}
}
