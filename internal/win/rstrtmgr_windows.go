package win

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	rstrtmgr            = windows.NewLazySystemDLL("rstrtmgr.dll")
	rmStartSession      = rstrtmgr.NewProc("RmStartSession")
	rmRegisterResources = rstrtmgr.NewProc("RmRegisterResources")
	rmGetList           = rstrtmgr.NewProc("RmGetList")
	rmEndSession        = rstrtmgr.NewProc("RmEndSession")
)

// rmProcessInfo is RM_PROCESS_INFO.
type rmProcessInfo struct {
	pid         uint32
	started     windows.Filetime
	application [256]uint16
	service     [64]uint16
	kind        uint32
	status      uint32
	session     uint32
	restartable int32
}

// UsersOfFiles returns the processes that have one of the files open (Restart
// Manager: RmRegisterResources, RmGetList).
func UsersOfFiles(files []string) (pids []uint32, err error) {
	var session uint32
	var key [33]uint16 // CCH_RM_SESSION_KEY and a NUL
	if status, _, _ := rmStartSession.Call(uintptr(unsafe.Pointer(&session)), 0, uintptr(unsafe.Pointer(&key[0]))); status != 0 {
		return nil, fmt.Errorf("start a session of the Restart Manager: %w", windows.Errno(status))
	}
	defer func() {
		if status, _, _ := rmEndSession.Call(uintptr(session)); status != 0 && err == nil {
			err = fmt.Errorf("end a session of the Restart Manager: %w", windows.Errno(status))
		}
	}()
	names := make([]*uint16, len(files)) // which keeps what they point to alive
	for i, file := range files {
		if names[i], err = windows.UTF16PtrFromString(file); err != nil {
			return nil, err
		}
	}
	if status, _, _ := rmRegisterResources.Call(uintptr(session), uintptr(len(names)), uintptr(unsafe.Pointer(&names[0])), 0, 0, 0, 0); status != 0 {
		return nil, fmt.Errorf("tell the Restart Manager which files: %w", windows.Errno(status))
	}
	// The list may grow between the question how long it is and that for it.
	list := make([]rmProcessInfo, 16)
	for range 8 {
		var needed, reasons uint32
		count := uint32(len(list))
		status, _, _ := rmGetList.Call(uintptr(session), uintptr(unsafe.Pointer(&needed)), uintptr(unsafe.Pointer(&count)), uintptr(unsafe.Pointer(&list[0])), uintptr(unsafe.Pointer(&reasons)))
		if windows.Errno(status) == windows.ERROR_MORE_DATA {
			list = make([]rmProcessInfo, needed+16)
			continue
		}
		if status != 0 {
			return nil, fmt.Errorf("ask the Restart Manager who uses files: %w", windows.Errno(status))
		}
		for _, info := range list[:count] {
			pids = append(pids, info.pid)
		}
		return pids, nil
	}
	return nil, fmt.Errorf("ask the Restart Manager who uses files: %w", windows.ERROR_MORE_DATA)
}
