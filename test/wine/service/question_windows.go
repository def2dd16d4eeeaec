package main

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// ask puts a question into the queue's Inbox, waits for the reply without
// looking again and again, and clears both away.
func ask(queue, id string, stop windows.Handle, r *report) error {
	root := `Software\Deskbell\Queues\` + queue
	inbox, err := create(root + `\Inbox`)
	if err != nil {
		return err
	}
	defer inbox.Close()
	outbox, err := create(root + `\Outbox`)
	if err != nil {
		return err
	}
	defer outbox.Close()

	if err := put(inbox, id); err != nil {
		return fmt.Errorf("put the question: %w", err)
	}
	if err := await(outbox, id, stop, r); err != nil {
		return fmt.Errorf("wait for the reply: %w", err)
	}
	if err := registry.DeleteKey(inbox, id); err != nil {
		return fmt.Errorf("delete the question: %w", err)
	}
	// It may be gone already: the monitor, too, looks whether the message is there.
	if err := registry.DeleteKey(outbox, id); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("delete the reply: %w", err)
	}
	return nil
}

func create(path string) (registry.Key, error) {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS|registry.WOW64_64KEY)
	if err != nil {
		return 0, fmt.Errorf("make the key %s: %w", path, err)
	}
	return key, nil
}

// put writes the fields of the message, Ready last.
func put(inbox registry.Key, id string) error {
	message, _, err := registry.CreateKey(inbox, id, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer message.Close()
	return errors.Join(
		message.SetStringValue("Title", "Backup service"),
		message.SetStringValue("Text", "The nightly backup is due. It takes about ten minutes and slows this computer down.\n\nWhen shall it run?"),
		message.SetStringsValue("Buttons", []string{"Run it now", "Tonight at eight", "Not today"}),
		message.SetStringValue("Icon", "question"),
		message.SetStringValue("Sender", "Backup"),
		message.SetDWordValue("Ready", 1),
	)
}

// await arms the notification, looks, and only then waits: what comes between
// looking and waiting is signalled.
func await(outbox registry.Key, id string, stop windows.Handle, r *report) error {
	changed, err := windows.CreateEvent(nil, 0, 0, nil)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(changed)
	const what = windows.REG_NOTIFY_CHANGE_NAME | windows.REG_NOTIFY_CHANGE_LAST_SET | windows.REG_NOTIFY_THREAD_AGNOSTIC
	for {
		if err := windows.RegNotifyChangeKeyValue(windows.Handle(outbox), true, what, changed, true); err != nil {
			return err
		}
		if ready, err := look(outbox, id, r); ready || err != nil {
			return err
		}
		which, err := windows.WaitForMultipleObjects([]windows.Handle{changed, stop}, false, windows.INFINITE)
		if err != nil {
			return err
		}
		if which != windows.WAIT_OBJECT_0 {
			return errors.New("stopped")
		}
	}
}

// look reads the reply. Without Ready it is only a claim.
func look(outbox registry.Key, id string, r *report) (ready bool, err error) {
	reply, err := registry.OpenKey(outbox, id, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer reply.Close()
	if done, _, err := reply.GetIntegerValue("Ready"); errors.Is(err, registry.ErrNotExist) || err == nil && done != 1 {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if r.Status, _, err = reply.GetStringValue("Status"); err != nil {
		return false, fmt.Errorf("read Status: %w", err)
	}
	if r.Button, _, err = reply.GetIntegerValue("Button"); err != nil {
		return false, fmt.Errorf("read Button: %w", err)
	}
	if r.Choice, _, err = reply.GetStringValue("Choice"); err != nil {
		return false, fmt.Errorf("read Choice: %w", err)
	}
	return true, nil
}

// stationName is the name of the window station of this process; a person's
// desktop is in WinSta0.
func stationName() (string, error) {
	user32 := windows.NewLazySystemDLL("user32.dll")
	station, _, err := user32.NewProc("GetProcessWindowStation").Call()
	if station == 0 {
		return "", fmt.Errorf("GetProcessWindowStation: %w", err)
	}
	const nameOf = 2 // UOI_NAME
	name := make([]uint16, 256)
	ok, _, err := user32.NewProc("GetUserObjectInformationW").Call(station, nameOf,
		uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)*2), 0)
	if ok == 0 {
		return "", fmt.Errorf("GetUserObjectInformation: %w", err)
	}
	return windows.UTF16ToString(name), nil
}
