package inputbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// small is a 1366×768 screen at 150 %, with the frame of a window taken off;
// every letter is 10 pixels wide, every line 22 high, words break anywhere.
func small() metrics {
	return metrics{dpi: 144, line: 22, width: 1366 - 20, height: 768 - 60 - 50, measure: func(text string, width int32) (w, h int32) {
		for line := range strings.SplitSeq(text, "\n") {
			n := int32(len([]rune(line))) * 10
			w, h = max(w, min(n, width)), h+22*max(1, (n+width-1)/width)
		}
		return w, h
	}}
}

func buttons(n int, caption string) (b []dialog.Button) {
	for i := range n {
		b = append(b, dialog.Button{Number: 101 + i, Caption: fmt.Sprintf(caption, i)})
	}
	return b
}

// TestArrange looks, for questions of every size, that everything is in the
// window, the window on the screen, and nothing upon something else.
func TestArrange(t *testing.T) {
	long := strings.Repeat("Long text. ", 1000)
	for name, change := range map[string]func(*view){
		"short":             func(*view) {},
		"ten thousand":      func(v *view) { v.question.Text = long },
		"lines":             func(v *view) { v.question.Text = strings.Repeat("a\n", 5000) },
		"all long":          func(v *view) { v.question.Text, v.question.Details, v.expanded = long, long, true },
		"long labels":       func(v *view) { v.hint, v.countdown, v.question.Check = long[:500], long[:500], long[:500] },
		"long sender":       func(v *view) { v.question.Origin, v.question.Sender = long[:500], long[:500] },
		"many buttons":      func(v *view) { v.question.Buttons = buttons(64, "Button %d") },
		"many long buttons": func(v *view) { v.question.Buttons = buttons(64, "Button %d"+long[:450]) },
		"long buttons":      func(v *view) { v.question.Text, v.question.Buttons = long, buttons(4, "Button %d"+long[:450]) },
		"no buttons":        func(v *view) { v.question.Buttons = nil },
	} {
		for _, kind := range []string{protocol.KindPopup, protocol.KindInput, protocol.KindChoose, protocol.KindProgress} {
			t.Run(name+" "+kind, func(t *testing.T) {
				v := view{question: dialog.Question{
					Kind: kind, Icon: protocol.IconInfo, Text: "Text", Origin: "Origin", Sender: "Sender", Details: "d", Link: "https://example.org",
					Check: "Check", Detail: "Detail", Multiline: true, Choices: make([]dialog.Choice, 64), Buttons: buttons(2, "Button %d"),
					Words: dialog.Words{Details: "Show", More: "More", Close: "Close"},
				}, countdown: "0:10"}
				change(&v)
				check(t, v, arrange(v, small()))
			})
		}
	}
}

func check(t *testing.T, v view, l layout) {
	t.Helper()
	if m := small(); l.width > m.width || l.height > m.height {
		t.Errorf("%d×%d on %d×%d", l.width, l.height, m.width, m.height)
	}
	for number, r := range l.places {
		if r.Left < 0 || r.Top < 0 || r.Right > l.width || r.Bottom > l.height || r.Width() <= 0 || r.Height() <= 0 {
			t.Errorf("%d is at %v in %d×%d", number, r, l.width, l.height)
		}
		for other, o := range l.places {
			if number < other && r.Left < o.Right && o.Left < r.Right && r.Top < o.Bottom && o.Top < r.Bottom {
				t.Errorf("%d at %v lies upon %d at %v", number, r, other, o)
			}
		}
	}
	for _, b := range v.question.Buttons {
		if _, ok := l.places[b.Number]; !ok || l.captions[b.Number] == "" {
			t.Errorf("button %d is missing", b.Number)
		}
	}
	for _, number := range []int{originControl, senderControl, ruleControl} {
		if _, ok := l.places[number]; !ok {
			t.Errorf("%d is missing", number)
		}
	}
	if len(v.question.Buttons) == 0 {
		if _, ok := l.places[closeControl]; !ok {
			t.Error("there is nothing to close it with")
		}
	}
}

// TestOriginBelow looks that who sent stands below all that the message says.
func TestOriginBelow(t *testing.T) {
	v := view{question: dialog.Question{Kind: protocol.KindPopup, Text: "Text", Origin: "Origin", Buttons: buttons(2, "b%d")}, countdown: "0:10"}
	l := arrange(v, small())
	rule := l.places[ruleControl]
	for number, r := range l.places {
		below := number == originControl || number == originIconControl
		if number != ruleControl && below != (r.Top >= rule.Bottom) {
			t.Errorf("%d is on the wrong side of the line", number)
		}
	}
}
