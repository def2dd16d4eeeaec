package service

import (
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
