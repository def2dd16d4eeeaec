package win

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/windows"
)

// adminsKey is a list by which Administrators and SYSTEM alone may use a key.
const adminsKey = "O:BAG:BAD:P(A;;KA;;;SY)(A;;KA;;;BA)"

// SeizeKey gives the key name directly below parent to Administrators, whatever
// its access list says, by the privilege to take ownership, which the calling
// thread has only meanwhile. Of a link it is the link itself.
func SeizeKey(parent windows.Handle, name string) error {
	sd, err := windows.SecurityDescriptorFromString(adminsKey)
	if err != nil {
		return err
	}
	err = withPrivilege("SeTakeOwnershipPrivilege", func() error {
		return setKeySecurity(parent, name, windows.WRITE_OWNER, windows.OWNER_SECURITY_INFORMATION, sd)
	})
	if err == nil {
		err = setKeySecurity(parent, name, windows.WRITE_DAC, windows.DACL_SECURITY_INFORMATION, sd)
	}
	if err != nil {
		return fmt.Errorf("take the key %s over: %w", name, err)
	}
	return nil
}

func setKeySecurity(parent windows.Handle, name string, access, what uint32, sd *windows.SECURITY_DESCRIPTOR) error {
	key, err := OpenKey(parent, name, access|windows.KEY_WOW64_64KEY)
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	return setSecurity(key, what, sd)
}

// withPrivilege runs do on a thread that has a privilege of the process enabled.
func withPrivilege(name string, do func() error) (err error) {
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
	defer func() { err = errors.Join(err, windows.RevertToSelf()) }()
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
