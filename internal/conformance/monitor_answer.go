package conformance

import (
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// number is a number of a reply, in whatever form it was written.
func (r record) number(name string) (int, bool) {
	reply, err := protocol.DecodeReply(protocol.Fields{"Button": r.get(name)})
	return reply.Button, err == nil && r.get(name) != nil
}

// wantButton compares how a question was answered.
func (c *Result) wantButton(what string, reply record, button int, choice string) {
	if !c.status(what, reply, protocol.StatusAnswered) {
		return
	}
	got, _ := reply.number("Button")
	if got != button || reply.get("Choice") != choice && (choice != "" || reply.get("Choice") != nil) {
		c.fail("%s: the reply is %s, want Button=%d Choice=%s", what, describe(reply, nil), button, choice)
	}
}

func (r *monitorRun) offersType(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	for _, t := range types {
		what := fmt.Sprint("Type ", t.set)
		if reply, ok := r.ask(c, what, press(t.caption).popup(protocol.Fields{"Type": t.set})); ok {
			c.wantButton(what, reply, t.button, t.caption)
		}
	}
}

func (r *monitorRun) offersButtons(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	fields := pressTwo.popup(protocol.Fields{"Buttons": []string{"One", "Two", "Three"}, "Type": 4})
	if locale := r.monitor.Locale; locale != "" {
		fields["Buttons."+locale] = []string{"1", "2", "3"}
	}
	if reply, ok := r.ask(c, "three Buttons", fields); ok {
		c.wantButton("three Buttons, of which the second is pressed,", reply, protocol.ButtonCustom+1, "Two")
	}
}

func (r *monitorRun) submits(c *Result) {
	kind := protocol.KindInput
	if !r.has(kind) {
		kind = protocol.KindChoose
	}
	if !r.handles(c, kind) {
		return
	}
	if reply, ok := r.ask(c, kind+" with Type 4, cancelled,", cancel.message(kind, with(known[kind], "Type", 4))); ok {
		c.wantButton(kind+" with Type 4, cancelled,", reply, protocol.ButtonCancel, "Cancel")
		c.noAnswer(kind+", cancelled,", reply)
	}
	two := []string{"Send", "Skip"}
	if reply, ok := r.ask(c, kind+" with Buttons", pressTwo.message(kind, with(known[kind], "Buttons", two))); ok {
		c.wantButton(kind+" with Buttons, of which the second is pressed,", reply, protocol.ButtonCustom+1, "Skip")
		c.noAnswer(kind+", the second of its Buttons pressed,", reply)
	}
	if kind != protocol.KindInput {
		return
	}
	if reply, ok := r.ask(c, "input with Buttons", typeText.message(kind, protocol.Fields{"Buttons": two})); ok {
		c.wantButton("input with Buttons, of which the first is pressed,", reply, protocol.ButtonCustom, "Send")
		if reply.get("Answer") != "1234" {
			c.fail("input with Buttons: the reply is %s, want Answer=1234", describe(reply, nil))
		}
	}
}

func (c *Result) noAnswer(what string, reply record) {
	if answer := reply.get("Answer"); answer != nil && answer != "" {
		c.fail("%s has an Answer: %v", what, answer)
	}
}

func (r *monitorRun) asksForText(c *Result) {
	if !r.handles(c, protocol.KindInput) {
		return
	}
	for what, pattern := range map[string]string{"input": "", "input with a Pattern": "[0-9]{4}"} {
		fields := typeDigit.message(protocol.KindInput, nil)
		if pattern != "" {
			fields["Pattern"] = pattern
		}
		reply, ok := r.ask(c, what, fields)
		if ok && (!c.status(what, reply, protocol.StatusAnswered) || fmt.Sprint(reply.get("Answer")) != "1234") {
			c.fail("%s: the reply is %s, want Answer=1234", what, describe(reply, nil))
		}
	}
}

// seals: who cannot rejects the message; in plain text nothing comes.
func (r *monitorRun) seals(c *Result) {
	if !r.handles(c, protocol.KindInput) {
		return
	}
	key, err := protocol.NewSealKey()
	if err != nil {
		c.fail("%v", err)
		return
	}
	reply, ok := r.ask(c, "input with SealTo", typeDigit.message(protocol.KindInput, protocol.Fields{"SealTo": key.Public(), "Mask": 1}))
	if !ok || reply.get("Status") == string(protocol.StatusRejected) {
		return
	}
	sealed, _ := reply.get("Answer").(string)
	if text, err := key.Open(sealed); err != nil || text != "1234" {
		c.fail("the Answer is not 1234, sealed to the key: %.100q", sealed)
	}
}

// chooses asks to choose of a, b and c.
func (r *monitorRun) chooses(c *Result, what string, who instruction, more protocol.Fields, want any) {
	reply, ok := r.ask(c, what, who.message(protocol.KindChoose, with(more, "Choices", []string{"a", "b", "c"})))
	if !ok || !c.status(what, reply, protocol.StatusAnswered) {
		return
	}
	if got := reply.get("Answer"); !same(got, want) {
		c.fail("%s: Answer is %#v, want %#v", what, got, want)
	}
}

func (r *monitorRun) asksForChoice(c *Result) {
	if !r.handles(c, protocol.KindChoose) {
		return
	}
	r.chooses(c, "choose", chooseB, nil, "b")
	r.chooses(c, "choose with Multiple", chooseAC, protocol.Fields{"Multiple": 1}, []string{"a", "c"})
}

func (r *monitorRun) ticks(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	for who, want := range map[instruction]bool{tick: true, tickNot: false} {
		reply, ok := r.ask(c, who.say, who.popup(protocol.Fields{"Check": "Do not ask again"}))
		if !ok || !c.status(who.say, reply, protocol.StatusAnswered) {
			continue
		}
		got, err := protocol.DecodeReply(protocol.Fields{"Checked": reply.get("Checked")})
		if err != nil || got.Checked != want {
			c.fail("%s: the reply is %s", who.say, describe(reply, err))
		}
	}
}

func (r *monitorRun) notifies(c *Result) {
	if !r.handles(c, protocol.KindNotify) {
		return
	}
	if reply, ok := r.ask(c, "a notice", readOnly.message(protocol.KindNotify, nil)); ok {
		c.wantButton("a notice", reply, protocol.NoButton, "")
	}
}

// finishes puts a progress bar, and has it be complete once it is claimed.
func (r *monitorRun) finishes(c *Result, what string, fields protocol.Fields) {
	id := r.id()
	if err := r.place.put(id, fields); err != nil {
		c.fail("%v", err)
		return
	}
	defer r.forget(c, id)
	if _, ok := r.claimed(c, what, id); !ok {
		return
	}
	for _, percent := range []int{50, 100} {
		if err := r.place.rewrite(id, with(fields, "Percent", percent)); err != nil {
			c.fail("%v", err)
			return
		}
	}
	if reply, ok := r.replied(c, what+", at 100 percent,", id, fields); ok {
		c.wantButton(what+", at 100 percent,", reply, protocol.NoButton, "")
	}
}

func (r *monitorRun) showsProgress(c *Result) {
	if r.handles(c, protocol.KindProgress) {
		r.finishes(c, "progress", wait.message(protocol.KindProgress, protocol.Fields{"Percent": 10, "Detail": "Downloading"}))
	}
}

func (r *monitorRun) cancelsProgress(c *Result) {
	if !r.handles(c, protocol.KindProgress) {
		return
	}
	if reply, ok := r.ask(c, "progress, Cancellable,", cancel.message(protocol.KindProgress, protocol.Fields{"Percent": 10, "Cancellable": 1})); ok {
		c.wantButton("progress, cancelled,", reply, protocol.ButtonCancel, "Cancel")
	}
}

func (r *monitorRun) obeys(c *Result) {
	if !r.handles(c, protocol.KindControl) {
		return
	}
	for _, command := range []string{protocol.CommandPing, protocol.CommandReload} {
		r.wantStatus(c, command, protocol.Fields{"Kind": protocol.KindControl, "Command": command}, protocol.StatusAnswered)
	}
}

func (r *monitorRun) closes(c *Result) {
	if !r.handles(c, protocol.KindPopup) {
		return
	}
	if reply, ok := r.ask(c, "OK and Cancel, closed,", closeBox.popup(protocol.Fields{"Type": 1})); ok {
		c.wantButton("OK and Cancel, closed,", reply, protocol.ButtonCancel, "Cancel")
	}
	r.wantStatus(c, "Buttons, closed,", closeBox.popup(protocol.Fields{"Buttons": []string{"One", "Two"}}), protocol.StatusDismissed)
}

// showsOnce: what was answered is written anew, and is not asked again.
func (r *monitorRun) showsOnce(c *Result) {
	id := r.id()
	if err := r.place.put(id, ping()); err != nil {
		c.fail("%v", err)
		return
	}
	defer r.forget(c, id)
	first, ok := r.replied(c, "a ping", id, ping())
	if !ok {
		return
	}
	again := ping()
	again["Text"] = "again" // so that it is seen to have been written
	if err := r.place.rewrite(id, again); err != nil {
		c.fail("%v", err)
		return
	}
	r.fence(c)
	second, err := r.place.read(mailbox.Outbox, id)
	if err != nil {
		c.fail("its reply is gone: %v", err)
	} else if names := changed(first, second, func(string) bool { return false }); len(names) > 0 {
		c.fail("a message that had its reply was handled again: %v changed", names)
		r.again = id
	}
}

// Channels by which a message may be shown, and those whose name goes on.
var channels = []string{"dialog", "toast", "tty", "wts", "wall", "script"}

func isChannel(name string) bool {
	const added = "processor:"
	return slices.Contains(channels, name) || len(name) > len(added) && name[:len(added)] == added
}
