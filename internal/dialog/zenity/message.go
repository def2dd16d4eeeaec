//go:build linux

package zenity

import (
	"context"
	"slices"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/protocol"
)

// icons are the freedesktop names of a message's pictures.
var icons = map[string]string{
	protocol.IconInfo:     "dialog-information",
	protocol.IconWarning:  "dialog-warning",
	protocol.IconError:    "dialog-error",
	protocol.IconQuestion: "dialog-question",
	protocol.IconShield:   "security-high",
}

// message shows text with the question's buttons.
func (d *Dialog) message(ctx context.Context, q dialog.Question, text string) (protocol.Reply, error) {
	w := scrolling(q, text)
	if flat.Fits(text, columns, maxLines) {
		kind := "--question"
		if len(q.Buttons) < 2 {
			kind = "--info"
		}
		w = window{buttons: lay(q)}
		w.args = append([]string{kind, "--no-markup", "--text=" + text, "--icon-name=" + icons[q.Icon]}, w.buttons.args(kind == "--question")...)
	}
	reply, _, err := d.run(ctx, q, w)
	return reply, err
}

// scrolling shows a text that is too long for a message window in a text
// window. Its Cancel button is one with closing the window: no other button
// may stand there.
func scrolling(q dialog.Question, text string) window {
	buttons := slices.Clone(q.Buttons)
	if i := slices.IndexFunc(buttons, func(b dialog.Button) bool { return b.Number == q.Default }); i > 0 {
		buttons[0], buttons[i] = buttons[i], buttons[0]
	}
	l := arrange(q, buttons, len(buttons)+1, false)
	l.cancelText, l.hasCancel = q.Words.Close, true
	for i, b := range buttons {
		if i > 0 && b.Number == q.Cancel {
			l = arrange(q, slices.Delete(slices.Clone(buttons), i, i+1), len(buttons)+1, false)
			l.cancel, l.cancelText, l.hasCancel = b.Number, b.Caption, true
		}
	}
	args := append([]string{"--text-info", "--width=700", "--height=480"}, l.args(false)...)
	return window{args: args, stdin: text, buttons: l}
}

// check asks for the tick in a second window, whose button repeats the one
// that was pressed. Closing it leaves the box empty and the answer as it is.
func (d *Dialog) check(ctx context.Context, q dialog.Question, pressed int) (bool, error) {
	l := layout{okLabel: q.Words.Close, cancelText: q.Words.Close, hasCancel: true}
	for _, b := range q.Buttons {
		if b.Number == pressed {
			l.okLabel = b.Caption
		}
	}
	args := append(list("--checklist", flat.Wrap(flat.Origin(q), columns), 200), l.args(false)...)
	_, output, err := d.run(ctx, q, window{args: args, stdin: row(false, 1, q.Check), buttons: l})
	return output == "1\n", err
}
