package inputbox

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

// open numbers the windows that are open, for procedure, of which there is
// one for all of them: Go never frees a callback.
var open win.Handles[interface {
	handle(hwnd windows.HWND, message uint32, argument uintptr) bool
}]

var procedure = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(hwnd windows.HWND, message, argument, more uintptr) uintptr {
		if message == win.MessageInit {
			win.SetField(hwnd, win.FieldUser, more)
		}
		window := open.Get(win.Field(hwnd, win.FieldUser))
		if window != nil && window.handle(hwnd, uint32(message), argument) {
			return 1
		}
		return 0
	})
})

// window is one window. It belongs to its thread, which shows it and runs
// handle, but for what is atomic.
type window struct {
	newer    atomic.Pointer[dialog.Question] // not on screen yet
	closing  atomic.Bool                     // by us, not by the person
	handleOf atomic.Uintptr                  // once it exists

	view
	open    func(url string) error
	links   sync.WaitGroup
	arrival *arrival.Arrival
	hwnd    windows.HWND
	font    win.Font
	dpi     int
	focused bool
	left    time.Duration // when last looked at
	size    [2]int32      // of the inside
	shown   time.Time
	reply   *protocol.Reply
}

// close closes the window whatever it shows. It may be called by any thread,
// and before there is a window.
func (w *window) close() {
	w.closing.Store(true)
	if hwnd := w.handleOf.Load(); hwnd != 0 {
		// A window that cannot be told is closing already.
		_ = win.Post(windows.HWND(hwnd), win.MessageApp, 0, 0)
	}
}

func (w *window) style() uint32 {
	s := uint32(win.StylePopup | win.StyleCaption | win.StyleDialog)
	if !w.question.Unclosable {
		s |= win.StyleMenu // which has the close box
	}
	return s
}

func (w *window) exStyle() uint32 {
	s := uint32(win.ExStyleDialog | win.ExStyleAppWindow)
	if w.question.RTL {
		s |= win.ExStyleRightToLeft
	}
	return s
}

// handle is the dialog procedure. It returns false for what the system is to
// do by itself, and for MessageInit, so that the focus stays where it is.
func (w *window) handle(hwnd windows.HWND, message uint32, argument uintptr) bool {
	switch message {
	case win.MessageInit:
		w.create(hwnd)
	case win.MessageActivate:
		const byKey = 1 // WA_ACTIVE: a click puts the focus itself
		if argument&0xFFFF == byKey && !w.focused {
			w.focused = true
			_ = win.Post(hwnd, win.MessageNextControl, uintptr(w.first()), 1)
		}
	case win.MessageTimer:
		w.tick(time.Now())
	case win.MessageApp:
		if w.closing.Load() {
			win.EndDialog(hwnd)
		}
	case win.MessageDPIChanged:
		w.scale()
		w.place()
		return true
	case win.MessageCommand:
		w.command(int(argument&0xFFFF), int(argument>>16&0xFFFF), time.Now())
		return true
	}
	return false
}

func (w *window) create(hwnd windows.HWND) {
	w.hwnd = hwnd
	w.shown = time.Now()
	win.KeepControls(hwnd)
	for size := range uintptr(2) {
		win.Send(hwnd, win.MessageSetIcon, size, win.ProgramIcon())
	}
	w.countdown = w.countdownLine(w.shown)
	w.build()
	w.scale()
	w.place()
	w.arrival.Place(hwnd, w.question.Kind != protocol.KindProgress || w.question.SystemModal)
	win.Send(hwnd, win.MessageSetDefault, uintptr(w.defaultButton()), 0)
	win.StartTimer(hwnd, 200)
	w.handleOf.Store(uintptr(hwnd))
	if w.closing.Load() {
		w.close()
	}
}

// defaultButton is what Return presses.
func (w *window) defaultButton() int {
	switch {
	case len(w.question.Buttons) == 0:
		return closeControl
	case w.question.Default > 0:
		return w.question.Default
	}
	return w.question.Buttons[0].Number
}

// first is the control that has the focus at first.
func (w *window) first() windows.HWND {
	switch w.question.Kind {
	case protocol.KindInput:
		return win.Item(w.hwnd, inputControl)
	case protocol.KindChoose:
		return win.Item(w.hwnd, listControl)
	}
	return win.Item(w.hwnd, w.defaultButton())
}

// countdownLine is the line with the time left; on the way it announces it.
func (w *window) countdownLine(now time.Time) string {
	left, counts := w.question.Left(now)
	if !counts {
		return ""
	}
	line := w.question.CountdownLine(left)
	if dialog.Announces(w.left, left) {
		win.Speak(w.hwnd, line)
	}
	w.left = left
	return line
}

func (w *window) tick(now time.Time) {
	w.arrival.Tick(now, w.question.Title+"\n"+w.question.Text)
	if newer := w.newer.Swap(nil); newer != nil {
		w.follow(*newer, now)
	}
	if line := w.countdownLine(now); line != w.countdown {
		appears := (line == "") != (w.countdown == "")
		w.countdown = line
		win.SetText(win.Item(w.hwnd, countdownControl), line)
		if appears {
			w.place()
		}
	}
	if w.question.Kind == protocol.KindProgress && w.question.Percent >= 100 && w.reply == nil {
		w.end(protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton, Channel: protocol.ChannelDialog})
	}
}

// follow shows a newer question. What the person has typed, ticked or chosen
// stays; so do the buttons, which no update changes.
func (w *window) follow(newer dialog.Question, now time.Time) {
	older := w.question
	newer.Kind, newer.Buttons, newer.Multiple = older.Kind, older.Buttons, older.Multiple
	newer.Mask, newer.Multiline = older.Mask, older.Multiline
	w.question = newer
	w.fill()
	if !slices.Equal(older.Choices, newer.Choices) {
		w.refill(older.Choices)
	}
	w.place()
	if newer.Raise {
		w.arrival.Raise(now, newer.Title+"\n"+newer.Text)
	}
}

// command is what the person did with a control.
func (w *window) command(number, notification int, now time.Time) {
	if w.closing.Load() || w.reply != nil {
		return
	}
	const clicked, doubleClicked = 0, 2 // BN_CLICKED, LBN_DBLCLK
	if number == listControl && notification == doubleClicked {
		if i := slices.IndexFunc(w.question.Buttons, func(b dialog.Button) bool { return w.question.Accepts(b.Number) }); i >= 0 {
			number, notification = w.question.Buttons[i].Number, clicked
		}
	}
	if notification != clicked || !w.arrival.Hears(now) {
		return
	}
	switch number {
	case toggleControl:
		w.expanded = !w.expanded
		w.fill()
		w.place()
		return
	case linkControl:
		w.follows(w.question.Link)
		return
	case closeControl:
		number = protocol.ButtonCancel
	}
	reply, ok := w.question.Pressed(number)
	if !ok {
		return
	}
	if w.question.Accepts(reply.Button) && !w.answer(&reply) {
		w.refuse()
		return
	}
	w.end(reply)
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

// answer fills in what was typed or chosen; false when that does not do.
func (w *window) answer(reply *protocol.Reply) bool {
	switch w.question.Kind {
	case protocol.KindInput:
		reply.Answer = strings.ReplaceAll(win.Text(win.Item(w.hwnd, inputControl)), "\r\n", "\n")
		return len(reply.Answer) <= protocol.MaxField && protocol.Message{Pattern: w.question.Pattern}.Matches(reply.Answer)
	case protocol.KindChoose:
		chosen := w.chosen()
		if w.question.Multiple {
			reply.Items = chosen
			return true
		}
		if len(chosen) != 1 {
			return false
		}
		reply.Answer = chosen[0]
	}
	return true
}

// refuse says what an answer has to be like, and lets the person mend it.
func (w *window) refuse() {
	w.hint = w.question.Hint
	if w.hint == "" {
		w.hint = w.question.Words.NoMatch
	}
	w.fill()
	w.place()
	win.Send(w.hwnd, win.MessageNextControl, uintptr(w.first()), 1)
	win.Speak(win.Item(w.hwnd, hintControl), w.hint)
}

func (w *window) end(reply protocol.Reply) {
	reply.ShownAt = w.shown
	reply.Checked = w.question.Check != "" && win.Checked(win.Item(w.hwnd, checkControl))
	w.reply = &reply
	win.EndDialog(w.hwnd)
}
