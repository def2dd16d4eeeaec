package win

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32                = windows.NewLazySystemDLL("user32.dll")
	sendMessage           = user32.NewProc("SendMessageW")
	postMessage           = user32.NewProc("PostMessageW")
	setWindowPos          = user32.NewProc("SetWindowPos")
	getWindowRect         = user32.NewProc("GetWindowRect")
	setWindowText         = user32.NewProc("SetWindowTextW")
	monitorFromPoint      = user32.NewProc("MonitorFromPoint")
	monitorFromWindow     = user32.NewProc("MonitorFromWindow")
	getMonitorInfo        = user32.NewProc("GetMonitorInfoW")
	getCursorPos          = user32.NewProc("GetCursorPos")
	setForegroundWindow   = user32.NewProc("SetForegroundWindow")
	flashWindowEx         = user32.NewProc("FlashWindowEx")
	setWindowsHookEx      = user32.NewProc("SetWindowsHookExW")
	unhookWindowsHookEx   = user32.NewProc("UnhookWindowsHookEx")
	callNextHookEx        = user32.NewProc("CallNextHookEx")
	loadIcon              = user32.NewProc("LoadIconW")
	notifyWinEvent        = user32.NewProc("NotifyWinEvent")
	setThreadDpiAwareness = user32.NewProc("SetThreadDpiAwarenessContext")
)

// Messages to windows.
const (
	MessageClose       = 0x10   // WM_CLOSE
	MessageContextMenu = 0x7B   // WM_CONTEXTMENU
	MessageApp         = 0x8000 // WM_APP
)

// Send sends a message and waits for its result (SendMessageW).
func Send(window windows.HWND, message uint32, w, l uintptr) uintptr {
	r, _, _ := sendMessage.Call(uintptr(window), uintptr(message), w, l)
	return r
}

// SendText sends a message whose last argument is a text.
func SendText(window windows.HWND, message uint32, w uintptr, text string) uintptr {
	units := UTF16(text)
	r, _, _ := sendMessage.Call(uintptr(window), uintptr(message), w, uintptr(unsafe.Pointer(&units[0])))
	return r
}

// SendPointer sends a message whose last argument is the address of a structure.
func SendPointer(window windows.HWND, message uint32, w uintptr, p unsafe.Pointer) uintptr {
	r, _, _ := sendMessage.Call(uintptr(window), uintptr(message), w, uintptr(p))
	return r
}

// Post puts a message into the queue of a window's thread and returns at once.
func Post(window windows.HWND, message uint32, w, l uintptr) error {
	if ok, _, err := postMessage.Call(uintptr(window), uintptr(message), w, l); ok == 0 {
		return err
	}
	return nil
}

// SetText sets the title of a window or the text of a control.
func SetText(window windows.HWND, text string) {
	units := UTF16(text)
	setWindowText.Call(uintptr(window), uintptr(unsafe.Pointer(&units[0])))
}

// Icon loads an icon of the system, which nobody has to free.
func Icon(number uintptr) uintptr {
	icon, _, _ := loadIcon.Call(0, number)
	return icon
}

// WindowRect is where a window is on the screen.
func WindowRect(window windows.HWND) Rect {
	var r Rect
	getWindowRect.Call(uintptr(window), uintptr(unsafe.Pointer(&r)))
	return r
}

// Order of windows above each other (hWndInsertAfter of SetWindowPos).
const (
	Topmost    = ^uintptr(0)     // HWND_TOPMOST
	NotTopmost = ^uintptr(0) - 1 // HWND_NOTOPMOST
	OnTop      = uintptr(0)      // HWND_TOP
)

const (
	keepSize     = 0x1  // SWP_NOSIZE
	keepPosition = 0x2  // SWP_NOMOVE
	keepOrder    = 0x4  // SWP_NOZORDER
	keepInactive = 0x10 // SWP_NOACTIVATE
)

// Restack puts a window above others without activating it.
func Restack(window windows.HWND, order uintptr) {
	setWindowPos.Call(uintptr(window), order, 0, 0, 0, 0, keepSize|keepPosition|keepInactive)
}

// Move moves a window without activating it.
func Move(window windows.HWND, x, y int32) {
	setWindowPos.Call(uintptr(window), 0, uintptr(x), uintptr(y), 0, 0, keepSize|keepOrder|keepInactive)
}

// Resize moves and sizes a window or a control without activating it.
func Resize(window windows.HWND, r Rect) {
	setWindowPos.Call(uintptr(window), 0, uintptr(r.Left), uintptr(r.Top),
		uintptr(r.Width()), uintptr(r.Height()), keepOrder|keepInactive)
}

// WorkArea is the part of a monitor that no task bar covers: of the monitor
// of the foreground window, else of that under the pointer.
func WorkArea() Rect {
	const nearest = 2 // MONITOR_DEFAULTTONEAREST
	var monitor uintptr
	if foreground := windows.GetForegroundWindow(); foreground != 0 {
		monitor, _, _ = monitorFromWindow.Call(uintptr(foreground), 0)
	}
	if monitor == 0 {
		var at struct{ x, y int32 }
		getCursorPos.Call(uintptr(unsafe.Pointer(&at)))
		monitor, _, _ = monitorFromPoint.Call(uintptr(uint32(at.x))|uintptr(uint32(at.y))<<32, nearest)
	}
	info := struct {
		size       uint32
		whole, use Rect
		flags      uint32
	}{size: 40}
	getMonitorInfo.Call(monitor, uintptr(unsafe.Pointer(&info)))
	return info.use
}

// Activate asks that a window get the keyboard. The system may refuse.
func Activate(window windows.HWND) { setForegroundWindow.Call(uintptr(window)) }

// Flash makes a window and its task bar button flash until it is in the
// foreground (FlashWindowEx).
func Flash(window windows.HWND) {
	const all, untilForeground = 0x3, 0xC // FLASHW_ALL, FLASHW_TIMERNOFG
	info := struct {
		size           uint32
		window         windows.HWND
		flags          uint32
		count, timeout uint32
	}{window: window, flags: all | untilForeground}
	info.size = uint32(unsafe.Sizeof(info))
	flashWindowEx.Call(uintptr(unsafe.Pointer(&info)))
}

// Hook is a hook on what happens in a thread.
type Hook uintptr

// CBT is the kind of hook that is asked before a window of the thread is
// activated (WH_CBT), with CBTActivate as its code.
const (
	CBT         = 5
	CBTActivate = 5 // HCBT_ACTIVATE
)

// SetHook hooks the calling thread.
func SetHook(kind int, callback uintptr) (Hook, error) {
	h, _, err := setWindowsHookEx.Call(uintptr(kind), callback, 0, uintptr(windows.GetCurrentThreadId()))
	if h == 0 {
		return 0, err
	}
	return Hook(h), nil
}

// Remove takes the hook away.
func (h Hook) Remove() { unhookWindowsHookEx.Call(uintptr(h)) }

// CallNextHook passes on what a hook was told.
func CallNextHook(code, w, l uintptr) uintptr {
	r, _, _ := callNextHookEx.Call(0, code, w, l)
	return r
}

// Events that assistive technology is told (EVENT_*).
const (
	EventAlert             = 0x2    // EVENT_SYSTEM_ALERT
	EventLiveRegionChanged = 0x8019 // EVENT_OBJECT_LIVEREGIONCHANGED
)

// Notify tells assistive technology what happened to a window or control
// (NotifyWinEvent).
func Notify(event uint32, window windows.HWND) {
	const client = 0xFFFFFFFC // OBJID_CLIENT
	notifyWinEvent.Call(uintptr(event), uintptr(window), client, 0)
}

// PerMonitorDPI makes windows of the calling thread follow the scale of their
// monitor, in programs whose manifest does not ask for it; it has no effect
// where the system cannot (before Windows 10 1703).
func PerMonitorDPI() {
	const perMonitorV2 = ^uintptr(3) // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2
	if setThreadDpiAwareness.Find() == nil {
		setThreadDpiAwareness.Call(perMonitorV2)
	}
}
