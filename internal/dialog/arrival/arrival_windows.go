package arrival

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/internal/win"
)

// Arrival brings one window before the person. All of it belongs to the
// thread of the window.
type Arrival struct {
	hook    win.Hook
	window  windows.HWND
	onTop   bool
	manners manners
}

// refuse is the hook that keeps a window from becoming active as it opens
// (HCBT_ACTIVATE): dialogs do that by themselves. A click may still activate.
var refuse = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(code, w uintptr, activation *struct {
		byMouse int32
		_       windows.HWND
	},
	) uintptr {
		if int32(code) == win.CBTActivate && activation.byMouse == 0 {
			return 1
		}
		return win.CallNextHook(code, w, 0)
	})
})

// Begin prepares the calling thread, which the caller has locked, for the one
// window that it opens. End must follow.
func Begin() (*Arrival, error) {
	win.PerMonitorDPI()
	hook, err := win.SetHook(win.CBT, refuse())
	if err != nil {
		return nil, fmt.Errorf("keep a window from taking the keyboard: %w", err)
	}
	return &Arrival{hook: hook}, nil
}

// Place puts the window, not yet visible, in the middle of the monitor in use,
// above all others. One that does not stay there may be covered later.
func (a *Arrival) Place(window windows.HWND, stays bool) {
	a.window, a.onTop = window, stays
	a.Centre(window)
	win.Restack(window, win.Topmost)
}

// Centre puts the window in the middle of the monitor in use.
func (a *Arrival) Centre(window windows.HWND) {
	area, r := win.WorkArea(), win.WindowRect(window)
	win.Move(window, area.Left+max(0, area.Width()-r.Width())/2, area.Top+max(0, area.Height()-r.Height())/2)
}

// Tick is to be called about five times a second while the window is open.
func (a *Arrival) Tick(now time.Time, spoken string) {
	if a.manners.shown.IsZero() {
		if !windows.IsWindowVisible(a.window) {
			return
		}
		a.unhook()
		a.Raise(now, spoken)
	}
	active := windows.GetForegroundWindow() == a.window
	idle, err := session.Idle()
	if err != nil {
		idle = 0 // as if he were typing: the window flashes
	}
	if a.manners.activates(now, active, idle) {
		win.Activate(a.window)
	}
}

// Raise brings the window forward, again: it flashes and is announced, and is
// deaf for a moment.
func (a *Arrival) Raise(now time.Time, spoken string) {
	a.manners.show(now)
	win.Restack(a.window, win.Topmost)
	if !a.onTop {
		win.Restack(a.window, win.NotTopmost)
	}
	if windows.GetForegroundWindow() != a.window {
		win.Flash(a.window)
	}
	win.Notify(win.EventAlert, a.window)
	win.Speak(a.window, spoken)
}

// Hears reports whether the window takes answers yet.
func (a *Arrival) Hears(now time.Time) bool { return a.manners.hears(now) }

// End gives the thread back as it was.
func (a *Arrival) End() { a.unhook() }

func (a *Arrival) unhook() {
	if a.hook != 0 {
		a.hook.Remove()
		a.hook = 0
	}
}
