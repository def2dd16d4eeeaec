package taskdialog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

func load(number uintptr) uintptr { return number + 0x100000 }

func sample() dialog.Question {
	return dialog.Question{
		Kind: protocol.KindPopup, Title: "R&D", Text: "Now & <b>", Origin: "From & you", Sender: "IT & co",
		Check: "Not & again", Link: "https://example.org", Default: 102, Cancel: -1,
		Buttons: []dialog.Button{{Number: 101, Caption: "A & B"}, {Number: 102, Caption: "C"}},
		Words:   dialog.Words{Details: "Show", HideDetails: "Hide", More: "More", Close: "Close"},
	}
}

func TestPage(t *testing.T) {
	p := page(sample(), "content & more", load)
	if p.Title != "R&D" || p.Content != "content & more" || p.Footer != "From & you\n“IT & co”" {
		t.Errorf("texts are not plain: %+v", p)
	}
	if p.CheckText != "Not && again" || p.Buttons[0].Caption != "A && B" {
		t.Errorf("ampersands in captions are not doubled: %+v", p)
	}
	if last := p.Buttons[len(p.Buttons)-1]; last.ID != linkButton || p.Default != 102 {
		t.Errorf("%+v", p)
	}
	const hyperlinks = 0x1
	if p.Flags&hyperlinks != 0 {
		t.Error("text is markup")
	}
	if p.Flags&win.TaskDialogCancellable == 0 || p.Flags&win.TaskDialogStaysInBackground == 0 || p.Flags&win.TaskDialogRightToLeft != 0 {
		t.Errorf("flags %#x", p.Flags)
	}
	q := sample()
	q.Buttons, q.Link, q.RTL = nil, "", true
	p = page(q, "", load)
	if len(p.Buttons) != 1 || p.Buttons[0].ID != closeButton || p.Flags&win.TaskDialogCancellable == 0 || p.Flags&win.TaskDialogRightToLeft == 0 {
		t.Errorf("%+v", p)
	}
}

// What cannot be closed has no close box, and is closed by us with a button it has.
func TestUnclosablePage(t *testing.T) {
	q := sample()
	if number := closer(q); number != protocol.ButtonCancel {
		t.Errorf("a window that can be closed is by %d", number)
	}
	q.Unclosable = true
	if p := page(q, "", load); p.Flags&win.TaskDialogCancellable != 0 || closer(q) != 101 {
		t.Errorf("%+v, closed by %d", p, closer(q))
	}
	q.Buttons = nil
	if closer(q) != closeButton {
		t.Errorf("a bar is closed by %d", closer(q))
	}
}

func TestIcons(t *testing.T) {
	for icon, want := range map[string]uintptr{
		"": 0, protocol.IconNone: 0, protocol.IconInfo: win.TaskDialogInformation, protocol.IconWarning: win.TaskDialogWarning,
		protocol.IconError: win.TaskDialogError, protocol.IconShield: win.TaskDialogShield,
		protocol.IconQuestion: load(win.IconQuestion),
	} {
		for _, trusted := range []bool{false, true} {
			q := sample()
			q.Icon, q.Trusted = icon, trusted
			p := page(q, "", load)
			if p.Icon != want || (p.Flags&win.TaskDialogIconHandle != 0) != (icon == protocol.IconQuestion) {
				t.Errorf("%s: %#x, flags %#x", icon, p.Icon, p.Flags)
			}
			if (p.FooterIcon == win.TaskDialogShield) != trusted || (p.Flags&win.TaskDialogFooterIconHandle != 0) == trusted {
				t.Errorf("trusted %t: footer icon %#x, flags %#x", trusted, p.FooterIcon, p.Flags)
			}
		}
	}
}

// TestFooter looks that what a message brings comes nowhere near who sent.
func TestFooter(t *testing.T) {
	q := sample()
	q.Sender, q.Countdown = "", "From the administrator {time}"
	if f := footer(q); f != q.Origin {
		t.Errorf("%q", f)
	}
	if c := content(q, "From the administrator 0:10"); strings.Contains(c, q.Origin) {
		t.Errorf("%q", c)
	}
}

func TestCommandLinks(t *testing.T) {
	q := sample()
	if wantsCommandLinks(q) {
		t.Error("short captions became command links")
	}
	q.Buttons[0].Caption = "Install it and start again later"
	if !wantsCommandLinks(q) {
		t.Error("a long caption did not become a command link")
	}
}

func TestFits(t *testing.T) {
	buttons := func(n int) (b []dialog.Button) {
		for i := range n {
			b = append(b, dialog.Button{Number: 101 + i, Caption: fmt.Sprint("Button ", i)})
		}
		return b
	}
	for name, c := range map[string]struct {
		change func(*dialog.Question)
		want   bool
	}{
		"short":              {func(*dialog.Question) {}, true},
		"ten thousand":       {func(q *dialog.Question) { q.Text = strings.Repeat("word ", 2000) }, false},
		"many lines":         {func(q *dialog.Question) { q.Text = strings.Repeat("a\n", 60) }, false},
		"long details":       {func(q *dialog.Question) { q.Details = strings.Repeat("word ", 2000) }, false},
		"unbreakable":        {func(q *dialog.Question) { q.Text = strings.Repeat("x", 200) }, false},
		"few command links":  {func(q *dialog.Question) { q.Buttons = buttons(5) }, true},
		"many command links": {func(q *dialog.Question) { q.Buttons = buttons(20) }, false},
		"ideographs":         {func(q *dialog.Question) { q.Text = strings.Repeat("漢字 ", 300) }, false},
	} {
		q := sample()
		c.change(&q)
		if fits(q) != c.want {
			t.Errorf("%s: fits %t", name, !c.want)
		}
	}
}

func TestSameShape(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*dialog.Question)
		want   bool
	}{
		"nothing":     {func(*dialog.Question) {}, true},
		"texts":       {func(q *dialog.Question) { q.Text, q.Title, q.Sender, q.Detail = "a", "b", "c", "d" }, true},
		"new details": {func(q *dialog.Question) { q.Details = "d" }, false},
		"icon":        {func(q *dialog.Question) { q.Icon = protocol.IconError }, false},
		"no link":     {func(q *dialog.Question) { q.Link = "" }, false},
		"check":       {func(q *dialog.Question) { q.Check = "other" }, false},
		"trusted":     {func(q *dialog.Question) { q.Trusted = true }, false},
	} {
		q := sample()
		c.change(&q)
		if sameShape(page(sample(), "", load), page(q, "", load)) != c.want {
			t.Errorf("%s: %t", name, !c.want)
		}
	}
}
