//go:build linux

package zenity

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/protocol"
)

// choose shows a list until something is chosen; of several that may be
// ticked, none is an answer too.
func (d *Dialog) choose(ctx context.Context, q dialog.Question) (protocol.Reply, error) {
	text, first, err := d.heading(ctx, q, "", false)
	if err != nil || text == "" {
		return first, err
	}
	kind := "--list"
	switch {
	case q.Multiple:
		kind = "--checklist"
	case slices.ContainsFunc(q.Choices, func(c dialog.Choice) bool { return c.Selected }):
		kind = "--radiolist"
	}
	w := window{buttons: layField(q)}
	w.args = append(list(kind, text, 420), w.buttons.args(false)...)
	for i, choice := range q.Choices {
		if kind == "--list" {
			w.stdin += strings.TrimPrefix(row(false, i, choice.Caption), "FALSE\n")
		} else {
			w.stdin += row(choice.Selected, i, choice.Caption)
		}
	}
	for shown := first.ShownAt; ; {
		reply, output, err := d.run(ctx, q, w)
		if shown.IsZero() {
			shown = reply.ShownAt
		}
		reply.ShownAt = shown
		if err != nil || reply.Status != protocol.StatusAnswered || !q.Accepts(reply.Button) {
			return reply, err
		}
		items := chosen(q, output)
		switch {
		case q.Multiple:
			reply.Items = items
			return reply, nil
		case len(items) > 0:
			reply.Answer = items[0]
			return reply, nil
		case len(q.Choices) == 0:
			return reply, nil
		}
	}
}

// list returns the options of a list with rows of a hidden number, which is
// what zenity prints, and a caption, with a mark to tick before them unless
// the kind is a plain list. The rows come on standard input: on the command
// line one that begins with a hyphen would shift the others.
func list(kind, text string, height int) []string {
	args := []string{"--list", "--hide-header", "--separator=,", "--width=480", "--height=" + strconv.Itoa(height), "--text=" + compress(markup(text)), "--column=", "--column="}
	if kind == "--list" {
		return append(args, "--hide-column=1", "--print-column=1")
	}
	return append(args, kind, "--column=", "--hide-column=2", "--print-column=2")
}

// chosen returns the values of the rows whose numbers zenity printed.
func chosen(q dialog.Question, output string) []string {
	items := []string{}
	for number := range strings.SplitSeq(strings.TrimSuffix(output, "\n"), ",") {
		if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(q.Choices) {
			items = append(items, q.Choices[i].Value)
		}
	}
	return items
}

// row returns the lines for one row.
func row(ticked bool, number int, caption string) string {
	return strings.ToUpper(strconv.FormatBool(ticked)) + "\n" + strconv.Itoa(number) + "\n" + flat.Line(caption) + "\n"
}
