package win

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/windows"
)

// WithPrivilege runs do on a thread that has a privilege of the process enabled,
// such as "SeShutdownPrivilege", which no other thread has (ImpersonateSelf,
// AdjustTokenPrivileges). A privilege that the process has not is no error: what
// do tries is refused then.
func WithPrivilege(name string, do func() error) error {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	privileges := windows.Tokenprivileges{PrivilegeCount: 1}
	privileges.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	if err := windows.LookupPrivilegeValue(nil, text, &privileges.Privileges[0].Luid); err != nil {
		return fmt.Errorf("look the privilege %s up: %w", name, err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := windows.ImpersonateSelf(windows.SecurityImpersonation); err != nil {
		return fmt.Errorf("copy the token of the process: %w", err)
	}
	// The thread is not used again where it cannot be given back.
	defer func() {
		if windows.RevertToSelf() != nil {
			runtime.LockOSThread()
		}
	}()
	var token windows.Token
	if err := windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_ADJUST_PRIVILEGES, true, &token); err != nil {
		return fmt.Errorf("open the token of the thread: %w", err)
	}
	defer token.Close()
	if err := windows.AdjustTokenPrivileges(token, false, &privileges, 0, nil, nil); err != nil {
		return fmt.Errorf("enable the privilege %s: %w", name, err)
	}
	return do()
}

// DropPrivileges takes privileges from this process for good, and from what it
// starts (AdjustTokenPrivileges, SE_PRIVILEGE_REMOVED). One that it has not is no
// error.
func DropPrivileges(names ...string) error {
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES, &token); err != nil {
		return fmt.Errorf("open the token of the process: %w", err)
	}
	defer token.Close()
	for _, name := range names {
		text, err := windows.UTF16PtrFromString(name)
		if err != nil {
			return err
		}
		privileges := windows.Tokenprivileges{PrivilegeCount: 1}
		privileges.Privileges[0].Attributes = windows.SE_PRIVILEGE_REMOVED
		err = windows.LookupPrivilegeValue(nil, text, &privileges.Privileges[0].Luid)
		if errors.Is(err, windows.ERROR_NO_SUCH_PRIVILEGE) {
			continue // a Windows that does not know it
		}
		if err == nil {
			err = windows.AdjustTokenPrivileges(token, false, &privileges, 0, nil, nil)
		}
		if err != nil {
			return fmt.Errorf("drop the privilege %s: %w", name, err)
		}
	}
	return nil
}
