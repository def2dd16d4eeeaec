package win

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	tokenAdvapi32             = windows.NewLazySystemDLL("advapi32.dll")
	procCreateRestrictedToken = tokenAdvapi32.NewProc("CreateRestrictedToken")
)

// disableMaxPrivilege leaves a token the one privilege that every token has,
// SeChangeNotifyPrivilege.
const disableMaxPrivilege = 1

// RestrictedToken returns a copy of a token without its privileges, in which
// groups only ever deny (CreateRestrictedToken). It is a primary token if
// that is one, and to be closed.
func RestrictedToken(token windows.Token, denyOnly []*windows.SID) (windows.Token, error) {
	var restricted windows.Token
	var list *windows.SIDAndAttributes
	groups := make([]windows.SIDAndAttributes, len(denyOnly))
	for i, sid := range denyOnly {
		groups[i].Sid = sid
	}
	if len(groups) > 0 {
		list = &groups[0]
	}
	ok, _, err := procCreateRestrictedToken.Call(
		uintptr(token), disableMaxPrivilege, uintptr(len(groups)), uintptr(unsafe.Pointer(list)),
		0, 0, 0, 0, uintptr(unsafe.Pointer(&restricted)),
	)
	if ok == 0 {
		return 0, err
	}
	return restricted, nil
}

// TokenNumber asks a token for one that GetTokenInformation tells as a number,
// such as TokenElevationType.
func TokenNumber(token windows.Token, class uint32) (uint32, error) {
	var number, size uint32
	err := windows.GetTokenInformation(token, class, (*byte)(unsafe.Pointer(&number)), uint32(unsafe.Sizeof(number)), &size)
	return number, err
}

// TokenIntegrity asks for the integrity level of a token, the last part of its
// SID: 0x2000 is medium.
func TokenIntegrity(token windows.Token) (uint32, error) {
	var label struct {
		windows.Tokenmandatorylabel
		_ [68]byte // SECURITY_MAX_SID_SIZE, for the SID
	}
	var size uint32
	err := windows.GetTokenInformation(token, windows.TokenIntegrityLevel, (*byte)(unsafe.Pointer(&label)), uint32(unsafe.Sizeof(label)), &size)
	if err != nil {
		return 0, err
	}
	sid := label.Label.Sid
	count := sid.SubAuthorityCount()
	if count == 0 {
		return 0, windows.ERROR_INVALID_SID
	}
	return sid.SubAuthority(uint32(count) - 1), nil
}

// SetTokenIntegrity lowers the integrity level of a token.
func SetTokenIntegrity(token windows.Token, level uint32) error {
	var sid *windows.SID
	authority := windows.SidIdentifierAuthority{Value: [6]byte{5: 16}} // SECURITY_MANDATORY_LABEL_AUTHORITY
	if err := windows.AllocateAndInitializeSid(&authority, 1, level, 0, 0, 0, 0, 0, 0, 0, &sid); err != nil {
		return err
	}
	defer windows.FreeSid(sid) //nolint:errcheck // returns what it was given
	label := windows.Tokenmandatorylabel{Label: windows.SIDAndAttributes{Sid: sid, Attributes: windows.SE_GROUP_INTEGRITY}}
	return windows.SetTokenInformation(token, windows.TokenIntegrityLevel, (*byte)(unsafe.Pointer(&label)), label.Size())
}

// SetTokenDefaultDACL sets who may do what with the objects that a process
// with this token makes.
func SetTokenDefaultDACL(token windows.Token, acl *windows.ACL) error {
	info := struct{ acl *windows.ACL }{acl}
	return windows.SetTokenInformation(token, windows.TokenDefaultDacl, (*byte)(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
}
