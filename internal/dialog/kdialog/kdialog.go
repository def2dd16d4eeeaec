//go:build linux

// Package kdialog shows questions with the kdialog program of KDE desktops,
// where there is no zenity.
//
// It has at most three buttons of its own, of which closing the window is the
// last, and none that can be named in a window with a field or a list; those
// have KDE's OK and Cancel. Its progress bar is drawn by others over D-Bus.
// What does not fit these bounds, a tick box and a text too long for a window
// among them, is dialog.ErrUnavailable, so that the next dialog is tried.
package kdialog

import (
	"context"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/internal/dialog/program"
	"github.com/deskbell/deskbell/internal/dialog/reshow"
	"github.com/deskbell/deskbell/protocol"
)

// maxLines and columns are what a window that cannot scroll has room for.
const (
	columns  = 64
	maxLines = 30
)

type shower struct{ kdialog program.Program }

// New returns a dialog that runs the kdialog found in PATH when a question is
// shown, with env on top of this process's environment. Without kdialog or
// without a display the error of Show wraps dialog.ErrUnavailable.
func New(env ...string) dialog.Dialog {
	return reshow.New(shower{program.Program{Name: "kdialog", Env: env}})
}

// window is one run of kdialog.
type window struct {
	args  []string
	exits []int // the button of each exit status
}

// Show implements reshow.Shower.
func (s shower) Show(ctx context.Context, q dialog.Question) (protocol.Reply, error) {
	hint := ""
	typed := q.Initial
	var shown time.Time
	for {
		w, ok := open(q, typed, hint)
		if !ok {
			return protocol.Reply{ShownAt: shown}, fmt.Errorf("kdialog has no window for this: %w", dialog.ErrUnavailable)
		}
		reply, output, err := s.run(ctx, q, w)
		if shown.IsZero() {
			shown = reply.ShownAt
		}
		reply.ShownAt = shown
		if err != nil || !q.Accepts(reply.Button) {
			return reply, err
		}
		switch {
		case q.Kind == protocol.KindInput:
			if len(output) <= protocol.MaxField && (protocol.Message{Pattern: q.Pattern}).Matches(output) {
				reply.Answer = output
				return reply, nil
			}
			typed, hint = output, flat.Hint(q)
		case q.Kind == protocol.KindChoose && q.Multiple:
			reply.Items = chosen(q, output)
			return reply, nil
		case q.Kind == protocol.KindChoose:
			if items := chosen(q, output); len(items) == 1 {
				reply.Answer = items[0]
				return reply, nil
			}
		default:
			return reply, nil
		}
	}
}

// open returns the window for q, and whether kdialog has one.
func open(q dialog.Question, typed, hint string) (window, bool) {
	text := flat.Text(q, time.Now(), hint)
	if q.Kind == protocol.KindProgress || q.Check != "" || !flat.Fits(text, columns, maxLines) {
		return window{}, false
	}
	if q.Kind == protocol.KindInput || q.Kind == protocol.KindChoose {
		return field(q, rich(text), typed)
	}
	return message(q, rich(text))
}

func message(q dialog.Question, text string) (window, bool) {
	labels := make([]string, len(q.Buttons))
	var w window
	for i, b := range q.Buttons {
		labels[i] = accelerator(b.Caption)
		w.exits = append(w.exits, b.Number)
	}
	last := protocol.NoButton
	if len(w.exits) > 0 {
		last = w.exits[len(w.exits)-1]
	}
	// Closing gives the last status: that must be the button it stands for,
	// or one that says so.
	if len(w.exits) > 1 && last != q.Cancel {
		labels, w.exits = append(labels, accelerator(q.Words.Close)), append(w.exits, q.Cancel)
	}
	switch len(labels) {
	case 0:
		w.args = []string{"--msgbox", text, "--ok-label", accelerator(q.Words.Close)}
		w.exits = []int{protocol.NoButton}
	case 1:
		w.args = []string{"--msgbox", text, "--ok-label", labels[0]}
	case 2:
		w.args = []string{"--yesno", text, "--yes-label", labels[0], "--no-label", labels[1]}
	case 3:
		w.args = []string{"--yesnocancel", text, "--yes-label", labels[0], "--no-label", labels[1], "--cancel-label", labels[2]}
	default:
		return window{}, false
	}
	return w, true
}

func field(q dialog.Question, text, typed string) (window, bool) {
	w := window{exits: []int{protocol.NoButton, q.Cancel}}
	for _, b := range q.Buttons {
		switch {
		case q.Accepts(b.Number):
			w.exits[0] = b.Number
		case b.Number != q.Cancel:
			return window{}, false
		}
	}
	switch {
	case w.exits[0] == protocol.NoButton:
		return window{}, false
	case q.Kind == protocol.KindChoose:
		kind := "--menu"
		if q.Multiple {
			kind = "--checklist"
		}
		w.args = []string{"--separate-output", kind, text, "--"}
		for i, choice := range q.Choices {
			w.args = append(w.args, strconv.Itoa(i), flat.Line(choice.Caption))
			if q.Multiple {
				w.args = append(w.args, map[bool]string{true: "on", false: "off"}[choice.Selected])
			}
		}
	case q.Mask:
		w.args = []string{"--password", text}
	case q.Multiline:
		w.args = []string{"--textinputbox", text, "--", typed}
	default:
		// The label of this window is the only one that has an accelerator.
		w.args = []string{"--inputbox", strings.ReplaceAll(text, "&amp;", "&amp;&amp;"), "--", flat.Line(typed)}
	}
	return w, true
}

func (s shower) run(ctx context.Context, q dialog.Question, w window) (protocol.Reply, string, error) {
	result, err := s.kdialog.Run(ctx, strings.NewReader(""), append([]string{"--title", flat.Title(q)}, w.args...)...)
	reply := protocol.Reply{ShownAt: result.ShownAt, Channel: protocol.ChannelDialog, Button: protocol.NoButton}
	switch {
	case err != nil:
		return reply, "", err
	case result.Status >= len(w.exits):
		reason, _, _ := strings.Cut(result.Errors, "\n")
		return reply, "", fmt.Errorf("kdialog ended with status %d: %w: %s", result.Status, dialog.ErrUnavailable, reason)
	}
	reply.Button, reply.Status = w.exits[result.Status], protocol.StatusAnswered
	if reply.Button == protocol.NoButton && len(q.Buttons) > 0 {
		reply.Status = protocol.StatusDismissed
	}
	return reply, strings.TrimSuffix(result.Output, "\n"), nil
}

// chosen returns the values of the numbers that kdialog printed.
func chosen(q dialog.Question, output string) []string {
	items := []string{}
	for number := range strings.FieldsSeq(output) {
		if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(q.Choices) {
			items = append(items, q.Choices[i].Value)
		}
	}
	return items
}

// rich returns rich text that shows s: kdialog guesses whether a text is
// rich, and reads backslash escapes in it.
func rich(s string) string {
	return "<html>" + strings.NewReplacer("\n", "<br/>", `\`, "&#92;").Replace(html.EscapeString(s)) + "</html>"
}

// accelerator returns a caption that Qt shows as s, where & marks one.
func accelerator(s string) string { return strings.ReplaceAll(s, "&", "&&") }
