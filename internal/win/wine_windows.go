package win

import "golang.org/x/sys/windows"

// Wine reports whether this is Wine and not Windows, by what its ntdll has and
// that of Windows has not.
func Wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
