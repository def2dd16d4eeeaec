package taskdialog

import (
	"strings"
	"unicode/utf8"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// Numbers of the buttons that answer nothing; no message has them.
const (
	linkButton  = 1001
	closeButton = 1002
)

// closer is the button by which we close a window: where it cannot be cancelled,
// one that it has.
func closer(q dialog.Question) int {
	switch {
	case !q.Unclosable:
		return protocol.ButtonCancel
	case len(q.Buttons) > 0:
		return q.Buttons[0].Number
	}
	return closeButton
}

// icons loads the system's icons: win.Icon.
type icons func(number uintptr) uintptr

// page lays out a question, but for its time left, which content is given.
// Who sent stands in the footer, a pane of its own into which nothing of the
// message comes but the name claimed, in quotation marks below.
func page(q dialog.Question, content string, load icons) win.TaskDialog {
	t := win.TaskDialog{
		Flags:     win.TaskDialogTimer | win.TaskDialogStaysInBackground,
		Title:     q.Title,
		Content:   content,
		Default:   q.Default,
		CheckText: literal(q.Check),
		Details:   q.Details,
		Collapse:  literal(q.Words.HideDetails),
		Expand:    literal(q.Words.Details),
		Footer:    footer(q),
	}
	if !q.Unclosable {
		t.Flags |= win.TaskDialogCancellable
	}
	if q.RTL {
		t.Flags |= win.TaskDialogRightToLeft
	}
	if q.Kind == protocol.KindProgress {
		t.Flags |= win.TaskDialogProgressBar | win.TaskDialogMinimizable
	}
	for _, b := range q.Buttons {
		t.Buttons = append(t.Buttons, win.TaskDialogButton{ID: b.Number, Caption: literal(b.Caption)})
	}
	if len(q.Buttons) == 0 {
		t.Buttons = append(t.Buttons, win.TaskDialogButton{ID: closeButton, Caption: literal(q.Words.Close)})
		t.Default = closeButton
	}
	if q.Link != "" {
		t.Buttons = append(t.Buttons, win.TaskDialogButton{ID: linkButton, Caption: literal(q.Words.More)})
	}
	if wantsCommandLinks(q) {
		t.Flags |= win.TaskDialogCommandLinks
	}
	switch q.Icon {
	case protocol.IconInfo:
		t.Icon = win.TaskDialogInformation
	case protocol.IconWarning:
		t.Icon = win.TaskDialogWarning
	case protocol.IconError:
		t.Icon = win.TaskDialogError
	case protocol.IconShield:
		t.Icon = win.TaskDialogShield
	case protocol.IconQuestion: // Windows has it, but task dialogs do not
		t.Flags |= win.TaskDialogIconHandle
		t.Icon = load(win.IconQuestion)
	}
	if q.Trusted {
		t.FooterIcon = win.TaskDialogShield
	} else {
		t.Flags |= win.TaskDialogFooterIconHandle
		t.FooterIcon = load(win.IconApplication)
	}
	return t
}

// content is what stands beside the icon: the text, the line that goes with a
// progress bar, and what happens when the time is over.
func content(q dialog.Question, countdown string) string {
	parts := []string{q.Text}
	if q.Kind == protocol.KindProgress {
		parts = append(parts, q.Detail)
	}
	parts = append(parts, countdown)
	var filled []string
	for _, part := range parts {
		if part != "" {
			filled = append(filled, part)
		}
	}
	return strings.Join(filled, "\n\n")
}

func footer(q dialog.Question) string {
	if q.Sender == "" {
		return q.Origin
	}
	return q.Origin + "\n“" + q.Sender + "”"
}

// literal makes a caption come out as written: no ampersand of it underlines
// a letter.
func literal(caption string) string { return strings.ReplaceAll(caption, "&", "&&") }

// wantsCommandLinks reports whether the buttons need a line each.
func wantsCommandLinks(q dialog.Question) bool {
	count, total, longest := 0, 0, 0
	add := func(caption string) {
		n := utf8.RuneCountInString(caption)
		count, total, longest = count+1, total+n, max(longest, n)
	}
	for _, b := range q.Buttons {
		add(b.Caption)
	}
	if q.Link != "" {
		add(q.Words.More)
	}
	return count > 4 || longest > 24 || total > 48
}
