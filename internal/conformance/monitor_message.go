package conformance

import (
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

func (r *monitorRun) boxesAreThere(c *Result) {
	// Our watching made what was missing, before there was a record; once there
	// is one, the monitor has what it attends.
	for name, box := range map[string]mailbox.Box{"Inbox": mailbox.Inbox, "Outbox": mailbox.Outbox} {
		if _, err := r.place.names(box); err != nil {
			c.fail("the %s: %v", name, err)
		}
	}
	r.fence(c)
}

func (r *monitorRun) accessIsTheUsers(c *Result) {
	id := r.id()
	if err := r.place.put(id, ping()); err != nil {
		c.fail("%v", err)
		return
	}
	defer r.forget(c, id)
	if _, ok := r.replied(c, "a ping", id, ping()); !ok {
		return
	}
	open, err := r.place.access(id)
	if err != nil {
		c.skip("of access lists deskbell doctor tells")
	}
	for _, problem := range open {
		c.fail("%s", problem)
	}
}

func (r *monitorRun) foldsIDs(c *Result) {
	id := strings.ToUpper(r.id())
	if err := r.place.put(id, ping()); err != nil {
		c.fail("%v", err)
		return
	}
	defer r.forget(c, id)
	r.replied(c, "a message with the id "+id, id, ping())
}

func (r *monitorRun) leavesBadNames(c *Result) { r.leaves(c, badNames) }
func (r *monitorRun) leavesBadFiles(c *Result) { r.leaves(c, badFiles) }
func (r *monitorRun) followsNoLink(c *Result)  { r.leaves(c, badReply) }
func (r *monitorRun) foldsFields(c *Result)    { r.reads(c, "KIND, tEXT, type", anyCase) }
func (r *monitorRun) rejectsVersion(c *Result) {
	r.rejects(c, "Version 2", with(ping(), "Version", 2), "")
}
func (r *monitorRun) ignoresUnknown(c *Result) { r.reads(c, "fields that nobody knows", unknown) }
func (r *monitorRun) readsNumbers(c *Result) {
	r.reads(c, `Type " 4 ", Timeout "0"`, textNumbers)
	r.readsMinusOne(c)
}

func (r *monitorRun) rejectsLargeField(c *Result) {
	r.rejects(c, "a Text of 64 KiB and a byte", pressOK.popup(protocol.Fields{"Text": strings.Repeat("x", protocol.MaxField+1)}), "Text")
}

// leaves lays what is no message into the mailbox and sees whether it stays.
func (r *monitorRun) leaves(c *Result, sort stray) {
	id := r.id()
	laid, err := r.place.strays(sort, id)
	if err != nil {
		c.fail("%v", err)
		return
	}
	if laid == nil {
		c.skip("there is nothing of the sort on this system")
		return
	}
	if sort == badReply {
		if err := r.place.put(id, ping()); err != nil {
			c.fail("%v", err)
		}
		defer r.forget(c, id)
	}
	r.fence(c)
	for _, name := range laid.names {
		if sort != badReply && exists(r.place, mailbox.Outbox, protocol.Fold(name)) {
			c.fail("there is a reply to %q", name)
			if err := r.place.remove(mailbox.Outbox, protocol.Fold(name)); err != nil {
				c.fail("%v", err)
			}
		}
	}
	touched, err := laid.clear()
	if err != nil {
		c.fail("%v", err)
	}
	for _, what := range touched {
		c.fail("it was touched: %s", what)
	}
}

func with(fields protocol.Fields, name string, value any) protocol.Fields {
	all := protocol.Fields{name: value}
	for name, value := range fields {
		if _, given := all[name]; !given {
			all[name] = value
		}
	}
	return all
}

// Foreign forms of a question whose answer is No.
var (
	anyCase     = protocol.Fields{"KIND": "popup", "tITLE": pressNo.say, "tEXT": pressNo.say + ".", "type": 4}
	textNumbers = protocol.Fields{"Kind": "popup", "Title": pressNo.say, "Text": pressNo.say + ".", "Type": " 4 ", "Timeout": "0", "Version": "1"}
	unknown     = pressNo.popup(protocol.Fields{"Type": 4, "Shape": "round", "Pattern.de": "x", "Corners": 8, "Colours": []string{"red", "blue"}})
	crlf        = protocol.Fields{"Kind": "popup", "Title": pressNo.say, "Text": pressNo.say + ".", "Buttons": "Yes\r\nNo\r\n"}
	lf          = protocol.Fields{"Kind": "popup", "Title": pressNo.say, "Text": pressNo.say + ".", "Buttons": "Yes\nNo"}
)

// reads asks a question whose answer is No, which only who has read it can give.
func (r *monitorRun) reads(c *Result, what string, fields protocol.Fields) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	if reply, ok := r.ask(c, what, fields); ok && reply.get("Choice") != "No" {
		c.fail("%s: the reply is %s, want Choice No", what, describe(reply, nil))
	}
}

// readsMinusOne: a progress bar of unknown length.
func (r *monitorRun) readsMinusOne(c *Result) {
	if c.Skip != "" || !r.has(protocol.KindProgress) {
		return
	}
	r.finishes(c, "Percent 0xFFFFFFFF", readOnly.message(protocol.KindProgress, protocol.Fields{"Percent": 0xFFFFFFFF}))
}

func (r *monitorRun) readsLists(c *Result) {
	r.reads(c, `Buttons "Yes", LF, "No"`, lf)
	r.reads(c, `Buttons "Yes", CR LF, "No", CR LF`, crlf)
}

func (r *monitorRun) readsFlags(c *Result) {
	if !r.handles(c, protocol.KindChoose) {
		return
	}
	for what, value := range map[string]any{"-1": 0xFFFFFFFF, `"1"`: "1", `"TRUE"`: " TRUE ", `"-1"`: "-1", "5": 5} {
		r.chooses(c, "Multiple "+what, chooseAC, protocol.Fields{"Multiple": value}, []string{"a", "c"})
	}
	r.chooses(c, `Multiple "0"`, chooseB, protocol.Fields{"Multiple": "0"}, "b")
}

func (r *monitorRun) readsOddForms(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	for _, odd := range r.place.odd() {
		id := r.id()
		if err := odd.put(id, pressOS.say); err != nil {
			c.fail("%s: %v", odd.what, err)
			continue
		}
		reply, ok := r.replied(c, odd.what, id, protocol.Fields{"Text": pressOS.say, "Buttons": []string{"%OS%", "No"}})
		if ok && reply.get("Choice") != "%OS%" {
			c.fail("%s: the reply is %s, want Choice %%OS%%", odd.what, describe(reply, nil))
		}
		r.forget(c, id)
	}
}

func (r *monitorRun) waitsForReady(c *Result) {
	id := r.id()
	if err := r.place.begin(id, ping()); err != nil {
		c.fail("%v", err)
		return
	}
	defer r.forget(c, id)
	r.fence(c)
	if claim, err := r.place.read(mailbox.Outbox, id); err == nil {
		c.fail("a message without Ready was taken: there is %s", describe(claim, nil))
	}
	if err := r.place.finish(id); err != nil {
		c.fail("%v", err)
		return
	}
	r.replied(c, "once it is Ready", id, ping())
}

// keepsQuiet: in hours that are now, and to be skipped then.
func (r *monitorRun) keepsQuiet(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	const clock = "15:04"
	now := time.Now()
	quiet := now.Add(-time.Hour).Format(clock) + "-" + now.Add(time.Hour).Format(clock)
	r.wantStatus(c, "Quiet "+quiet+" with When = skip", wait.popup(protocol.Fields{"Quiet": quiet, "When": protocol.WhenSkip}), protocol.StatusSkipped)
}

func (r *monitorRun) leavesOtherSessions(c *Result) {
	id := r.id()
	if err := r.place.put(id, with(ping(), "Session", "another-"+r.monitor.Session)); err != nil {
		c.fail("%v", err)
		return
	}
	defer r.forget(c, id)
	r.fence(c)
	if claim, err := r.place.read(mailbox.Outbox, id); err == nil {
		c.fail("it was taken: there is %s", describe(claim, nil))
	}
	r.ask(c, "one for session "+r.monitor.Session, with(ping(), "Session", r.monitor.Session))
}
