package session

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var (
	shell32                      = windows.NewLazySystemDLL("shell32.dll")
	shQueryUserNotificationState = shell32.NewProc("SHQueryUserNotificationState")
)

// consentStore, in the user's hive, is where Windows 10 and later keep since
// when a program has used the camera or microphone, and until when.
const consentStore = `Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore`

// busy asks whether something fills the screen or is presented
// (SHQueryUserNotificationState), whether the person does not want to be
// disturbed, and whether a program listens or looks at him. Quiet time, the first
// hour of a new user, is not counted: he can be asked.
func busy() (bool, error) {
	const full, exclusive, presenting = 2, 3, 4 // QUNS_BUSY, _RUNNING_D3D_FULL_SCREEN, _PRESENTATION_MODE
	var state int32
	result, _, _ := shQueryUserNotificationState.Call(uintptr(unsafe.Pointer(&state)))
	if result == 0 && (state == full || state == exclusive || state == presenting) {
		return true, nil
	}
	if quietHours() {
		return true, nil
	}
	for _, device := range []string{"microphone", "webcam"} {
		for _, of := range []string{"", `\NonPackaged`} {
			used, err := inUse(consentStore + `\` + device + of)
			if used || err != nil {
				return used, err
			}
		}
	}
	if result != 0 {
		return false, fmt.Errorf("ask whether the person is busy: %w", windows.Errno(result))
	}
	return false, nil
}

// inUse reports whether a program below the key has begun to use the device and
// not stopped. Nothing is there before Windows 10.
func inUse(key string) (bool, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.ENUMERATE_SUB_KEYS)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether a device is in use: %w", err)
	}
	defer k.Close()
	programs, err := k.ReadSubKeyNames(-1)
	if err != nil {
		return false, fmt.Errorf("look whether a device is in use: %w", err)
	}
	for _, name := range programs {
		program, err := registry.OpenKey(k, name, registry.QUERY_VALUE)
		if err != nil {
			continue // removed meanwhile, or not ours to read
		}
		start, _, began := program.GetIntegerValue("LastUsedTimeStart")
		stop, _, ended := program.GetIntegerValue("LastUsedTimeStop")
		program.Close()
		if began == nil && ended == nil && start != 0 && stop == 0 {
			return true, nil
		}
	}
	return false, nil
}

// watchDevices calls changed when a program may have begun or ended to use a
// device, until ctx is done. Where nobody keeps that, it returns at once.
func watchDevices(ctx context.Context, changed func()) {
	k, err := registry.OpenKey(registry.CURRENT_USER, consentStore, registry.NOTIFY)
	if err != nil {
		return
	}
	defer k.Close()
	event, err := windows.CreateEvent(nil, 0, 0, nil)
	if err != nil {
		return
	}
	defer windows.CloseHandle(event)
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return
	}
	defer windows.CloseHandle(stop)
	told := make(chan struct{})
	release := context.AfterFunc(ctx, func() {
		defer close(told)
		_ = windows.SetEvent(stop) // a valid handle: nothing can fail
	})
	defer func() {
		if !release() {
			<-told
		}
	}()
	const filter = windows.REG_NOTIFY_CHANGE_NAME | windows.REG_NOTIFY_CHANGE_LAST_SET | windows.REG_NOTIFY_THREAD_AGNOSTIC
	for {
		if err := windows.RegNotifyChangeKeyValue(windows.Handle(k), true, filter, event, true); err != nil {
			return
		}
		// After arming, so that no change is lost in between.
		changed()
		which, err := windows.WaitForMultipleObjects([]windows.Handle{stop, event}, false, windows.INFINITE)
		if err != nil || which != windows.WAIT_OBJECT_0+1 {
			return
		}
	}
}
