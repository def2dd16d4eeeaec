package win

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	shutdownAdvapi32             = windows.NewLazySystemDLL("advapi32.dll")
	procInitiateSystemShutdownEx = shutdownAdvapi32.NewProc("InitiateSystemShutdownExW")
	procAbortSystemShutdown      = shutdownAdvapi32.NewProc("AbortSystemShutdownW")
)

// installed is the reason of a restart: that an application was installed, and
// that it was planned.
const installed = windows.SHTDN_REASON_MAJOR_APPLICATION | windows.SHTDN_REASON_MINOR_INSTALLATION | windows.SHTDN_REASON_FLAG_PLANNED

// InitiateShutdown has Windows restart this computer after a number of seconds,
// and tell people so (InitiateSystemShutdownEx). The caller needs
// SeShutdownPrivilege.
func InitiateShutdown(message string, seconds uint32, force bool) error {
	text, err := windows.UTF16PtrFromString(message)
	if err != nil {
		return err
	}
	const restart = 1
	forced := uintptr(0)
	if force {
		forced = 1
	}
	if ok, _, err := procInitiateSystemShutdownEx.Call(0, uintptr(unsafe.Pointer(text)), uintptr(seconds), forced, restart, installed); ok == 0 {
		return err
	}
	return nil
}

// AbortShutdown stops a restart or shutdown of this computer that has not begun
// (AbortSystemShutdown). The caller needs SeShutdownPrivilege.
func AbortShutdown() error {
	if ok, _, err := procAbortSystemShutdown.Call(0); ok == 0 {
		return err
	}
	return nil
}
