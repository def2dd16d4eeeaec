//go:build linux

package zenity

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// layout assigns a question's buttons to zenity's: OK, which stands at the
// outer end and has the focus, Cancel beside it, and extra buttons, each an
// exit of its own by the label it prints.
type layout struct {
	ok, cancel int
	okLabel    string
	cancelText string
	hasCancel  bool
	extras     []extra
}

type extra struct {
	number int
	label  string // as given and printed
}

// lay returns the layout for a question window: the default button is OK, the
// others stand towards the other side in their order, so that what comes
// first in the list is next to the outer end.
func lay(q dialog.Question) layout {
	buttons := slices.Clone(q.Buttons)
	if i := slices.IndexFunc(buttons, func(b dialog.Button) bool { return b.Number == q.Default }); i > 0 {
		chosen := buttons[i]
		buttons = slices.Insert(slices.Delete(buttons, i, i+1), 0, chosen)
	}
	return arrange(q, buttons, 1, true)
}

// layField returns the layout for a window with a field, where Return submits:
// OK is the button that accepts. Where it is the only one, zenity has a Cancel
// nevertheless, which closes the window.
func layField(q dialog.Question) layout {
	buttons := slices.Clone(q.Buttons)
	if i := slices.IndexFunc(buttons, func(b dialog.Button) bool { return q.Accepts(b.Number) }); i > 0 {
		chosen := buttons[i]
		buttons = slices.Insert(slices.Delete(buttons, i, i+1), 0, chosen)
	}
	if i := slices.IndexFunc(buttons, func(b dialog.Button) bool { return b.Number == q.Cancel }); i > 1 {
		chosen := buttons[i]
		buttons = slices.Insert(slices.Delete(buttons, i, i+1), 1, chosen)
	}
	l := arrange(q, buttons, 1, false)
	if !l.hasCancel {
		l.cancelText, l.hasCancel = q.Words.Close, true
	}
	return l
}

// arrange makes the first button OK, and the second Cancel when from is 1; the
// others become extras. Those of a question window stand on the inner side,
// so that inward gives them in reverse; in other windows they come last.
func arrange(q dialog.Question, buttons []dialog.Button, from int, inward bool) layout {
	l := layout{ok: protocol.NoButton, okLabel: q.Words.Close, cancel: protocol.NoButton}
	if len(buttons) == 0 {
		return l
	}
	l.ok, l.okLabel = buttons[0].Number, buttons[0].Caption
	rest := buttons[1:]
	if len(rest) > 0 && from == 1 {
		l.cancel, l.cancelText, l.hasCancel = rest[0].Number, rest[0].Caption, true
		rest = rest[1:]
	}
	if inward {
		rest = slices.Clone(rest)
		slices.Reverse(rest)
	}
	for _, b := range rest {
		label := mnemonic(b.Caption)
		// zenity prints the label: two that are the same are told apart by
		// a character that is not seen.
		for slices.ContainsFunc(l.extras, func(e extra) bool { return e.label == label }) {
			label += "\u2060"
		}
		l.extras = append(l.extras, extra{b.Number, label})
	}
	return l
}

// args returns the options for the labels. Only the question window takes an
// underscore in OK and Cancel for an accelerator; extra buttons always do.
func (l layout) args(accelerators bool) []string {
	ok, cancel := l.okLabel, l.cancelText
	if accelerators {
		ok, cancel = mnemonic(ok), mnemonic(cancel)
	}
	args := []string{"--ok-label=" + ok}
	if l.hasCancel {
		args = append(args, "--cancel-label="+cancel)
	}
	for _, e := range l.extras {
		args = append(args, "--extra-button="+e.label)
	}
	return args
}

// mnemonic returns text that GTK shows as s where an underscore marks an
// accelerator.
func mnemonic(s string) string { return strings.ReplaceAll(s, "_", "__") }

// compress returns text that g_strcompress turns into s: zenity reads
// backslash escapes in the text of most windows.
func compress(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }

// markup returns Pango markup that shows s.
func markup(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
