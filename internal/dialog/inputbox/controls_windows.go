package inputbox

import (
	"slices"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// Styles of controls (winuser.h, commctrl.h).
const (
	staticIcon      = 0x3    // SS_ICON
	staticRule      = 0x10   // SS_ETCHEDHORZ
	staticPlain     = 0x2080 // SS_NOPREFIX, SS_EDITCONTROL
	staticCentred   = 0x200  // SS_CENTERIMAGE
	editReadOnly    = 0x800 | editLines
	editLines       = 0x44 // ES_MULTILINE, ES_AUTOVSCROLL
	editWantsReturn = 0x1000
	editOneLine     = 0x80   // ES_AUTOHSCROLL
	editMasked      = 0x20   // ES_PASSWORD
	buttonTick      = 0x2403 // BS_AUTOCHECKBOX, BS_MULTILINE, BS_TOP
	buttonPush      = 0x2000 // BS_MULTILINE
	buttonDefault   = 0x2001 // and BS_DEFPUSHBUTTON
	barMarquee      = 0x8    // PBS_MARQUEE
	setIcon         = 0x170  // STM_SETICON
	limitText       = 0xC5   // EM_SETLIMITTEXT
	setBar          = 0x402  // PBM_SETPOS
	runMarquee      = 0x40A  // PBM_SETMARQUEE
)

// build makes the controls, in the order that Tab goes through them; place
// shows those that have something to show.
func (w *window) build() {
	q := w.question
	control := func(number int, class string, style, exStyle uint32) windows.HWND {
		return win.Control(w.hwnd, class, "", style, exStyle, number)
	}
	const scrolls = win.StyleTabStop | win.StyleVScroll
	control(iconControl, "STATIC", staticIcon, 0)
	control(longTextControl, "EDIT", editReadOnly|scrolls, win.ExStyleSunken)
	// Right before the control that it names for a screen reader.
	control(textControl, "STATIC", staticPlain, 0)
	switch {
	case q.Kind == protocol.KindChoose:
		w.buildList()
	case q.Mask:
		control(inputControl, "EDIT", editOneLine|editMasked|win.StyleTabStop, win.ExStyleSunken)
	case q.Multiline:
		control(inputControl, "EDIT", editLines|editWantsReturn|scrolls, win.ExStyleSunken)
	default:
		control(inputControl, "EDIT", editOneLine|win.StyleTabStop, win.ExStyleSunken)
	}
	if input := win.Item(w.hwnd, inputControl); input != 0 {
		win.Send(input, limitText, protocol.MaxField, 0)
		win.SetText(input, lineEnds(q.Initial))
	}
	control(hintControl, "STATIC", staticPlain, 0)
	control(barControl, "msctls_progress32", 0, 0)
	control(detailControl, "STATIC", staticPlain, 0)
	control(countdownControl, "STATIC", staticPlain, 0)
	control(checkControl, "BUTTON", buttonTick|win.StyleTabStop, 0)
	control(toggleControl, "BUTTON", buttonPush|win.StyleTabStop, 0)
	control(linkControl, "BUTTON", buttonPush|win.StyleTabStop, 0)
	control(detailsControl, "EDIT", editReadOnly|scrolls, win.ExStyleSunken)
	for _, b := range append(slices.Clone(q.Buttons), dialog.Button{Number: closeControl, Caption: q.Words.Close}) {
		push := uint32(buttonPush)
		if b.Number == w.defaultButton() {
			push = buttonDefault
		}
		control(b.Number, "BUTTON", push|win.StyleTabStop, 0)
	}
	control(ruleControl, "STATIC", staticRule, 0)
	control(originIconControl, "STATIC", staticIcon|staticCentred, 0)
	control(originControl, "STATIC", staticPlain, 0)
	control(senderControl, "STATIC", staticPlain, 0)
	w.fill()
	if q.Kind == protocol.KindChoose {
		w.refill(nil)
	}
}

// fill writes what the question says into the controls, where it changed.
func (w *window) fill() {
	q := w.question
	toggle := q.Words.Details
	if w.expanded {
		toggle = q.Words.HideDetails
	}
	for number, text := range map[int]string{
		textControl: q.Text, longTextControl: lineEnds(q.Text), hintControl: w.hint,
		detailControl: q.Detail, countdownControl: w.countdown, checkControl: literal(q.Check),
		toggleControl: literal(toggle), linkControl: literal(q.Words.More), detailsControl: lineEnds(q.Details),
		originControl: q.Origin, senderControl: quoted(q.Sender),
	} {
		if c := win.Item(w.hwnd, number); win.Text(c) != text {
			win.SetText(c, text)
		}
	}
	if win.Text(w.hwnd) != q.Title {
		win.SetText(w.hwnd, q.Title)
	}
	icons := map[string]uintptr{
		protocol.IconInfo: win.IconInformation, protocol.IconWarning: win.IconWarning, protocol.IconError: win.IconError,
		protocol.IconQuestion: win.IconQuestion, protocol.IconShield: win.IconShield,
	}
	if number, ok := icons[q.Icon]; ok {
		win.Send(win.Item(w.hwnd, iconControl), setIcon, win.Icon(number), 0)
	}
	from := uintptr(win.IconApplication)
	if q.Trusted {
		from = win.IconShield
	}
	win.Send(win.Item(w.hwnd, originIconControl), setIcon, win.SmallIcon(from), 0)
	if q.Kind == protocol.KindProgress {
		w.fillBar()
	}
}

func (w *window) fillBar() {
	bar := win.Item(w.hwnd, barControl)
	style := win.Field(bar, win.FieldStyle)
	if w.question.Percent < 0 {
		win.SetField(bar, win.FieldStyle, style|barMarquee)
		win.Send(bar, runMarquee, 1, 0)
		return
	}
	win.Send(bar, runMarquee, 0, 0)
	win.SetField(bar, win.FieldStyle, style&^barMarquee)
	win.Send(bar, setBar, uintptr(w.question.Percent), 0)
}

// scale takes the font of the monitor's scale for all controls.
func (w *window) scale() {
	old := w.font
	w.dpi = win.DPI(w.hwnd)
	w.font = win.MessageFont(w.dpi)
	for _, c := range win.Children(w.hwnd) {
		win.Send(c, win.MessageSetFont, uintptr(w.font), 1)
	}
	if old != 0 {
		old.Delete()
	}
}

// place lays out the window and shows the controls that are in it.
func (w *window) place() {
	_, line := w.font.Measure("X", 100)
	if w.question.Kind == protocol.KindChoose {
		w.widen()
	}
	area := win.WorkArea()
	frame := win.Frame(w.hwnd, 0, 0, w.style(), w.exStyle())
	l := arrange(w.view, metrics{
		dpi: w.dpi, line: line, measure: w.font.Measure,
		width: area.Width() - frame.Width(), height: area.Height() - frame.Height(),
	})
	for _, c := range win.Children(w.hwnd) {
		r, shown := l.places[win.Number(c)]
		if shown {
			win.Resize(c, r)
		}
		win.Show(c, shown)
	}
	for number, caption := range l.captions {
		if c, text := win.Item(w.hwnd, number), literal(caption); win.Text(c) != text {
			win.SetText(c, text)
		}
	}
	if w.size == [2]int32{} { // until now there was no size to scroll in
		w.scroll()
	}
	if size := [2]int32{l.width, l.height}; size != w.size {
		w.size = size
		at, outer := win.WindowRect(w.hwnd), win.Frame(w.hwnd, l.width, l.height, w.style(), w.exStyle())
		at.Right, at.Bottom = at.Left+outer.Width(), at.Top+outer.Height()
		win.Resize(w.hwnd, at)
		if !w.shown.IsZero() {
			w.arrival.Centre(w.hwnd)
		}
	}
	win.Redraw(w.hwnd)
}

// scroll shows the beginning of what can be scrolled, and how long it is.
func (w *window) scroll() {
	win.SetText(win.Item(w.hwnd, longTextControl), lineEnds(w.question.Text))
	win.SetText(win.Item(w.hwnd, detailsControl), lineEnds(w.question.Details))
	list := win.Item(w.hwnd, listControl)
	switch {
	case list == 0:
	case w.question.Multiple:
		win.Send(list, viewEnsure, 0, 0)
	default:
		win.Send(list, listTop, 0, 0)
		win.Send(list, listSelect, win.Send(list, listCurrent, 0, 0), 0)
	}
}

// literal makes a caption come out as written: no ampersand of it underlines
// a letter.
func literal(caption string) string { return strings.ReplaceAll(caption, "&", "&&") }

// lineEnds are those of an edit control.
func lineEnds(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
