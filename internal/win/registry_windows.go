package win

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	regNtdll            = windows.NewLazySystemDLL("ntdll.dll")
	procNtCreateKey     = regNtdll.NewProc("NtCreateKey")
	procNtDeleteKey     = regNtdll.NewProc("NtDeleteKey")
	procNtQueryKey      = regNtdll.NewProc("NtQueryKey")
	regAdvapi32         = windows.NewLazySystemDLL("advapi32.dll")
	procRegEnumValueW   = regAdvapi32.NewProc("RegEnumValueW")
	procRegSetValueExW  = regAdvapi32.NewProc("RegSetValueExW")
	procRegDeleteValueW = regAdvapi32.NewProc("RegDeleteValueW")
)

var errKeyNameTooLong = errors.New("the name of a registry key is too long")

const (
	keyNameInformation = 3    // KEY_INFORMATION_CLASS KeyNameInformation
	keyNameHeader      = 4    // KEY_NAME_INFORMATION.NameLength, in bytes
	keyNameBuffer      = 2048 // in UTF-16 units
	regCreatedNewKey   = 1    // disposition REG_CREATED_NEW_KEY
)

// Options of CreateKey and OpenKey (winnt.h).
const (
	RegOptionVolatile   = 1
	RegOptionCreateLink = 2
	RegOptionOpenLink   = 8
)

// RegLink is the type of the one value of a registry link, REG_LINK.
const RegLink = 6

// CreateKey makes the key name directly below parent, or opens it where it is
// there, and tells which. The descriptor, nil for the inherited one, is put on
// a new key while it is made (NtCreateKey). A link is opened as itself.
func CreateKey(parent windows.Handle, name string, options, access uint32, sd *windows.SECURITY_DESCRIPTOR) (key windows.Handle, created bool, err error) {
	text, err := windows.NewNTUnicodeString(name)
	if err != nil {
		return 0, false, err
	}
	attributes := windows.OBJECT_ATTRIBUTES{
		RootDirectory:      parent,
		ObjectName:         text,
		Attributes:         windows.OBJ_CASE_INSENSITIVE | windows.OBJ_OPENLINK,
		SecurityDescriptor: sd,
	}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	var disposition uint32
	status, _, _ := procNtCreateKey.Call(
		uintptr(unsafe.Pointer(&key)), uintptr(access), uintptr(unsafe.Pointer(&attributes)),
		0, 0, uintptr(options), uintptr(unsafe.Pointer(&disposition)),
	)
	runtime.KeepAlive(text)
	runtime.KeepAlive(sd)
	return key, disposition == regCreatedNewKey, regStatus(status)
}

// OpenKey opens the key name directly below parent (RegOpenKeyEx). A link is
// opened as itself.
func OpenKey(parent windows.Handle, name string, access uint32) (windows.Handle, error) {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	var key windows.Handle
	if err := windows.RegOpenKeyEx(parent, text, RegOptionOpenLink, access, &key); err != nil {
		return 0, err
	}
	return key, nil
}

// DeleteKey deletes the key behind the handle, which needs DELETE access and
// stays to be closed. Of several who delete one key one succeeds; the others
// get ERROR_KEY_DELETED.
func DeleteKey(key windows.Handle) error {
	status, _, _ := procNtDeleteKey.Call(uintptr(key))
	return regStatus(status)
}

// KeyName returns where the key behind the handle is now, as the kernel
// spells it; ERROR_KEY_DELETED where it is nowhere (NtQueryKey).
func KeyName(key windows.Handle) (string, error) {
	buffer := make([]uint16, keyNameBuffer)
	var size uint32
	status, _, _ := procNtQueryKey.Call(
		uintptr(key), uintptr(keyNameInformation),
		uintptr(unsafe.Pointer(&buffer[0])), uintptr(2*len(buffer)), uintptr(unsafe.Pointer(&size)),
	)
	if err := regStatus(status); err != nil {
		return "", err
	}
	length := int(buffer[0]) | int(buffer[1])<<16
	if keyNameHeader+length > 2*len(buffer) {
		return "", errKeyNameTooLong
	}
	return windows.UTF16ToString(buffer[2 : 2+length/2]), nil
}

// EnumValue reads the index-th value of a key into data, and returns its name,
// type and size (RegEnumValue). ERROR_NO_MORE_ITEMS ends it; with
// ERROR_MORE_DATA the name is good and data too small.
func EnumValue(key windows.Handle, index int, name []uint16, data []byte) (string, uint32, int, error) {
	length, size := uint32(len(name)), uint32(len(data))
	var kind uint32
	code, _, _ := procRegEnumValueW.Call(
		uintptr(key), uintptr(index),
		uintptr(unsafe.Pointer(unsafe.SliceData(name))), uintptr(unsafe.Pointer(&length)), 0,
		uintptr(unsafe.Pointer(&kind)), uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(unsafe.Pointer(&size)),
	)
	return windows.UTF16ToString(name), kind, int(size), regError(code)
}

// SetValue writes a value of any type (RegSetValueEx).
func SetValue(key windows.Handle, name string, kind uint32, data []byte) error {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	code, _, _ := procRegSetValueExW.Call(
		uintptr(key), uintptr(unsafe.Pointer(text)), 0, uintptr(kind),
		uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)),
	)
	runtime.KeepAlive(text)
	return regError(code)
}

// DeleteValue deletes a value (RegDeleteValue).
func DeleteValue(key windows.Handle, name string) error {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	code, _, _ := procRegDeleteValueW.Call(uintptr(key), uintptr(unsafe.Pointer(text)))
	runtime.KeepAlive(text)
	return regError(code)
}

func regError(code uintptr) error {
	if code == 0 {
		return nil
	}
	return windows.Errno(code)
}

// regStatus returns the Win32 error of an NTSTATUS, RtlNtStatusToDosError.
func regStatus(status uintptr) error {
	if s := windows.NTStatus(status); s != 0 {
		return s.Errno()
	}
	return nil
}

var procRegSetKeySecurity = regAdvapi32.NewProc("RegSetKeySecurity")

// SetKeySecurity puts a descriptor's access list, and its owner if it has one,
// on a key (RegSetKeySecurity). The list is exactly that one: nothing is added
// from above. The handle needs WRITE_DAC, and WRITE_OWNER for the owner.
func SetKeySecurity(key windows.Handle, sd *windows.SECURITY_DESCRIPTOR) error {
	what := uint32(windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION)
	if owner, _, err := sd.Owner(); err == nil && owner != nil {
		what |= windows.OWNER_SECURITY_INFORMATION
	}
	return setSecurity(key, what, sd)
}

func setSecurity(key windows.Handle, what uint32, sd *windows.SECURITY_DESCRIPTOR) error {
	code, _, _ := procRegSetKeySecurity.Call(uintptr(key), uintptr(what), uintptr(unsafe.Pointer(sd)))
	runtime.KeepAlive(sd)
	return regError(code)
}
