package protocol

import (
	"strings"
	"unicode"
)

// Form is how the value of a field is written.
type Form int

const (
	Text   Form = iota // REG_SZ; a string
	Number             // REG_DWORD or decimal text; a number
	Flag               // 0 or 1; true or false
	List               // REG_MULTI_SZ or text with one item per line; an array
	Time               // text, RFC 3339
	TextOrList
)

// Field describes one field of a message. Codecs, command-line flags,
// completions and the table of docs/protocol.md come from it.
type Field struct {
	Name      string // canonical name, PascalCase
	Form      Form
	Kinds     []string // kinds that it means something to; nil = all
	Localised bool     // may come as Name.<tag>
	Live      bool     // may be rewritten while on screen
	Values    []string // the words allowed; nil = any
	Min, Max  int      // of a Number
	Help      string   // one line, for flags and documentation
}

// JSON is the field's name in a spool file: camelCase.
func (f Field) JSON() string { return jsonName(f.Name) }

// Flag is the field's name on the command line: kebab case, a list in the
// singular because the flag is repeated.
func (f Field) Flag() string {
	name := f.Name
	if f.Form == List {
		name = strings.TrimSuffix(name, "s")
	}
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) {
			if i > 0 {
				b.WriteByte('-')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// For reports whether the field means something to messages of the kind.
func (f Field) For(kind string) bool {
	if f.Kinds == nil {
		return true
	}
	for _, k := range f.Kinds {
		if k == kind {
			return true
		}
	}
	return false
}

var (
	asked    = []string{KindPopup, KindInput, KindChoose}
	told     = []string{KindPopup, KindInput, KindChoose, KindNotify}
	seen     = []string{KindPopup, KindInput, KindChoose, KindNotify, KindProgress}
	inputs   = []string{KindInput}
	chooses  = []string{KindChoose}
	progress = []string{KindProgress}
	controls = []string{KindControl}
)

const maxNumber = 1<<31 - 1

// Messages is the field table of a message, in the order of docs/protocol.md.
// Ready is not in it: it is the store's mark that a record is complete.
func Messages() []Field { return messageTable.fields() }

var messageTable = newTable([]column[Message]{
	{Field{Name: "Version", Form: Number, Max: maxNumber, Help: "protocol version"}, func(m *Message) any { return &m.Version }},
	{Field{Name: "Kind", Help: "which processor handles it"}, func(m *Message) any { return &m.Kind }},
	{Field{Name: "Title", Kinds: seen, Localised: true, Help: "window title"}, func(m *Message) any { return &m.Title }},
	{Field{Name: "Text", Kinds: seen, Localised: true, Live: true, Help: "what the user reads, plain text"}, func(m *Message) any { return &m.Text }},
	{Field{Name: "Details", Kinds: seen, Localised: true, Live: true, Help: "longer text behind \"show details\""}, func(m *Message) any { return &m.Details }},
	{Field{Name: "Link", Kinds: seen, Help: "an https URL offered as more information"}, func(m *Message) any { return &m.Link }},
	{Field{Name: "Type", Form: Number, Max: maxNumber, Kinds: seen, Help: "WScript.Shell Popup's nType: buttons, icon, default button"}, func(m *Message) any { return &m.Type }},
	{Field{Name: "Buttons", Form: List, Kinds: told, Localised: true, Help: "caption of a button, the affirmative one first"}, func(m *Message) any { return &m.Buttons }},
	{Field{Name: "Icon", Kinds: seen, Values: []string{IconNone, IconInfo, IconWarning, IconError, IconQuestion, IconShield}, Help: "icon of the window"}, func(m *Message) any { return &m.Icon }},
	{Field{Name: "Default", Kinds: asked, Help: "default button, initial text or preselected choice"}, func(m *Message) any { return &m.Default }},
	{Field{Name: "Timeout", Form: Number, Max: maxNumber, Kinds: seen, Help: "time on screen before the window closes itself"}, func(m *Message) any { return &m.Timeout }},
	{Field{Name: "CountdownText", Kinds: seen, Localised: true, Help: "what happens at the end of the timeout, with {time}"}, func(m *Message) any { return &m.CountdownText }},
	{Field{Name: "Ttl", Form: Number, Max: maxNumber, Help: "time from the last write after which the message is of no use"}, func(m *Message) any { return &m.TTL }},
	{Field{Name: "Expires", Form: Time, Live: true, Help: "the same as an absolute time, RFC 3339"}, func(m *Message) any { return &m.Expires }},
	{Field{Name: "Urgency", Live: true, Values: []string{UrgencyLow, UrgencyNormal, UrgencyCritical}, Help: "how urgent it is"}, func(m *Message) any { return &m.Urgency }},
	{Field{Name: "When", Values: []string{WhenWait, WhenShow, WhenSkip}, Help: "what to do while the user is busy, locked or disconnected"}, func(m *Message) any { return &m.When }},
	{Field{Name: "BusyMax", Form: Number, Max: maxNumber, Kinds: seen, Help: "time after which a busy user is shown it all the same"}, func(m *Message) any { return &m.BusyMax }},
	{Field{Name: "Quiet", Kinds: seen, Help: "part of the day in which it is not shown unless it is critical, like 20:00-08:00"}, func(m *Message) any { return &m.Quiet }},
	{Field{Name: "Remind", Form: Number, Max: maxNumber, Kinds: asked, Help: "time after which an unanswered window comes to the front again"}, func(m *Message) any { return &m.Remind }},
	{Field{Name: "Unclosable", Form: Flag, Kinds: []string{KindPopup, KindProgress}, Help: "no close box, and Escape does nothing"}, func(m *Message) any { return &m.Unclosable }},
	{Field{Name: "To", Help: "machine mailbox: whom to ask"}, func(m *Message) any { return &m.To }},
	{Field{Name: "Combine", Kinds: asked, Help: "what counts of several people's answers: first, any, all, veto, quorum=N"}, func(m *Message) any { return &m.Combine }},
	{Field{Name: "Absent", Kinds: asked, Values: []string{AbsentYes, AbsentNo, AbsentIgnore}, Help: "what somebody counts as who cannot be reached"}, func(m *Message) any { return &m.Absent }},
	{Field{Name: "Fallback", Kinds: seen, Help: "how to reach who cannot be shown a window, in this order: dialog, toast, wts, wall, none"}, func(m *Message) any { return &m.Fallback }},
	{Field{Name: "OnAnswer", Help: "the program that the service runs with the reply, where administrators put the message"}, func(m *Message) any { return &m.OnAnswer }},
	{Field{Name: "Session", Help: "only the monitor of this session"}, func(m *Message) any { return &m.Session }},
	{Field{Name: "Check", Kinds: asked, Localised: true, Help: "caption of a tick box"}, func(m *Message) any { return &m.Check }},
	{Field{Name: "Choices", Form: List, Kinds: chooses, Localised: true, Live: true, Help: "an item to choose from"}, func(m *Message) any { return &m.Choices }},
	{Field{Name: "Multiple", Form: Flag, Kinds: chooses, Help: "several items may be ticked"}, func(m *Message) any { return &m.Multiple }},
	{Field{Name: "Mask", Form: Flag, Kinds: inputs, Help: "hide the typing"}, func(m *Message) any { return &m.Mask }},
	{Field{Name: "Multiline", Form: Flag, Kinds: inputs, Help: "several lines"}, func(m *Message) any { return &m.Multiline }},
	{Field{Name: "Pattern", Kinds: inputs, Help: "RE2 expression that the whole answer must match"}, func(m *Message) any { return &m.Pattern }},
	{Field{Name: "Hint", Kinds: inputs, Localised: true, Help: "what to tell the user when the answer does not match"}, func(m *Message) any { return &m.Hint }},
	{Field{Name: "SealTo", Kinds: inputs, Help: "Base64 X25519 public key that the answer is sealed to"}, func(m *Message) any { return &m.SealTo }},
	{Field{Name: "Percent", Form: Number, Min: -1, Max: 100, Kinds: progress, Live: true, Help: "how far it is, 0 to 100, -1 = unknown"}, func(m *Message) any { return &m.Percent }},
	{Field{Name: "Detail", Kinds: progress, Live: true, Help: "the line under the bar"}, func(m *Message) any { return &m.Detail }},
	{Field{Name: "Cancellable", Form: Flag, Kinds: progress, Help: "offer a Cancel button"}, func(m *Message) any { return &m.Cancellable }},
	{Field{Name: "Command", Kinds: controls, Values: []string{CommandPing, CommandStop, CommandRestart, CommandReload}, Help: "what the monitor shall do"}, func(m *Message) any { return &m.Command }},
	{Field{Name: "Sender", Help: "display name that the sender claims"}, func(m *Message) any { return &m.Sender }},
	{Field{Name: "SenderPid", Form: Number, Max: maxNumber, Help: "the process that waits"}, func(m *Message) any { return &m.SenderPid }},
	{Field{Name: "SenderStarted", Help: "start time of the process that waits"}, func(m *Message) any { return &m.SenderStarted }},
})

var replyTable = newTable([]column[Reply]{
	{Field{Name: "Status", Form: Text}, func(r *Reply) any { return &r.Status }},
	{Field{Name: "Button", Form: Number}, func(r *Reply) any { return &r.Button }},
	{Field{Name: "Choice", Form: Text}, func(r *Reply) any { return &r.Choice }},
	{Field{Name: "Answer", Form: TextOrList}, func(r *Reply) any { return r }},
	{Field{Name: "Checked", Form: Flag}, func(r *Reply) any { return &r.Checked }},
	{Field{Name: "Seen", Form: Flag}, func(r *Reply) any { return &r.Seen }},
	{Field{Name: "User", Form: Text}, func(r *Reply) any { return &r.User }},
	{Field{Name: "Session", Form: Text}, func(r *Reply) any { return &r.Session }},
	{Field{Name: "ShownAt", Form: Time}, func(r *Reply) any { return &r.ShownAt }},
	{Field{Name: "AnsweredAt", Form: Time}, func(r *Reply) any { return &r.AnsweredAt }},
	{Field{Name: "Channel", Form: Text}, func(r *Reply) any { return &r.Channel }},
	{Field{Name: "Error", Form: Text}, func(r *Reply) any { return &r.Error }},
	{Field{Name: "Policy", Form: Text}, func(r *Reply) any { return &r.Policy }},
	{Field{Name: "Pid", Form: Number}, func(r *Reply) any { return &r.Pid }},
	{Field{Name: "Started", Form: Text}, func(r *Reply) any { return &r.Started }},
	{Field{Name: "Ready", Form: Flag}, func(r *Reply) any { return &r.Ready }},
})

var presenceTable = newTable([]column[Presence]{
	{Field{Name: "Pid", Form: Number}, func(p *Presence) any { return &p.Pid }},
	{Field{Name: "Started", Form: Text}, func(p *Presence) any { return &p.Started }},
	{Field{Name: "Version", Form: Text}, func(p *Presence) any { return &p.Version }},
	{Field{Name: "Protocol", Form: Number}, func(p *Presence) any { return &p.Protocol }},
	{Field{Name: "Kinds", Form: List}, func(p *Presence) any { return &p.Kinds }},
	{Field{Name: "Locale", Form: Text}, func(p *Presence) any { return &p.Locale }},
	{Field{Name: "State", Form: Text}, func(p *Presence) any { return &p.State }},
})
