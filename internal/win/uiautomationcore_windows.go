package win

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	uiautomationcore    = windows.NewLazySystemDLL("uiautomationcore.dll")
	clientsAreListening = uiautomationcore.NewProc("UiaClientsAreListening")
	hostProvider        = uiautomationcore.NewProc("UiaHostProviderFromHwnd")
	raiseNotification   = uiautomationcore.NewProc("UiaRaiseNotificationEvent")
	oleaut32            = windows.NewLazySystemDLL("oleaut32.dll")
	allocString         = oleaut32.NewProc("SysAllocString")
	freeString          = oleaut32.NewProc("SysFreeString")
)

// unknown is a COM object, of which only IUnknown is used.
type unknown struct{ methods *[3]uintptr }

func (u *unknown) release() { syscall.SyscallN(u.methods[2], uintptr(unsafe.Pointer(u))) }

// Speak has a screen reader, if one listens, say the text for the window:
// UiaRaiseNotificationEvent, from Windows 10 1709 on, beside the older event
// that a live region has changed.
func Speak(window windows.HWND, text string) {
	Notify(EventLiveRegionChanged, window)
	if text == "" || raiseNotification.Find() != nil || hostProvider.Find() != nil || clientsAreListening.Find() != nil {
		return
	}
	if listening, _, _ := clientsAreListening.Call(); listening == 0 {
		return
	}
	var provider *unknown
	if r, _, _ := hostProvider.Call(uintptr(window), uintptr(unsafe.Pointer(&provider))); int32(r) < 0 || provider == nil {
		return
	}
	defer provider.release()
	const other, importantMostRecent = 4, 1 // NotificationKind, NotificationProcessing
	said, activity := newBSTR(text), newBSTR("deskbell")
	defer freeString.Call(said)
	defer freeString.Call(activity)
	raiseNotification.Call(uintptr(unsafe.Pointer(provider)), other, importantMostRecent, said, activity)
}

func newBSTR(text string) uintptr {
	units := UTF16(text)
	s, _, _ := allocString.Call(uintptr(unsafe.Pointer(&units[0])))
	return s
}
