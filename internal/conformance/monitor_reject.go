package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/protocol"
)

func (r *monitorRun) has(kind string) bool { return slices.Contains(r.kinds, kind) }

// rejects puts a message that has to be rejected, with a reason that names the
// field, if one is given.
func (r *monitorRun) rejects(c *Result, what string, fields protocol.Fields, field string) {
	reply, ok := r.ask(c, what, fields)
	if !ok || !c.status(what, reply, protocol.StatusRejected) {
		return
	}
	reason, _ := reply.get("Error").(string)
	switch {
	case reason == "":
		c.fail("%s is rejected without a reason in Error", what)
	case !strings.Contains(strings.ToLower(reason), strings.ToLower(field)):
		c.fail("%s is rejected with %q, which does not name the field %s", what, reason, field)
	}
}

// known are the kinds of the page; what they need besides a Text.
var known = map[string]protocol.Fields{
	protocol.KindPopup: {}, protocol.KindInput: {}, protocol.KindChoose: {"Choices": "a\nb"}, protocol.KindNotify: {},
	protocol.KindProgress: {}, protocol.KindControl: {"Command": protocol.CommandPing},
}

func (r *monitorRun) rejectsKinds(c *Result) {
	r.rejects(c, "Kind conformance-none", wait.message("conformance-none", nil), "")
	for kind, fields := range known {
		if !r.has(kind) && !slices.Contains(r.monitor.Kinds, kind) { // it may have more than is tried
			r.rejects(c, "Kind "+kind+", which is not in Kinds,", wait.message(kind, fields), "")
		}
	}
}

// malformed is wrong for a kind in one field.
var malformed = []struct {
	kind, field string
	value       any
}{
	{protocol.KindPopup, "Type", "abc"},
	{protocol.KindPopup, "Type", 15},
	{protocol.KindPopup, "Timeout", "-5"},
	{protocol.KindPopup, "Ttl", "soon"},
	{protocol.KindPopup, "Text", ""},
	{protocol.KindInput, "Text", ""},
	{protocol.KindChoose, "Text", ""},
	{protocol.KindNotify, "Text", ""},
	{protocol.KindChoose, "Choices", ""},
	{protocol.KindControl, "Command", ""},
	{protocol.KindControl, "Command", "halt"},
	{protocol.KindPopup, "Buttons", "a\n\nb"},
	{protocol.KindPopup, "Buttons.de", "one\ntwo\nthree"},
	{protocol.KindPopup, "Icon", "purple"},
	{protocol.KindPopup, "Urgency", "loud"},
	{protocol.KindPopup, "When", "later"},
	{protocol.KindPopup, "Expires", "tomorrow"},
	{protocol.KindPopup, "Link", "javascript:alert(1)"},
	{protocol.KindPopup, "Link", "http://example.org/"},
	{protocol.KindPopup, "Quiet", "night"},
	{protocol.KindInput, "Pattern", "("},
	{protocol.KindInput, "SealTo", "AAAA"},
	{protocol.KindProgress, "Percent", 101},
}

func (r *monitorRun) rejectsMalformed(c *Result) {
	for _, wrong := range malformed {
		if !r.has(wrong.kind) {
			continue
		}
		fields := wait.message(wrong.kind, known[wrong.kind])
		fields["Timeout"] = 1 // it does not stay on the screen of who shows it
		fields[wrong.field] = wrong.value
		if wrong.value == "" {
			delete(fields, wrong.field)
		}
		r.rejects(c, fmt.Sprintf("%s with %s %q", wrong.kind, wrong.field, fmt.Sprint(wrong.value)), fields, wrong.field)
	}
}

func (r *monitorRun) rejectsLargeMessage(c *Result) {
	fields := wait.popup(protocol.Fields{"Timeout": 1})
	for _, name := range []string{"Text", "Details", "Default", "Hint", "CountdownText"} {
		fields[name] = strings.Repeat("x", 60<<10)
	}
	r.rejects(c, "a message of 300 KiB", fields, "")
}

func (r *monitorRun) rejectsLongList(c *Result) {
	items := make([]string, protocol.MaxListItems+1)
	for i := range items {
		items[i] = fmt.Sprint("item ", i)
	}
	r.rejects(c, "65 Buttons", wait.popup(protocol.Fields{"Timeout": 1, "Buttons": items}), "Buttons")
	r.rejects(c, "65 Buttons in lines", wait.popup(protocol.Fields{"Timeout": 1, "Buttons": strings.Join(items, "\n")}), "Buttons")
}

func (r *monitorRun) rejectsManyFields(c *Result) {
	fields := ping()
	for i := range protocol.MaxFields {
		fields[fmt.Sprint("X", i)] = 1
	}
	r.rejects(c, fmt.Sprintf("a message of %d fields", len(fields)), fields, "")
}
