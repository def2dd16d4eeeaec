package win

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

var isWindowVisible = user32.NewProc("IsWindowVisible")

// search is what EnumWindows looks for, and has found.
type search struct {
	pid   uint32
	found []windows.HWND
}

// seen is what EnumWindows calls for each window. It is made once: there are only
// so many callbacks.
var seen = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(window windows.HWND, s *search) uintptr {
		const owner = 4 // GW_OWNER
		var pid uint32
		_, _ = windows.GetWindowThreadProcessId(window, &pid) // it may be gone
		visible, _, _ := isWindowVisible.Call(uintptr(window))
		owned, _, _ := getWindow.Call(uintptr(window), owner)
		if pid == s.pid && visible != 0 && owned == 0 {
			s.found = append(s.found, window)
		}
		const goOn = 1
		return goOn
	})
})

// TopWindows returns the windows of a process on the desktop of the calling thread
// that can be seen and have no owner (EnumWindows).
func TopWindows(pid uint32) ([]windows.HWND, error) {
	s := &search{pid: pid}
	if err := windows.EnumWindows(seen(), unsafe.Pointer(s)); err != nil {
		return nil, err
	}
	return s.found, nil
}
