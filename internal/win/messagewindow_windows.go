package win

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	registerClassEx  = user32.NewProc("RegisterClassExW")
	defWindowProc    = user32.NewProc("DefWindowProcW")
	getMessage       = user32.NewProc("GetMessageW")
	dispatchMessage  = user32.NewProc("DispatchMessageW")
	postQuitMessage  = user32.NewProc("PostQuitMessage")
	shell32          = windows.NewLazySystemDLL("shell32.dll")
	shellNotifyIcon  = shell32.NewProc("Shell_NotifyIconW")
	messageOnly      = ^uintptr(2) // HWND_MESSAGE
	messageDestroyed = uint32(0x2) // WM_DESTROY
)

// RegisterClass registers a class of windows that only get messages.
func RegisterClass(name string, procedure uintptr) error {
	units := UTF16(name)
	class := struct {
		size, style         uint32
		procedure           uintptr
		classExtra, extra   int32
		instance            windows.Handle
		icon, cursor, brush uintptr
		menu                uintptr
		name                *uint16
		small               uintptr
	}{procedure: procedure, name: &units[0]}
	class.size = uint32(unsafe.Sizeof(class))
	if atom, _, err := registerClassEx.Call(uintptr(unsafe.Pointer(&class))); atom == 0 {
		return fmt.Errorf("register a window class: %w", err)
	}
	return nil
}

// MessageWindow makes a window that only gets messages, of a class from
// RegisterClass, and gives it a number for Field(window, FieldUser).
func MessageWindow(class string, number uintptr) (windows.HWND, error) {
	units := UTF16(class)
	h, _, err := createWindowEx.Call(0, uintptr(unsafe.Pointer(&units[0])), 0, 0, 0, 0, 0, 0, messageOnly, 0, 0, 0)
	if h == 0 {
		return 0, fmt.Errorf("open a message window: %w", err)
	}
	SetField(windows.HWND(h), FieldUser, number)
	return windows.HWND(h), nil
}

// Default handles a message as windows do; the thread's loop ends with its
// window.
func Default(window windows.HWND, message uint32, w, l uintptr) uintptr {
	if message == messageDestroyed {
		postQuitMessage.Call(0)
		return 0
	}
	r, _, _ := defWindowProc.Call(uintptr(window), uintptr(message), w, l)
	return r
}

// Loop hands the messages of this thread to its window until that is
// destroyed.
func Loop() {
	var message [48]byte // MSG
	for {
		if r, _, _ := getMessage.Call(uintptr(unsafe.Pointer(&message)), 0, 0, 0); int32(r) <= 0 {
			return
		}
		dispatchMessage.Call(uintptr(unsafe.Pointer(&message)))
	}
}

// Change adds the icon to the task bar or removes it (Shell_NotifyIcon); false
// where there is no task bar.
func (n *NotifyIcon) Change(what uintptr) bool {
	ok, _, _ := shellNotifyIcon.Call(what, uintptr(unsafe.Pointer(n)))
	return ok != 0
}
