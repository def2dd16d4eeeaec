package win

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	// By its plain name, so that the manifest of the program decides which
	// version it is; the one in the system folder has no task dialogs.
	comctl32           = windows.NewLazyDLL("comctl32.dll")
	taskDialogIndirect = comctl32.NewProc("TaskDialogIndirect")
	initControls       = comctl32.NewProc("InitCommonControlsEx")
)

// FindTaskDialog says why there are no task dialogs: comctl32 is version 5,
// which a program without a manifest gets.
func FindTaskDialog() error { return taskDialogIndirect.Find() }

// TaskDialogIndirect shows the task dialog laid out in memory and blocks until
// it is closed. It returns the number of the button, and whether the box is
// ticked.
func TaskDialogIndirect(config *Memory) (button int, checked bool, err error) {
	var pressed int32
	var ticked int32
	if err := taskDialogIndirect.Find(); err != nil {
		return 0, false, err
	}
	r, _, _ := taskDialogIndirect.Call(uintptr(config.Pointer()),
		uintptr(unsafe.Pointer(&pressed)), 0, uintptr(unsafe.Pointer(&ticked)))
	if int32(r) < 0 {
		return 0, false, fmt.Errorf("open a task dialog: %w", windows.Errno(uint32(r)))
	}
	return int(pressed), ticked != 0, nil
}

// InitControls registers the window classes of list views and progress bars.
func InitControls() error {
	const listView, progress = 0x1, 0x20 // ICC_LISTVIEW_CLASSES, ICC_PROGRESS_CLASS
	control := [2]uint32{8, listView | progress}
	if ok, _, err := initControls.Call(uintptr(unsafe.Pointer(&control))); ok == 0 {
		return fmt.Errorf("load the common controls: %w", err)
	}
	return nil
}
