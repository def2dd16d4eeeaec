package inputbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/answerer"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

const (
	buttonClick = 0xF5  // BM_CLICK
	keyDown     = 0x100 // WM_KEYDOWN
	character   = 0x102 // WM_CHAR
	keyReturn   = 0x0D
	keyEscape   = 0x1B
	keySpace    = 0x20
	keyDownward = 0x28
)

// question has OK and Cancel, as input and choose have.
func question(kind, title string) dialog.Question {
	q := answerer.Question(kind, title)
	q.Buttons = []dialog.Button{{Number: 1, Caption: "OK"}, {Number: 2, Caption: "Cancel"}}
	q.Default, q.Cancel = 1, 2
	return q
}

func click(a *answerer.Asked, button int) func() {
	return func() { a.PostTo(button, buttonClick, 0, 0) }
}

func typed(a *answerer.Asked, text string) {
	win.SetText(win.Item(a.Window(), inputControl), text)
}

func TestInput(t *testing.T) {
	q := question(protocol.KindInput, "in input")
	q.Initial, q.Check = "A-17", "Remember"
	a := answerer.Ask(t, New(), q)
	input := win.Item(a.Window(), inputControl)
	a.Until("the initial text", func() bool { return win.Text(input) == "A-17" })
	a.PostTo(inputControl, character, 'x', 0)
	a.PostTo(checkControl, buttonClick, 0, 0)
	a.Until("the typing", func() bool {
		return strings.Contains(win.Text(input), "x") && win.Checked(win.Item(a.Window(), checkControl))
	})
	want := win.Text(input)
	reply := a.Reply(func() { a.PostTo(inputControl, keyDown, keyReturn, 0) })
	if reply.Status != protocol.StatusAnswered || reply.Button != 1 || reply.Answer != want || !reply.Checked || reply.ShownAt.IsZero() {
		t.Errorf("%+v, want %q", reply, want)
	}
}

func TestDeaf(t *testing.T) {
	a := answerer.Ask(t, New(), question(protocol.KindInput, "in deaf"))
	if reply := a.Reply(click(a, 2)); time.Since(reply.ShownAt) < 500*time.Millisecond {
		t.Error("answered while it had to be deaf")
	}
}

func TestEscape(t *testing.T) {
	a := answerer.Ask(t, New(), question(protocol.KindInput, "in escape"))
	typed(a, "secret")
	if reply := a.Reply(func() { a.PostTo(inputControl, keyDown, keyEscape, 0) }); reply.Button != 2 || reply.Answer != "" {
		t.Errorf("%+v", reply)
	}
	q := answerer.Question(protocol.KindInput, "in dismissed")
	a = answerer.Ask(t, New(), q)
	if reply := a.Reply(func() { a.Post(win.MessageClose, 0, 0) }); reply.Status != protocol.StatusDismissed || reply.Button != -1 {
		t.Errorf("%+v", reply)
	}
}

func TestUnclosable(t *testing.T) {
	q := answerer.Question(protocol.KindPopup, "in unclosable")
	q.Unclosable = true
	a := answerer.Ask(t, New(), q)
	if style := win.Field(a.Window(), win.FieldStyle); style&win.StyleMenu != 0 {
		t.Errorf("it has a close box: style %#x", style)
	}
	reply := a.Reply(func() {
		a.Post(win.MessageClose, 0, 0) // it would be heard first
		click(a, 102)()
	})
	if reply.Button != 102 {
		t.Errorf("%+v", reply)
	}
}

func TestCustomButtons(t *testing.T) {
	for button, answer := range map[int]string{101: "text", 102: ""} {
		q := answerer.Question(protocol.KindInput, "in custom")
		q.Initial = "text"
		a := answerer.Ask(t, New(), q)
		if reply := a.Reply(click(a, button)); reply.Button != button || reply.Answer != answer {
			t.Errorf("%+v", reply)
		}
	}
}

func TestPattern(t *testing.T) {
	q := question(protocol.KindInput, "in pattern")
	q.Pattern, q.Hint, q.Initial = "[A-Z]-[0-9]+", "It looks like A-17.", "x"
	a := answerer.Ask(t, New(), q)
	a.Until("the refusal", func() bool { click(a, 1)(); return a.Says(q.Hint) })
	if a.Over() {
		t.Fatal("closed by an answer that does not match")
	}
	typed(a, "B-4")
	if reply := a.Reply(click(a, 1)); reply.Answer != "B-4" {
		t.Errorf("%+v", reply)
	}
}

func TestMultiline(t *testing.T) {
	q := question(protocol.KindInput, "in lines")
	q.Multiline, q.Initial = true, "one\ntwo"
	a := answerer.Ask(t, New(), q)
	if reply := a.Reply(click(a, 1)); reply.Answer != "one\ntwo" {
		t.Errorf("%+v", reply)
	}
}

func TestMask(t *testing.T) {
	q := question(protocol.KindInput, "in mask")
	q.Mask, q.Multiline, q.Initial = true, true, "secret"
	a := answerer.Ask(t, New(), q)
	const passwordChar = 0xD2 // EM_GETPASSWORDCHAR
	if win.Send(win.Item(a.Window(), inputControl), passwordChar, 0, 0) == 0 {
		t.Error("what is typed can be seen")
	}
	if reply := a.Reply(click(a, 1)); reply.Answer != "secret" {
		t.Errorf("%+v", reply)
	}
}

func choose(title string, multiple bool) dialog.Question {
	q := question(protocol.KindChoose, title)
	q.Multiple = multiple
	q.Choices = []dialog.Choice{{Value: "a", Caption: "A & <b>"}, {Value: "b", Caption: "B", Selected: true}, {Value: "c", Caption: "C"}}
	return q
}

func TestChoose(t *testing.T) {
	a := answerer.Ask(t, New(), choose("in choose", false))
	list := win.Item(a.Window(), listControl)
	a.Until("the preselected item", func() bool { return win.Send(list, listCurrent, 0, 0) == 1 })
	a.PostTo(listControl, keyDown, keyDownward, 0)
	a.Until("the next item", func() bool { return win.Send(list, listCurrent, 0, 0) == 2 })
	if reply := a.Reply(click(a, 1)); reply.Answer != "c" || reply.Items != nil {
		t.Errorf("%+v", reply)
	}
}

func TestChooseNothing(t *testing.T) {
	q := choose("in choose nothing", false)
	q.Choices[1].Selected = false
	a := answerer.Ask(t, New(), q)
	a.Until("the refusal", func() bool { click(a, 1)(); return a.Says(q.Words.NoMatch) })
	a.PostTo(listControl, keyDown, keyDownward, 0)
	if reply := a.Reply(click(a, 1)); reply.Answer != "a" {
		t.Errorf("%+v", reply)
	}
}

func TestTick(t *testing.T) {
	a := answerer.Ask(t, New(), choose("in tick", true))
	list := win.Item(a.Window(), listControl)
	ticked := func(i uintptr) bool { return win.Send(list, viewGetState, i, viewTicks) == viewTicked }
	a.Until("the item ticked before", func() bool { return ticked(1) })
	a.PostTo(listControl, keyDown, keySpace, 0)
	a.Until("the first item", func() bool { return ticked(0) })
	if reply := a.Reply(click(a, 1)); !slices.Equal(reply.Items, []string{"a", "b"}) || reply.Answer != "" {
		t.Errorf("%+v", reply)
	}
}

func TestUpdate(t *testing.T) {
	q := choose("in update", true)
	a := answerer.Ask(t, New(), q)
	list := win.Item(a.Window(), listControl)
	ticked := func(i uintptr) bool { return win.Send(list, viewGetState, i, viewTicks) == viewTicked }
	a.PostTo(listControl, keyDown, keySpace, 0)
	a.Until("the first item", func() bool { return ticked(0) })
	q.Text, q.Details, q.Link = "Other text", "More of it", "https://example.org"
	q.Choices = []dialog.Choice{{Value: "c", Caption: "C"}, {Value: "a", Caption: "A"}, {Value: "d", Caption: "D", Selected: true}}
	a.Update(q)
	a.Until("the update", func() bool { return a.Says("Other text") && a.Says("Show") && a.Says("More") })
	if ticked(0) || !ticked(1) || !ticked(2) {
		t.Errorf("ticked: %t %t %t", ticked(0), ticked(1), ticked(2))
	}
	a.Until("the details", func() bool {
		if !a.Says("Hide") {
			click(a, toggleControl)()
		}
		return a.Says("More of it")
	})
	if reply := a.Reply(click(a, 1)); !slices.Equal(reply.Items, []string{"a", "d"}) {
		t.Errorf("%+v", reply)
	}
}

func TestTypedTextStays(t *testing.T) {
	q := question(protocol.KindInput, "in typed")
	a := answerer.Ask(t, New(), q)
	typed(a, "mine")
	q.Text, q.Initial = "Other text", "theirs"
	a.Update(q)
	a.Until("the update", func() bool { return a.Says("Other text") })
	if reply := a.Reply(click(a, 1)); reply.Answer != "mine" {
		t.Errorf("%+v", reply)
	}
}

func TestCancelled(t *testing.T) {
	cause := errors.New("withdrawn")
	a := answerer.Ask(t, New(), question(protocol.KindInput, "in cancelled"))
	a.Cancel(cause)
	if err := a.Err(); err != cause {
		t.Error(err)
	}
}

// TestLong looks that buttons and sender stay on the screen.
func TestLong(t *testing.T) {
	q := answerer.Question(protocol.KindPopup, "in long")
	q.Text, q.Sender = strings.Repeat("Long text. ", 1000), "Somebody"
	a := answerer.Ask(t, New(), q)
	area := win.WorkArea()
	a.Until("the window to be laid out", func() bool { return a.Says(q.Text) && a.Says("“Somebody”") })
	for _, number := range []int{101, 102, originControl, senderControl} {
		if r := win.WindowRect(win.Item(a.Window(), number)); r.Bottom > area.Bottom || r.Top < area.Top || r.Height() <= 0 {
			t.Errorf("%d is at %v on %v", number, r, area)
		}
	}
	if reply := a.Reply(click(a, 102)); reply.Button != 102 {
		t.Errorf("%+v", reply)
	}
}

func TestProgress(t *testing.T) {
	q := answerer.Question(protocol.KindProgress, "in progress")
	q.Buttons, q.Percent, q.Text = nil, -1, strings.Repeat("Long text. ", 1000)
	a := answerer.Ask(t, New(), q)
	const getPosition = 0x408 // PBM_GETPOS
	q.Percent = 40
	a.Update(q)
	a.Until("the bar", func() bool { return win.Send(win.Item(a.Window(), barControl), getPosition, 0, 0) == 40 })
	if reply := a.Reply(click(a, closeControl)); reply.Status != protocol.StatusDismissed {
		t.Errorf("%+v", reply)
	}
}

// TestMany shows windows without leaving anything behind.
func TestMany(t *testing.T) {
	before := procedure()
	for range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := New().Show(ctx, question(protocol.KindInput, "in many"), nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if open.Len() != 0 || procedure() != before {
		t.Errorf("%d windows are still known", open.Len())
	}
}
