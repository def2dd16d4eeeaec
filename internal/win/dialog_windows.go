package win

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	dialogBoxIndirectParam     = user32.NewProc("DialogBoxIndirectParamW")
	endDialog                  = user32.NewProc("EndDialog")
	createWindowEx             = user32.NewProc("CreateWindowExW")
	destroyWindow              = user32.NewProc("DestroyWindow")
	getDlgItem                 = user32.NewProc("GetDlgItem")
	getWindowTextLength        = user32.NewProc("GetWindowTextLengthW")
	getWindowText              = user32.NewProc("GetWindowTextW")
	getWindowLongPtr           = user32.NewProc("GetWindowLongPtrW")
	setWindowLongPtr           = user32.NewProc("SetWindowLongPtrW")
	showWindow                 = user32.NewProc("ShowWindow")
	showScrollBar              = user32.NewProc("ShowScrollBar")
	setTimer                   = user32.NewProc("SetTimer")
	getFocus                   = user32.NewProc("GetFocus")
	invalidateRect             = user32.NewProc("InvalidateRect")
	adjustWindowRectEx         = user32.NewProc("AdjustWindowRectEx")
	adjustWindowRectExFor      = user32.NewProc("AdjustWindowRectExForDpi")
	getDpiForWindow            = user32.NewProc("GetDpiForWindow")
	systemParametersInfo       = user32.NewProc("SystemParametersInfoW")
	systemParametersInfoFor    = user32.NewProc("SystemParametersInfoForDpi")
	getWindow                  = user32.NewProc("GetWindow")
	getDlgCtrlID               = user32.NewProc("GetDlgCtrlID")
	setDialogDpiChangeBehavior = user32.NewProc("SetDialogDpiChangeBehavior")
	loadImage                  = user32.NewProc("LoadImageW")
	getSystemMetrics           = user32.NewProc("GetSystemMetrics")
)

// Messages to a dialog and its controls.
const (
	MessageActivate    = 0x6   // WM_ACTIVATE
	MessageGetFont     = 0x31  // WM_GETFONT
	MessageSetFont     = 0x30  // WM_SETFONT
	MessageSetIcon     = 0x80  // WM_SETICON
	MessageInit        = 0x110 // WM_INITDIALOG
	MessageCommand     = 0x111 // WM_COMMAND
	MessageTimer       = 0x113 // WM_TIMER
	MessageNextControl = 0x28  // WM_NEXTDLGCTL
	MessageDPIChanged  = 0x2E0 // WM_DPICHANGED
	MessageSetDefault  = 0x401 // DM_SETDEFID
)

// DialogBox shows a dialog and blocks until EndDialog closes it. The procedure is given reference with MessageInit.
func DialogBox(template *Memory, procedure, reference uintptr) error {
	r, _, err := dialogBoxIndirectParam.Call(0, uintptr(template.Pointer()), 0, procedure, reference)
	if int32(r) > 0 {
		return nil
	}
	if err == windows.Errno(0) {
		return errors.New("no desktop for a window")
	}
	return err
}

// EndDialog closes a dialog of this thread.
func EndDialog(window windows.HWND) { endDialog.Call(uintptr(window), 1) }

// Control makes a control of a dialog.
func Control(parent windows.HWND, class, text string, style, exStyle uint32, number int) windows.HWND {
	c, t := UTF16(class), UTF16(text)
	h, _, _ := createWindowEx.Call(uintptr(exStyle), uintptr(unsafe.Pointer(&c[0])), uintptr(unsafe.Pointer(&t[0])),
		uintptr(style|StyleChild), 0, 0, 0, 0, uintptr(parent), uintptr(number), 0, 0)
	return windows.HWND(h)
}

// Destroy removes a window or control of this thread.
func Destroy(window windows.HWND) { destroyWindow.Call(uintptr(window)) }

// Item is the control of that number, 0 when there is none.
func Item(dialog windows.HWND, number int) windows.HWND {
	h, _, _ := getDlgItem.Call(uintptr(dialog), uintptr(number))
	return windows.HWND(h)
}

// Text is the text of a control.
func Text(control windows.HWND) string {
	n, _, _ := getWindowTextLength.Call(uintptr(control))
	units := make([]uint16, n+1)
	getWindowText.Call(uintptr(control), uintptr(unsafe.Pointer(&units[0])), n+1)
	defer clear(units) // it may be a password
	return windows.UTF16ToString(units)
}

// Fields of a window that can be set (GWL_STYLE, GWLP_USERDATA, DWLP_MSGRESULT).
const (
	FieldStyle  = -16
	FieldUser   = -21
	FieldResult = 0
)

// Field reads a field of a window.
func Field(window windows.HWND, field int) uintptr {
	v, _, _ := getWindowLongPtr.Call(uintptr(window), uintptr(field))
	return v
}

// SetField sets a field of a window.
func SetField(window windows.HWND, field int, value uintptr) {
	setWindowLongPtr.Call(uintptr(window), uintptr(field), value)
}

// Show shows or hides a control.
func Show(window windows.HWND, visible bool) {
	command := uintptr(windows.SW_HIDE)
	if visible {
		command = windows.SW_SHOWNA
	}
	showWindow.Call(uintptr(window), command)
}

// ShowScrollBar shows or hides the vertical scroll bar of a control.
func ShowScrollBar(control windows.HWND, visible bool) {
	const vertical = 1 // SB_VERT
	on := uintptr(0)
	if visible {
		on = 1
	}
	showScrollBar.Call(uintptr(control), vertical, on)
}

// StartTimer has a window sent MessageTimer every so many milliseconds, as
// long as it exists.
func StartTimer(window windows.HWND, milliseconds int) {
	setTimer.Call(uintptr(window), 1, uintptr(milliseconds), 0)
}

// Focus is the control of this thread that gets the keys.
func Focus() windows.HWND {
	h, _, _ := getFocus.Call()
	return windows.HWND(h)
}

// Redraw has a window drawn anew.
func Redraw(window windows.HWND) { invalidateRect.Call(uintptr(window), 0, 1) }

// Children are the windows directly in another.
func Children(parent windows.HWND) []windows.HWND {
	const next, child = 2, 5 // GW_HWNDNEXT, GW_CHILD
	var children []windows.HWND
	h, _, _ := getWindow.Call(uintptr(parent), child)
	for h != 0 {
		children = append(children, windows.HWND(h))
		h, _, _ = getWindow.Call(h, next)
	}
	return children
}

// DPI is the scale of a window's monitor, 96 for 100 %.
func DPI(window windows.HWND) int {
	if getDpiForWindow.Find() == nil {
		if dpi, _, _ := getDpiForWindow.Call(uintptr(window)); dpi != 0 {
			return int(dpi)
		}
	}
	return 96
}

// Frame is the size of a window around so large an inside.
func Frame(window windows.HWND, width, height int32, style, exStyle uint32) Rect {
	r := Rect{Right: width, Bottom: height}
	if adjustWindowRectExFor.Find() == nil {
		adjustWindowRectExFor.Call(uintptr(unsafe.Pointer(&r)), uintptr(style), 0, uintptr(exStyle), uintptr(DPI(window)))
	} else {
		adjustWindowRectEx.Call(uintptr(unsafe.Pointer(&r)), uintptr(style), 0, uintptr(exStyle))
	}
	return r
}

// Number is the number of a control in its dialog.
func Number(control windows.HWND) int {
	n, _, _ := getDlgCtrlID.Call(uintptr(control))
	return int(int32(n))
}

// Checked reports whether a tick box is ticked.
func Checked(control windows.HWND) bool {
	const getCheck = 0xF0 // BM_GETCHECK
	return Send(control, getCheck, 0, 0) == 1
}

// KeepControls has a dialog left alone by the system when the scale of its
// monitor changes; it lays itself out.
func KeepControls(dialog windows.HWND) {
	const disableAll = 1 // DDC_DISABLE_ALL
	if setDialogDpiChangeBehavior.Find() == nil {
		setDialogDpiChangeBehavior.Call(uintptr(dialog), disableAll, disableAll)
	}
}

// SmallIcon loads an icon of the system in the size of title bars. It is
// shared; nobody has to free it.
func SmallIcon(number uintptr) uintptr {
	const icon, shared = 1, 0x8000 // IMAGE_ICON, LR_SHARED
	const width, height = 49, 50   // SM_CXSMICON, SM_CYSMICON
	w, _, _ := getSystemMetrics.Call(width)
	h, _, _ := getSystemMetrics.Call(height)
	i, _, _ := loadImage.Call(0, number, icon, w, h, shared)
	return i
}

// Class is the name of a window's class.
func Class(window windows.HWND) string {
	units := make([]uint16, 256)
	n, err := windows.GetClassName(window, &units[0], int32(len(units)))
	if err != nil {
		return ""
	}
	return windows.UTF16ToString(units[:n])
}

// ProgramIcon is the icon of this program, 0 where it has none.
func ProgramIcon() uintptr {
	var module windows.Handle
	if windows.GetModuleHandleEx(windows.GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, nil, &module) != nil {
		return 0
	}
	icon, _, _ := loadIcon.Call(uintptr(module), 1)
	return icon
}
