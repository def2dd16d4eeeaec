package msi

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	library        = windows.NewLazySystemDLL("msi.dll")
	setInternalUI  = library.NewProc("MsiSetInternalUI")
	setExternalUI  = library.NewProc("MsiSetExternalUIW")
	enableLog      = library.NewProc("MsiEnableLogW")
	installProduct = library.NewProc("MsiInstallProductW")
)

// Of msi.h.
const (
	noUI      = 2                                 // INSTALLUILEVEL_NONE
	logAll    = 0x1FDF                            // what msiexec's /l*v logs
	heard     = 1<<0 | 1<<1 | 1<<8 | 1<<9 | 1<<10 // of the kinds that install passes on
	processed = 1                                 // IDOK: nobody else need show it
	passed    = 0                                 // as if nobody had heard
)

func install(p Package, hear func(Kind, string)) (int, error) {
	if err := library.Load(); err != nil {
		return 0, err
	}
	file, err := windows.FullPath(p.File)
	if err != nil {
		return 0, fmt.Errorf("find it: %w", err)
	}
	path, err := windows.UTF16PtrFromString(file)
	if err != nil {
		return 0, err
	}
	properties, err := windows.UTF16PtrFromString(p.Properties)
	if err != nil {
		return 0, err
	}
	if p.Log != "" {
		log, err := windows.UTF16PtrFromString(p.Log)
		if err != nil {
			return 0, err
		}
		if status, _, _ := enableLog.Call(logAll, uintptr(unsafe.Pointer(log)), 0); status != 0 {
			return 0, fmt.Errorf("log to %s: %w", p.Log, windows.Errno(status))
		}
	}
	setInternalUI.Call(noUI, 0) //nolint:errcheck // it returns what was before
	handler := windows.NewCallback(func(_ uintptr, kind uint32, text *uint16) uintptr {
		hear(Kind(kind), windows.UTF16PtrToString(text))
		if k := Kind(kind) & kindMask; k == Error || k == FatalExit {
			return passed
		}
		return processed
	})
	setExternalUI.Call(handler, heard, 0) //nolint:errcheck // the same
	status, _, _ := installProduct.Call(uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(properties)))
	setExternalUI.Call(0, 0, 0) //nolint:errcheck // the same
	return int(uint32(status)), nil
}
