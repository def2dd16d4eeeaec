//go:build linux

package zenity

import (
	"context"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/protocol"
)

// input asks for text until it matches the pattern. What was typed stays in
// the field, unless it is masked: it would stand on zenity's command line,
// which every user of the computer can read.
func (d *Dialog) input(ctx context.Context, q dialog.Question) (protocol.Reply, error) {
	typed, hint := q.Initial, ""
	var shown time.Time
	for {
		reply, answer, err := d.field(ctx, q, typed, hint)
		if shown.IsZero() {
			shown = reply.ShownAt
		}
		reply.ShownAt = shown
		if err != nil || reply.Status != protocol.StatusAnswered || !q.Accepts(reply.Button) {
			return reply, err
		}
		if len(answer) <= protocol.MaxField && (protocol.Message{Pattern: q.Pattern}).Matches(answer) {
			reply.Answer = answer
			return reply, nil
		}
		typed, hint = answer, flat.Hint(q)
	}
}

// field shows the field once.
func (d *Dialog) field(ctx context.Context, q dialog.Question, typed, hint string) (protocol.Reply, string, error) {
	text, reply, err := d.heading(ctx, q, hint, q.Multiline)
	if err != nil || text == "" {
		return reply, "", err
	}
	w := window{buttons: layField(q)}
	if q.Multiline {
		w.buttons = scrolling(q, "").buttons
		w.stdin = typed
		w.args = append([]string{"--text-info", "--editable", "--width=600", "--height=360"}, w.buttons.args(false)...)
	} else {
		w.args = append([]string{"--entry", "--width=420", "--text=" + mnemonic(compress(text))}, w.buttons.args(false)...)
		if q.Mask {
			w.args = append(w.args, "--hide-text")
		} else if typed != "" {
			w.args = append(w.args, "--entry-text="+flat.Line(typed))
		}
	}
	first := reply.ShownAt
	reply, output, err := d.run(ctx, q, w)
	if !first.IsZero() {
		reply.ShownAt = first
	}
	if !q.Multiline {
		output = strings.TrimSuffix(output, "\n")
	}
	return reply, output, err
}

// heading returns the text to put above a field. When there is no room for
// it, or apart is true, it is shown in a window of its own first; the text
// is then only who sent. It is empty when that window already gave the
// answer, which is the reply.
func (d *Dialog) heading(ctx context.Context, q dialog.Question, hint string, apart bool) (string, protocol.Reply, error) {
	text := flat.Text(q, time.Now(), hint)
	if !apart && flat.Fits(text, columns, maxLines-6) {
		return flat.Wrap(text, columns), protocol.Reply{}, nil
	}
	reply, err := d.message(ctx, q, text)
	if err != nil || reply.Status != protocol.StatusAnswered || !q.Accepts(reply.Button) {
		return "", reply, err
	}
	above := flat.Origin(q)
	if hint != "" {
		above += "\n\n" + hint
	}
	return flat.Wrap(above, columns), reply, nil
}
