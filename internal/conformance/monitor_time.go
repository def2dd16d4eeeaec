package conformance

import (
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// gone is a process that no system has.
var gone = process.ID{Pid: 1<<31 - 2, Started: "1"}

func (r *monitorRun) timesOut(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	start := time.Now()
	r.wantStatus(c, "Timeout 1", wait.popup(protocol.Fields{"Timeout": 1}), protocol.StatusTimeout)
	if took := time.Since(start); len(c.Problems) == 0 && took < 900*time.Millisecond {
		c.fail("Timeout 1 was over after %v", took)
	}
}

// onScreen puts a question that nobody answers and waits until it is claimed.
func (r *monitorRun) onScreen(c *Result, what string, more protocol.Fields) (id string, fields protocol.Fields, claim record, ok bool) {
	if !r.handles(c, protocol.KindPopup) {
		return "", nil, claim, false
	}
	id, fields = r.id(), wait.popup(more)
	if err := r.place.put(id, fields); err != nil {
		c.fail("%v", err)
		return id, fields, claim, false
	}
	claim, ok = r.claimed(c, what, id)
	if !ok {
		r.forget(c, id)
	}
	return id, fields, claim, ok
}

func (r *monitorRun) keepsTTL(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	r.wantStatus(c, "Ttl 1", wait.popup(protocol.Fields{"Ttl": 1}), protocol.StatusExpired)
}

func (r *monitorRun) renewsTTL(c *Result) {
	const ttl = 2
	what := "Ttl 2, written anew after a second,"
	id, fields, _, ok := r.onScreen(c, what, protocol.Fields{"Ttl": ttl})
	if !ok {
		return
	}
	defer r.forget(c, id)
	second := time.NewTimer(time.Second)
	defer second.Stop()
	select {
	case <-second.C:
	case <-r.ctx.Done():
	}
	if exists := r.unanswered(c, what, id); !exists {
		return
	}
	written := time.Now()
	if err := r.place.rewrite(id, with(fields, "Details", "It was written anew.")); err != nil {
		c.fail("%v", err)
		return
	}
	reply, ok := r.replied(c, what, id, fields)
	if !ok || !c.status(what, reply, protocol.StatusExpired) {
		return
	}
	// Clocks of file systems are coarser than ours.
	if after := time.Since(written); after < ttl*time.Second-100*time.Millisecond {
		c.fail("%s was expired %v after that", what, after.Round(10*time.Millisecond))
	}
}

func (r *monitorRun) unanswered(c *Result, what, id string) bool {
	reply, err := r.place.read(mailbox.Outbox, id)
	if err != nil || reply.ready() {
		c.fail("%s: there is %s too early", what, describe(reply, err))
		return false
	}
	return true
}

func (r *monitorRun) keepsExpires(c *Result) {
	r.expires(c, "Expires in 2001", protocol.Fields{"Expires": "2001-01-01T00:00:00Z"})
}

func (r *monitorRun) seesThatSenderIsGone(c *Result) {
	r.expires(c, "a sender that is gone", protocol.Fields{"SenderPid": gone.Pid, "SenderStarted": gone.Started})
}

// expires puts what is of no use any more: it is not shown.
func (r *monitorRun) expires(c *Result, what string, more protocol.Fields) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	reply, ok := r.ask(c, what, wait.popup(more))
	if ok && c.status(what, reply, protocol.StatusExpired) && reply.get("ShownAt") != nil {
		c.fail("%s: it was shown, at %v", what, reply.get("ShownAt"))
	}
}

func (r *monitorRun) followsChanges(c *Result) {
	what := "Expires, written while it is on screen,"
	id, fields, _, ok := r.onScreen(c, what, nil)
	if !ok {
		return
	}
	defer r.forget(c, id)
	if err := r.place.rewrite(id, with(fields, "Expires", "2001-01-01T00:00:00Z")); err != nil {
		c.fail("%v", err)
		return
	}
	if reply, ok := r.replied(c, what, id, fields); ok {
		c.status(what, reply, protocol.StatusExpired)
	}
}

func (r *monitorRun) noticesWithdrawal(c *Result) {
	id, _, _, ok := r.onScreen(c, "a question to be withdrawn", nil)
	if !ok {
		return
	}
	defer r.forget(c, id)
	if err := r.place.remove(mailbox.Inbox, id); err != nil {
		c.fail("%v", err)
		return
	}
	var claim record
	var err error
	free := r.until(r.Patience, func() bool {
		claim, err = r.place.read(mailbox.Outbox, id)
		return err != nil || claim.ready()
	})
	switch {
	case !free:
		c.fail("its claim is still there after %v: %s", r.Patience, describe(claim, nil))
	case err == nil:
		c.fail("a message that was withdrawn has a reply: %s", describe(claim, nil))
	}
}

// seesSenderGo: the process that waits is one of ours, which ends while the
// question is on screen.
func (r *monitorRun) seesSenderGo(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	sender, err := startWaiter(r.Waiter())
	if err != nil {
		c.fail("%v", err)
		return
	}
	what := "a sender that goes while it is on screen"
	id, fields, _, ok := r.onScreen(c, what, protocol.Fields{"SenderPid": sender.id.Pid, "SenderStarted": sender.id.Started})
	if err := sender.end(); err != nil {
		c.fail("%v", err)
	}
	if !ok {
		return
	}
	defer r.forget(c, id)
	if reply, ok := r.replied(c, what, id, fields); ok {
		c.status(what, reply, protocol.StatusExpired)
	}
}
