//go:build linux

package gtk

// Values of GTK's and GDK's enumerations that are about windows.
const (
	positionCenter   = 1
	hintDialog       = 1
	hintNotification = 11
	gravitySouthEast = 9
	roleAlert        = 2 // ATK_ROLE_ALERT
	labelledBy       = 4 // ATK_RELATION_LABELLED_BY
)

// Keys, as gdk_event_get_keyval names them.
const (
	KeyEscape  = 0xff1b
	KeyReturn  = 0xff0d
	KeyEnter   = 0xff8d // on the keypad
	KeyISO     = 0xfe34
	KeySpace   = 0x020
	KeyPad     = 0xff80 // space of the keypad
	ControlKey = 1 << 2 // GDK_CONTROL_MASK
)

// Start connects to the display; false when there is none.
func (l *Library) Start() bool {
	if l.Version == 4 {
		// Its other renderers take longer to start than a question may.
		l.setEnv("GSK_RENDERER", "cairo", false)
	}
	return l.initCheck(0, 0)
}

// OnX11 reports whether the display is an X server.
func (l *Library) OnX11() bool {
	return l.gdkX11Type != nil && l.isA(Widget(l.gdkDisplay()), l.gdkX11Type())
}

// Window returns a window in the middle of the monitor in use that does not
// take the focus when it opens. GTK 4 leaves more of that to the desktop.
func (l *Library) Window(title, icon string, content Widget) Widget {
	w := l.windowNew(0)
	l.WindowTitle(w, title)
	l.WindowIcon(w, icon)
	if l.Version == 4 {
		l.windowChild(w, content)
		l.realize(w)
		if l.OnX11() && l.surfaceTime != nil {
			// A user time of 0 is the wish not to be focused (EWMH).
			l.surfaceTime(l.surface(w), 0)
		}
		return w
	}
	l.containerAdd(w, content)
	l.SetVisible(content, true)
	l.windowFocusOnMap(w, false)
	l.windowPosition(w, positionCenter)
	l.windowType(w, hintDialog)
	l.atkRole(l.accessible(w), roleAlert)
	return w
}

// Notice makes a window one that lies in the corner and is passed over.
func (l *Library) Notice(w Widget) {
	if l.Version == 3 {
		l.windowType(w, hintNotification)
		l.windowStick(w)
	}
}

// ToCorner moves a window of that size to the lower corner of the area.
func (l *Library) ToCorner(w Widget, area Rectangle, width, height int32) {
	if l.Version == 3 {
		const gap = 16
		l.windowGravity(w, gravitySouthEast)
		l.windowMove(w, area.X+area.Width-width-gap, area.Y+area.Height-height-gap)
	}
}

// Default makes button the one that Return presses.
func (l *Library) Default(window, button Widget) {
	if l.Version == 3 {
		l.canDefault(button, true)
		l.grabDefault(button)
	} else {
		l.windowDefault(window, button)
	}
}

// SetRole names the state of a window to programs that look for it
// (WM_WINDOW_ROLE).
func (l *Library) SetRole(w Widget, role string) {
	switch {
	case l.Version == 3:
		l.windowRole(w, role)
	case l.OnX11() && l.surfaceText != nil:
		l.surfaceText(l.surface(w), "WM_WINDOW_ROLE", role)
	}
}

// KeepAbove keeps a window above the others, or no longer.
func (l *Library) KeepAbove(w Widget, on bool) {
	if l.Version == 3 {
		l.windowKeepAbove(w, on)
	}
}

// Urgent asks the desktop to point at the window, or no longer.
func (l *Library) Urgent(w Widget, on bool) {
	switch {
	case l.Version == 3:
		l.windowUrgent(w, on)
	case l.OnX11() && l.surfaceUrgent != nil:
		l.surfaceUrgent(l.surface(w), on)
	}
}

// Raise puts a window above the others without giving it the focus.
func (l *Library) Raise(w Widget) {
	if l.Version == 4 {
		l.windowUnminimize(w)
		return
	}
	l.windowDeiconify(w)
	if window := l.gdkWindow(w); window != 0 {
		l.gdkRaise(window)
	}
}

// Activate gives a window the keyboard.
func (l *Library) Activate(w Widget) {
	if l.serverTime != nil && l.OnX11() {
		// A window manager takes an activation without a time for an old one.
		l.windowPresentAt(w, l.serverTime(l.gdkWindow(w)))
		return
	}
	l.windowPresent(w)
}

// XID is the number of a window at the X server; 0 where it has none.
func (l *Library) XID(w Widget) uint32 {
	switch {
	case !l.OnX11():
	case l.Version == 3 && l.windowXID != nil:
		if window := l.gdkWindow(w); window != 0 {
			return uint32(l.windowXID(window))
		}
	case l.Version == 4 && l.surfaceXID != nil:
		if surface := l.surface(w); surface != 0 {
			return uint32(l.surfaceXID(surface))
		}
	}
	return 0
}

// Natural returns the size that a widget would like to have.
func (l *Library) Natural(w Widget) (width, height int32) {
	var least, natural requisition
	l.preferred(w, &least, &natural)
	return max(least.width, natural.width), max(least.height, natural.height)
}

// Resize changes the size of a window, and moves it as far as it takes to stay
// in the area.
func (l *Library) Resize(w Widget, width, height int32, area Rectangle) {
	if l.Version == 4 {
		l.WindowSize(w, width, height)
		return
	}
	l.windowResize(w, width, height)
	var x, y int32
	l.windowAt(w, &x, &y)
	left := max(area.X, min(x, area.X+area.Width-width))
	top := max(area.Y, min(y, area.Y+area.Height-height))
	if left != x || top != y {
		l.windowMove(w, left, top)
	}
}

// Workarea returns the part of the monitor in use, which is where the pointer
// is, that panels leave free. Where it is not known it is a small screen.
func (l *Library) Workarea() Rectangle {
	area := Rectangle{Width: 1024, Height: 640}
	if l.Version != 3 {
		return area
	}
	display := l.gdkDisplay()
	var x, y int32
	if seat := l.seat(display); seat != 0 {
		if pointer := l.pointer(seat); pointer != 0 {
			l.pointerAt(pointer, 0, &x, &y)
		}
	}
	if monitor := l.monitorAt(display, x, y); monitor != 0 {
		l.workarea(monitor, &area)
	}
	return area
}

// Key is a key that was pressed, and the modifiers held with it.
type Key struct{ Value, Modifiers uint32 }

// keyEvent reads a GdkEventKey.
func (l *Library) keyEvent(event uintptr) (k Key) {
	l.eventKey(event, &k.Value)
	l.eventState(event, &k.Modifiers)
	return k
}

// Browse opens an address in the person's browser.
func (l *Library) Browse(parent Widget, address string) bool {
	if l.Version == 4 {
		l.showURI4(parent, address, 0)
		return true
	}
	return l.showURI(parent, address, 0, 0)
}

// Labelled tells assistive technology which text names a widget.
func (l *Library) Labelled(w, label Widget) {
	if l.Version == 3 {
		l.atkRelate(l.accessible(w), labelledBy, l.accessible(label))
	}
}

// Announce has assistive technology speak the text now, on behalf of the
// widget. ATK can since 2.46; before that there is nothing but the text itself.
func (l *Library) Announce(w Widget, text string) {
	if l.Version == 3 && l.lookup("announcement", l.atkType()) != 0 {
		l.emit(l.accessible(w), "announcement", text)
	}
}
