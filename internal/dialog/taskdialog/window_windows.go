package taskdialog

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/arrival"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// open numbers the windows that are open, for callback, of which there is one
// for all of them: Go never frees a callback.
var open win.Handles[interface {
	notified(hwnd windows.HWND, notification, argument uintptr) uintptr
}]

var callback = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(hwnd windows.HWND, notification, w, _, self uintptr) uintptr {
		if window := open.Get(self); window != nil {
			return window.notified(hwnd, notification, w)
		}
		return 0
	})
})

// window is one task dialog. It belongs to its thread, which shows it and
// runs notified, but for what is atomic.
type window struct {
	newer   atomic.Pointer[dialog.Question] // not on screen yet
	closing atomic.Bool                     // by us, not by the person
	hwnd    atomic.Uintptr                  // once it exists

	closer   int // see closer
	question dialog.Question
	open     func(url string) error
	links    sync.WaitGroup
	self     uintptr
	arrival  *arrival.Arrival
	pages    []*win.Memory // all that there were, as a dialog may still read them
	content  string        // on screen
	left     time.Duration // when last looked at
	checked  bool
	expanded bool
	focused  bool // has had the keyboard
	statics  bool // texts are static controls
	shown    time.Time
	reply    *protocol.Reply  // what the person did
	outgrown *dialog.Question // has no room here any more
}

// close closes the window whatever it shows. It may be called by any thread,
// and before there is a window.
func (w *window) close() {
	w.closing.Store(true)
	if hwnd := w.hwnd.Load(); hwnd != 0 {
		// A window that cannot be told is closing already.
		_ = win.Post(windows.HWND(hwnd), win.TaskDialogEnable, uintptr(w.closer), 1)
		_ = win.Post(windows.HWND(hwnd), win.TaskDialogClick, uintptr(w.closer), 0)
	}
}

// lay lays out the question as it is now.
func (w *window) lay() *win.Memory {
	w.content = content(w.question, w.countdown(time.Now()))
	t := page(w.question, w.content, win.Icon)
	if w.checked {
		t.Flags |= win.TaskDialogChecked
	}
	if w.expanded {
		t.Flags |= win.TaskDialogExpanded
	}
	memory := t.Block(callback(), w.self).Place()
	w.pages = append(w.pages, memory)
	return memory
}

// countdown is the line with the time left; on the way it announces it.
func (w *window) countdown(now time.Time) string {
	left, counts := w.question.Left(now)
	if !counts {
		return ""
	}
	line := w.question.CountdownLine(left)
	if dialog.Announces(w.left, left) {
		win.Speak(windows.HWND(w.hwnd.Load()), line)
	}
	w.left = left
	return line
}

func (w *window) notified(hwnd windows.HWND, notification, argument uintptr) uintptr {
	switch notification {
	case win.TaskDialogCreated:
		w.shown = time.Now()
		w.hwnd.Store(uintptr(hwnd))
		w.arrival.Place(hwnd, w.staysOnTop())
		w.dress(hwnd)
		if w.closing.Load() {
			w.close()
		}
	case win.TaskDialogNavigated:
		w.dress(hwnd)
	case win.TaskDialogTicked:
		w.tick(hwnd, time.Now())
	case win.TaskDialogClicked:
		if !w.clicked(int(int32(argument)), time.Now()) {
			return win.TaskDialogKeepsOpen
		}
	case win.TaskDialogChecking:
		w.checked = argument != 0
	case win.TaskDialogExpanding:
		w.expanded = argument != 0
	}
	return 0
}

// staysOnTop reports whether nothing may cover the window: a progress bar is
// for a long time, a question until it has been answered.
func (w *window) staysOnTop() bool {
	return w.question.Kind != protocol.KindProgress || w.question.SystemModal
}

func (w *window) tick(hwnd windows.HWND, now time.Time) {
	w.arrival.Tick(now, w.question.Title+"\n"+w.question.Text)
	if !w.focused && windows.GetForegroundWindow() == hwnd {
		w.focused = true
		w.focus(hwnd)
	}
	if newer := w.newer.Swap(nil); newer != nil {
		w.follow(hwnd, *newer, now)
	}
	if text := content(w.question, w.countdown(now)); text != w.content {
		w.content = text
		w.setText(hwnd, win.TaskDialogElementContent, text)
	}
	if w.question.Kind == protocol.KindProgress && w.question.Percent >= 100 && w.reply == nil {
		w.reply = &protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton, Channel: protocol.ChannelDialog, ShownAt: w.shown}
		w.close()
	}
	if w.closing.Load() {
		w.close()
	}
}

// focus puts the focus where Return and Tab start from. A dialog does that as
// it opens, when it may not have the keyboard yet. Where the buttons are no
// controls of the window itself it keeps its own account.
func (w *window) focus(hwnd windows.HWND) {
	number := w.question.Default
	if len(w.question.Buttons) == 0 {
		number = closeButton
	}
	if button := win.Item(hwnd, number); button != 0 {
		win.Send(hwnd, win.MessageNextControl, uintptr(button), 1)
	}
}

// follow shows a newer question in the window: text by text where the dialog
// stays the same, else as a new page of it.
func (w *window) follow(hwnd windows.HWND, newer dialog.Question, now time.Time) {
	older := w.question
	w.question = newer
	if !fits(newer) {
		w.outgrown = &newer
		w.close()
		return
	}
	was, is := page(older, "", win.Icon), page(newer, "", win.Icon)
	if sameShape(was, is) {
		texts := []struct {
			element  uintptr
			was, now string
		}{
			{win.TaskDialogElementDetails, was.Details, is.Details},
			{win.TaskDialogElementFooter, was.Footer, is.Footer},
		}
		for _, text := range texts {
			if text.was != text.now {
				w.setText(hwnd, text.element, text.now)
			}
		}
		if older.Percent != newer.Percent {
			w.setBar(hwnd)
		}
	} else {
		win.SendPointer(hwnd, win.TaskDialogNavigate, 0, w.lay().Pointer())
		w.arrival.Centre(hwnd)
	}
	if was.Title != is.Title {
		win.SetText(hwnd, is.Title)
	}
	if newer.Raise {
		w.arrival.Raise(now, newer.Title+"\n"+newer.Text)
	}
}

// dress does to a new page what its layout cannot say. Windows draws the texts
// itself, as they are. Where they are static controls instead, as in Wine,
// ampersands have to be doubled in them as in captions.
func (w *window) dress(hwnd windows.HWND) {
	w.statics = slices.ContainsFunc(win.Children(hwnd), func(c windows.HWND) bool { return win.Class(c) == "Static" })
	if w.statics {
		for element, text := range map[uintptr]string{
			win.TaskDialogElementContent: w.content, win.TaskDialogElementDetails: w.question.Details,
			win.TaskDialogElementFooter: footer(w.question),
		} {
			if strings.Contains(text, "&") {
				w.setText(hwnd, element, text)
			}
		}
	}
	if w.question.Unclosable && len(w.question.Buttons) == 0 {
		win.Send(hwnd, win.TaskDialogEnable, closeButton, 0) // a task dialog has to have a button
	}
	w.setBar(hwnd)
}

// setText makes an element show a text.
func (w *window) setText(hwnd windows.HWND, element uintptr, text string) {
	if w.statics {
		text = literal(text)
	}
	win.SendText(hwnd, win.TaskDialogSetElementText, element, text)
}

// setBar makes the progress bar show how far things are, or that nobody knows.
func (w *window) setBar(hwnd windows.HWND) {
	if w.question.Kind != protocol.KindProgress {
		return
	}
	if w.question.Percent < 0 {
		win.Send(hwnd, win.TaskDialogUseMarquee, 1, 0)
		win.Send(hwnd, win.TaskDialogRunMarquee, 1, 0)
		return
	}
	win.Send(hwnd, win.TaskDialogRunMarquee, 0, 0)
	win.Send(hwnd, win.TaskDialogUseMarquee, 0, 0)
	win.Send(hwnd, win.TaskDialogSetPosition, uintptr(min(w.question.Percent, 100)), 0)
}

// clicked reports whether a button closes the window.
func (w *window) clicked(button int, now time.Time) bool {
	if w.closing.Load() {
		return true
	}
	if !w.arrival.Hears(now) {
		return false
	}
	if button == linkButton {
		w.follows(w.question.Link)
		return false
	}
	if button == closeButton {
		button = protocol.ButtonCancel
	}
	reply, offered := w.question.Pressed(button)
	if !offered {
		return false
	}
	reply.ShownAt = w.shown
	w.reply = &reply
	return true
}

// follows opens the link, outside this thread, which has a window to run.
func (w *window) follows(link string) {
	id := w.question.ID
	w.links.Go(func() {
		if err := w.open(link); err != nil {
			slog.Warn("open a link", "id", id, "error", err)
		}
	})
}
