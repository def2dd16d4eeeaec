package session

import (
	"context"
	"fmt"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32                    = windows.NewLazySystemDLL("user32.dll")
	kernel32                  = windows.NewLazySystemDLL("kernel32.dll")
	getLastInputInfo          = user32.NewProc("GetLastInputInfo")
	getProcessWindowStation   = user32.NewProc("GetProcessWindowStation")
	getUserObjectInformationW = user32.NewProc("GetUserObjectInformationW")
	getTickCount              = kernel32.NewProc("GetTickCount")
)

func current() string {
	var id uint32
	if err := windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &id); err != nil {
		return "0"
	}
	return strconv.FormatUint(uint64(id), 10)
}

func uid() string {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return ""
	}
	return user.User.Sid.String()
}

// Administrators is what they are called who put what administrators alone
// can put.
const Administrators = `BUILTIN\Administrators`

// interactive asks whether the window station is one with a screen:
// GetUserObjectInformation, UOI_FLAGS, WSF_VISIBLE. In session 0, where services
// are, nobody sees any, and no service need load what windows need to learn that.
func interactive() bool {
	if current() == "0" {
		return false
	}
	const uoiFlags, wsfVisible = 1, 1
	var flags struct {
		inherit, reserved int32
		flags             uint32
	}
	station, _, _ := getProcessWindowStation.Call()
	ok, _, _ := getUserObjectInformationW.Call(station, uoiFlags,
		uintptr(unsafe.Pointer(&flags)), unsafe.Sizeof(flags), 0)
	return ok != 0 && flags.flags&wsfVisible != 0
}

func languageNames() []string {
	names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return names
}

// Idle returns for how long the person has neither typed nor moved the
// pointer (GetLastInputInfo).
func Idle() (time.Duration, error) {
	info := struct{ size, tick uint32 }{size: 8}
	if ok, _, err := getLastInputInfo.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return 0, fmt.Errorf("ask for the idle time: %w", err)
	}
	now, _, _ := getTickCount.Call()
	// Ticks are 32 bits and wrap after 49 days, as their difference does not.
	return time.Duration(uint32(now)-info.tick) * time.Millisecond, nil
}

// AwaitDisplay has nothing to wait for: a session of Windows has its display
// from the beginning.
func AwaitDisplay(context.Context) error { return nil }

// Gone blocks until the display of this process goes away, or ctx is done,
// whose error it returns then. On Windows a session takes its processes with
// it, after a control event that ends ctx.
func Gone(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
