package session

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var ntQueryWnfStateData = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtQueryWnfStateData")

// quietHours reports whether the person, or a rule of his, has Windows 10 or
// later not disturb him: Focus Assist, later "Do not disturb". Windows has no
// documented way to ask; this is the state that Explorer shows
// (WNF_SHEL_QUIETHOURS_ACTIVE_PROFILE_CHANGED). Where it is not to be had, as in
// Wine, he is to be disturbed.
func quietHours() bool {
	if ntQueryWnfStateData.Find() != nil {
		return false
	}
	name := uint64(0x0D83063EA3BF1C75)
	var stamp, profile uint32
	size := uint32(unsafe.Sizeof(profile))
	status, _, _ := ntQueryWnfStateData.Call(uintptr(unsafe.Pointer(&name)), 0, 0,
		uintptr(unsafe.Pointer(&stamp)), uintptr(unsafe.Pointer(&profile)), uintptr(unsafe.Pointer(&size)))
	return status == 0 && quietProfile(size, profile)
}

// quietProfile tells of 0, which is off, priority only, 1, and alarms only, 2;
// what is published with no data, or is another number, is off.
func quietProfile(size, profile uint32) bool {
	return size == 4 && (profile == 1 || profile == 2)
}
