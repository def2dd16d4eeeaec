package mailbox

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	secur32                    = windows.NewLazySystemDLL("secur32.dll")
	procLsaGetLogonSessionData = secur32.NewProc("LsaGetLogonSessionData")
	procLsaFreeReturnBuffer    = secur32.NewProc("LsaFreeReturnBuffer")
)

// logonSession is SECURITY_LOGON_SESSION_DATA up to the time of the log-on.
type logonSession struct {
	Size                           uint32
	LogonID                        windows.LUID
	UserName, LogonDomain, Package windows.NTUnicodeString
	LogonType, Session             uint32
	Sid                            *windows.SID
	LogonTime                      windows.Filetime
}

// tokenStatistics is TOKEN_STATISTICS as far as it is needed.
type tokenStatistics struct {
	TokenID, AuthenticationID windows.LUID
	_                         [40]byte
}

// LogonTime returns when the log-on began that the caller runs in
// (LsaGetLogonSessionData); false where that cannot be had.
func LogonTime() (time.Time, bool) {
	var statistics tokenStatistics
	var size uint32
	err := windows.GetTokenInformation(windows.GetCurrentProcessToken(), windows.TokenStatistics,
		(*byte)(unsafe.Pointer(&statistics)), uint32(unsafe.Sizeof(statistics)), &size)
	if err != nil || procLsaGetLogonSessionData.Find() != nil {
		return time.Time{}, false
	}
	var data *logonSession
	status, _, _ := procLsaGetLogonSessionData.Call(
		uintptr(unsafe.Pointer(&statistics.AuthenticationID)), uintptr(unsafe.Pointer(&data)))
	if status != 0 || data == nil {
		return time.Time{}, false
	}
	defer procLsaFreeReturnBuffer.Call(uintptr(unsafe.Pointer(data)))
	if uintptr(data.Size) < unsafe.Sizeof(*data) || data.LogonTime == (windows.Filetime{}) {
		return time.Time{}, false
	}
	return time.Unix(0, data.LogonTime.Nanoseconds()), true
}
