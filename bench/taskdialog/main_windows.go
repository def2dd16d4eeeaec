// Command taskdialog is the barest task dialog: what a window of Deskbell is
// measured against. It is measured in Wine only, which needs no manifest for
// it.
package main

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

func main() {
	const yes, no = 2, 4 // TDCBF_YES_BUTTON, TDCBF_NO_BUTTON
	var pressed int32
	result, _, _ := windows.NewLazySystemDLL("comctl32.dll").NewProc("TaskDialog").Call(0, 0,
		uintptr(unsafe.Pointer(windows.StringToUTF16Ptr("Bench"))), 0,
		uintptr(unsafe.Pointer(windows.StringToUTF16Ptr("Install now?"))),
		yes|no, 0, uintptr(unsafe.Pointer(&pressed)))
	if int32(result) < 0 {
		fmt.Fprintf(os.Stderr, "taskdialog: %#x\n", result)
		os.Exit(1)
	}
}
