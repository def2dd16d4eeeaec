package session

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

var (
	createWindowStationW = user32.NewProc("CreateWindowStationW")
	closeWindowStation   = user32.NewProc("CloseWindowStation")
)

// wineStation is the person's window station, to be inherited, in Wine; 0 in
// Windows, where each thread finds the desktop that the program was started for
// when it first has to do with one. In Wine only the first such thread does; the
// others have the desktop of whoever started the program, unless the program was
// given another window station.
func wineStation() (windows.Handle, error) {
	if !win.Wine() {
		return 0, nil
	}
	name, err := windows.UTF16PtrFromString("WinSta0")
	if err != nil {
		return 0, err
	}
	inherit := windows.SecurityAttributes{InheritHandle: 1}
	inherit.Length = uint32(unsafe.Sizeof(inherit))
	const allAccess = 0x37f // WINSTA_ALL_ACCESS
	// Made where the person has nothing on the desktop yet, else opened.
	station, _, err := createWindowStationW.Call(uintptr(unsafe.Pointer(name)), 0, allAccess, uintptr(unsafe.Pointer(&inherit)))
	if station == 0 {
		return 0, fmt.Errorf("open the window station of the person: %w", err)
	}
	return windows.Handle(station), nil
}
