package service

import (
	"errors"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

var createRestrictedToken = windows.NewLazySystemDLL("advapi32.dll").NewProc("CreateRestrictedToken")

// restrict gives the thread a token in which Administrators only deny.
func restrict(t *testing.T) {
	t.Helper()
	admins, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		t.Fatal(err)
	}
	var process, restricted, token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS, &process); err != nil {
		t.Fatal(err)
	}
	defer process.Close()
	const disableMaxPrivilege = 1
	deny := []windows.SIDAndAttributes{{Sid: admins}}
	ok, _, err := createRestrictedToken.Call(uintptr(process), disableMaxPrivilege, 1, uintptr(unsafe.Pointer(&deny[0])),
		0, 0, 0, 0, uintptr(unsafe.Pointer(&restricted)))
	if ok == 0 {
		t.Fatal(err)
	}
	defer restricted.Close()
	err = windows.DuplicateTokenEx(restricted, windows.TOKEN_ALL_ACCESS, nil, windows.SecurityImpersonation, windows.TokenImpersonation, &token)
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if err := windows.SetThreadToken(nil, token); err != nil {
		t.Fatal(err)
	}
}

// hasPrivilege reports whether this process has a privilege, enabled or not.
func hasPrivilege(name string) (bool, error) {
	var luid windows.LUID
	err := windows.LookupPrivilegeValue(nil, windows.StringToUTF16Ptr(name), &luid)
	if errors.Is(err, windows.ERROR_NO_SUCH_PRIVILEGE) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	buffer := make([]byte, 4<<10)
	var size uint32
	err = windows.GetTokenInformation(windows.GetCurrentProcessToken(), windows.TokenPrivileges, &buffer[0], uint32(len(buffer)), &size)
	if err != nil {
		return false, err
	}
	has := (*windows.Tokenprivileges)(unsafe.Pointer(&buffer[0])).AllPrivileges()
	return slices.ContainsFunc(has, func(p windows.LUIDAndAttributes) bool { return p.Luid == luid }), nil
}

// Some of what the service gives up processes have to begin with, or it would
// show nothing that they have it not.
func TestPrivilegesToGiveUp(t *testing.T) {
	had := 0
	for _, name := range needless {
		has, err := hasPrivilege(name)
		if err != nil {
			t.Fatal(err)
		}
		if has {
			had++
		}
	}
	if had == 0 {
		t.Error("none of them is there")
	}
}
