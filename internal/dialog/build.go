package dialog

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/bidi"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/protocol"
)

// HostVersion is the version of the dialog host page that Question follows.
const HostVersion = 1

// captionKeys are the catalogue's captions of the buttons of Type.
var captionKeys = map[int]string{
	protocol.ButtonOK:       "button.ok",
	protocol.ButtonCancel:   "button.cancel",
	protocol.ButtonAbort:    "button.abort",
	protocol.ButtonRetry:    "button.retry",
	protocol.ButtonIgnore:   "button.ignore",
	protocol.ButtonYes:      "button.yes",
	protocol.ButtonNo:       "button.no",
	protocol.ButtonTryAgain: "button.tryAgain",
	protocol.ButtonContinue: "button.continue",
}

// NewQuestion returns the message as the viewer reads it: in his language,
// cleaned, with all captions in words. What is answered stays in the
// message's own language: the numbers of buttons and the values of choices.
// The message must be valid. The moment to which Countdown counts (Deadline,
// or Remaining and Paused) is for the caller to fill in.
func NewQuestion(m protocol.Message, v Viewer) Question {
	words := catalogue.For(v.Languages)
	local := m.In(v.Languages)
	q := Question{
		Host:        HostVersion,
		ID:          m.ID,
		Kind:        m.Kind,
		Title:       CleanLine(local.Title),
		Text:        Clean(local.Text),
		Details:     Clean(local.Details),
		Link:        CleanLine(m.Link),
		Origin:      origin(m, v, words),
		Sender:      CleanLine(m.Sender),
		Trusted:     v.Trusted,
		Icon:        icon(m, v),
		Urgency:     m.Urgency,
		SystemModal: m.Type&protocol.TypeSystemModal != 0,
		Buttons:     buttons(m, local, words),
		Default:     m.DefaultButton(),
		Cancel:      m.CancelButton(),
		Unclosable:  !m.Closes(),
		Check:       CleanLine(local.Check),
		Multiple:    m.Multiple,
		Mask:        m.Mask,
		Multiline:   m.Multiline,
		Pattern:     m.Pattern,
		Hint:        CleanLine(local.Hint),
		Detail:      CleanLine(m.Detail),
		Cancellable: m.Cancellable,
		Countdown:   countdown(local, words),
		Words:       labels(words),
		Lang:        words.Language().String(),
	}
	q.RTL = words.RTL() || readsRTL(q.Text)
	if q.Title == "" {
		q.Title = q.Sender
	}
	if q.Title == "" {
		q.Title = v.Queue
	}
	if q.Urgency == "" {
		q.Urgency = protocol.UrgencyNormal
	}
	if q.Ways = m.Ladder(); v.Ladder != nil {
		q.Ways = v.Ladder(m)
	}
	switch m.Kind {
	case protocol.KindChoose:
		q.Choices = choices(m, local)
	case protocol.KindInput:
		q.Initial = initial(m)
	case protocol.KindProgress:
		q.Percent = m.Percent
	}
	return q
}

// origin says who sent, by the mailbox, which a message cannot change. None of
// what the message says is in it.
func origin(m protocol.Message, v Viewer, words *catalogue.Printer) string {
	switch organisation := CleanLine(v.Organisation); {
	case v.Trusted && organisation != "":
		return words.Text("origin.organisation", organisation)
	case v.Trusted:
		return words.Text("origin.trusted")
	}
	from := words.Text("origin.user", CleanLine(v.User))
	if m.Mask {
		return words.Text("origin.password", from)
	}
	return from
}

// icon is the message's, but never a shield beside a password that a program of
// the person's own asks for: it would seem to come from who looks after the
// computer.
func icon(m protocol.Message, v Viewer) string {
	picture := m.Picture()
	if m.Mask && !v.Trusted && picture == protocol.IconShield {
		return protocol.IconNone
	}
	return picture
}

func buttons(m, local protocol.Message, words *catalogue.Printer) []Button {
	buttons, captions := []Button{}, local.Offered()
	for i, b := range m.Offered() {
		text := b.Caption
		if key, standard := captionKeys[b.Number]; standard {
			text = words.Text(key)
		} else if i < len(captions) {
			text = captions[i].Caption
		}
		buttons = append(buttons, Button{Number: b.Number, Caption: caption(text, b.Number), Value: b.Caption})
	}
	return buttons
}

// caption is what a button or an item is read by; its number where nothing of
// it can be seen, as one without a caption could not be told from the others.
func caption(text string, number int) string {
	if line := CleanLine(text); line != "" {
		return line
	}
	return "#" + strconv.Itoa(number)
}

// choices are preselected by Default: one item, or with Multiple one a line;
// without it the first, or with Multiple none.
func choices(m, local protocol.Message) []Choice {
	selected := []string{m.Default}
	switch {
	case m.Multiple:
		selected = strings.Split(strings.ReplaceAll(m.Default, "\r\n", "\n"), "\n")
	case len(m.Choices) > 0 && !slices.Contains(m.Choices, m.Default):
		selected = m.Choices[:1]
	}
	choices := make([]Choice, len(m.Choices))
	for i, value := range m.Choices {
		text := value
		if i < len(local.Choices) {
			text = local.Choices[i]
		}
		choices[i] = Choice{Value: value, Caption: caption(text, i+1), Selected: slices.Contains(selected, value)}
	}
	return choices
}

// initial is what the person may edit. It is not cut as captions are: what is
// sent back unchanged should be what came.
func initial(m protocol.Message) string {
	text := cleaned(m.Default)
	if !m.Multiline {
		text = strings.ReplaceAll(text, "\n", " ")
	}
	return bounded(text, maxText)
}

// countdown is the line for the end of Timeout. It always shows the time.
func countdown(local protocol.Message, words *catalogue.Printer) string {
	if local.Timeout == 0 {
		return ""
	}
	line := CleanLine(local.CountdownText)
	if line == "" {
		return words.Text("countdown.line")
	}
	if !strings.Contains(line, placeholder) {
		line += " (" + placeholder + ")"
	}
	return line
}

func labels(words *catalogue.Printer) Words {
	return Words{
		Details:     words.Text("word.details"),
		HideDetails: words.Text("word.hideDetails"),
		More:        words.Text("word.more"),
		NoMatch:     words.Text("word.noMatch"),
		Close:       words.Text("word.close"),
		History:     words.Text("history.title"),
		Lines:       words.Text("word.lines"),
		Withdrawn:   words.Text("word.withdrawn"),
	}
}

// readsRTL reports whether text begins from the right: its first letter with
// a direction has that one (Unicode UAX 9, rule P2).
func readsRTL(text string) bool {
	for _, r := range text {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}
