package taskdialog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/answerer"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// Wine differs from Windows in these, for which reason they are not tested
// here: Escape does nothing where there is no Cancel button; texts are static
// controls, in which they can be read.

func popup(title string) dialog.Question { return answerer.Question(protocol.KindPopup, title) }

func click(a *answerer.Asked, button int) func() {
	return func() { a.Post(win.TaskDialogClick, uintptr(button), 0) }
}

func TestButton(t *testing.T) {
	before := time.Now()
	a := answerer.Ask(t, New(), popup("td button"))
	reply := a.Reply(click(a, 102))
	if reply.Status != protocol.StatusAnswered || reply.Button != 102 || reply.Checked || reply.Channel != protocol.ChannelDialog {
		t.Errorf("%+v", reply)
	}
	if time.Since(reply.ShownAt) < 500*time.Millisecond {
		t.Error("answered while it had to be deaf")
	}
	if reply.ShownAt.Before(before) || reply.ShownAt.After(time.Now()) {
		t.Errorf("shown at %s", reply.ShownAt)
	}
}

func TestCloseBox(t *testing.T) {
	for title, c := range map[string]struct {
		buttons []dialog.Button
		cancel  int
		status  protocol.Status
		button  int
	}{
		"td no cancel":  {[]dialog.Button{{Number: 6, Caption: "Yes"}, {Number: 7, Caption: "No"}}, -1, protocol.StatusDismissed, -1},
		"td cancel":     {[]dialog.Button{{Number: 1, Caption: "OK"}, {Number: 2, Caption: "Cancel"}}, 2, protocol.StatusAnswered, 2},
		"td only ok":    {[]dialog.Button{{Number: 1, Caption: "OK"}}, 1, protocol.StatusAnswered, 1},
		"td no buttons": {nil, -1, protocol.StatusDismissed, -1},
	} {
		t.Run(title, func(t *testing.T) {
			q := popup(title)
			q.Buttons, q.Cancel = c.buttons, c.cancel
			a := answerer.Ask(t, New(), q)
			reply := a.Reply(func() { a.Post(win.MessageClose, 0, 0) })
			if reply.Status != c.status || reply.Button != c.button {
				t.Errorf("%+v", reply)
			}
		})
	}
}

// What cannot be closed stays, but for a button, its sender and its end.
func TestUnclosable(t *testing.T) {
	question := popup("td unclosable")
	bar := answerer.Question(protocol.KindProgress, "td unclosable bar")
	bar.Buttons, bar.Default = nil, -1
	for _, q := range []dialog.Question{question, bar} {
		t.Run(q.Title, func(t *testing.T) {
			q.Cancel, q.Unclosable = protocol.NoButton, true
			a := answerer.Ask(t, New(), q)
			const deaf = time.Second // at first it hears nothing, and longer than that
			for began := time.Now(); time.Since(began) < deaf; {
				a.Post(win.MessageClose, 0, 0)
				click(a, closeButton)()
				click(a, protocol.ButtonCancel)()
				q.Text = "since " + time.Since(began).String()
				a.Update(q)
				a.Until("it to be still there", func() bool { return a.Says(q.Text) || a.Over() })
			}
			if a.Over() {
				t.Fatal("it was closed")
			}
			if q.Kind == protocol.KindProgress {
				cause := errors.New("withdrawn")
				a.Cancel(cause)
				if err := a.Err(); err != cause {
					t.Error(err)
				}
				return
			}
			if reply := a.Reply(click(a, 102)); reply.Button != 102 {
				t.Errorf("%+v", reply)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	cause := errors.New("withdrawn")
	a := answerer.Ask(t, New(), popup("td cancelled"))
	a.Cancel(cause)
	if err := a.Err(); err != cause {
		t.Error(err)
	}
}

func TestTexts(t *testing.T) {
	q := popup("td texts <b> & _x_")
	q.Text = "<b>bold</b> & R&D _x_ \\n\n- dash <a href=\"x\">link</a>"
	q.Sender, q.Check, q.Buttons[0].Caption = "IT & <b>", "R&D", "Now & then"
	a := answerer.Ask(t, New(), q)
	// In Wine's static controls, too, an ampersand has to be doubled.
	a.Until("the texts", func() bool { return a.Says(literal(q.Text)) })
	for _, text := range []string{q.Title, q.Origin + "\n“IT && <b>”", "R&&D", "Now && then"} {
		if !a.Says(text) {
			t.Errorf("%q is not in %q", text, a.Texts())
		}
	}
}

func TestTickAndLink(t *testing.T) {
	opened := make(chan string, 100)
	d := taskDialog{open: func(url string) error { opened <- url; return nil }}
	q := popup("td tick")
	q.Check, q.Link = "Again", "https://example.org/why"
	a := answerer.Ask(t, d, q)
	a.Until("the link", func() bool { click(a, linkButton)(); return len(opened) > 0 })
	if url := <-opened; url != q.Link || a.Over() {
		t.Errorf("opened %s, closed %t", url, a.Over())
	}
	const clickCheck = 0x400 + 113 // TDM_CLICK_VERIFICATION
	a.Post(clickCheck, 1, 0)
	if reply := a.Reply(click(a, 101)); !reply.Checked || reply.Button != 101 {
		t.Errorf("%+v", reply)
	}
}

func TestCountdown(t *testing.T) {
	q := popup("td countdown")
	q.Countdown, q.Deadline = "Begins in {time}", time.Now().Add(time.Hour)
	a := answerer.Ask(t, New(), q)
	counts := func() (line string) {
		for _, text := range a.Texts() {
			if rest, ok := strings.CutPrefix(text, q.Text+"\n\nBegins in "); ok {
				line = rest
			}
		}
		return line
	}
	a.Until("the countdown", func() bool { return counts() != "" })
	first := counts()
	a.Until("it to go on", func() bool { return counts() != first })
	q.Paused, q.Remaining = true, 90_000
	a.Update(q)
	a.Until("it to stand still", func() bool { return counts() == "1:30" })
}

func TestUpdate(t *testing.T) {
	q := popup("td update")
	q.Check = "Again"
	a := answerer.Ask(t, New(), q)
	q.Text = "Other text"
	a.Update(q)
	a.Until("the other text", func() bool { return a.Says("Other text") })
	q.Details, q.Icon, q.Title = "More of it", protocol.IconWarning, "td updated" // another page
	q.Raise = true
	a.Update(q)
	a.Until("the other page", func() bool { return a.Says("Show") && a.Says("td updated") })
	if reply := a.Reply(click(a, 102)); reply.Button != 102 {
		t.Errorf("%+v", reply)
	}
}

func TestOutgrown(t *testing.T) {
	q := popup("td outgrown")
	a := answerer.Ask(t, New(), q)
	q.Text = strings.Repeat("Long text. ", 1000)
	a.Update(q)
	a.Again(q.Title)
	a.Until("the long text", func() bool { return a.Says(q.Text) })
	if reply := a.Reply(func() { a.PostTo(102, 0xF5, 0, 0) }); reply.Button != 102 { // BM_CLICK
		t.Errorf("%+v", reply)
	}
}

func TestProgress(t *testing.T) {
	q := answerer.Question(protocol.KindProgress, "td progress")
	q.Buttons, q.Default, q.Percent, q.Detail = nil, -1, -1, "file 1"
	a := answerer.Ask(t, New(), q)
	q.Percent, q.Detail = 40, "file 2"
	a.Update(q)
	a.Until("the detail", func() bool { return a.Says(q.Text + "\n\nfile 2") })
	const getPosition = 0x408 // PBM_GETPOS
	for _, c := range win.Children(a.Window()) {
		if win.Class(c) == "msctls_progress32" {
			a.Until("the bar", func() bool { return win.Send(c, getPosition, 0, 0) == 40 })
		}
	}
	q.Percent = 100
	a.Update(q)
	if reply := a.Reply(func() {}); reply.Status != protocol.StatusAnswered || reply.Button != protocol.NoButton {
		t.Errorf("%+v", reply)
	}
}

func TestTwoAtOnce(t *testing.T) {
	first, second := answerer.Ask(t, New(), popup("td one")), answerer.Ask(t, New(), popup("td two"))
	if r := second.Reply(click(second, 102)); r.Button != 102 || first.Over() {
		t.Errorf("%+v", r)
	}
	if r := first.Reply(click(first, 101)); r.Button != 101 {
		t.Errorf("%+v", r)
	}
}

// TestTopmost cannot see the rest of rule 7 without a screen and a person.
func TestTopmost(t *testing.T) {
	a := answerer.Ask(t, New(), popup("td topmost"))
	const exStyle, topmost = -20, 0x8
	a.Until("the window to be topmost", func() bool { return win.Field(a.Window(), exStyle)&topmost != 0 })
}

// TestThousands shows more windows than a process has callbacks.
func TestThousands(t *testing.T) {
	d := New()
	for range 2100 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.Show(ctx, popup("td thousands"), nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if n := open.Len(); n != 0 {
		t.Errorf("%d windows are still known", n)
	}
	if h := windows.GetForegroundWindow(); h != 0 && win.Text(h) == "td thousands" {
		t.Error("one is still open")
	}
}
