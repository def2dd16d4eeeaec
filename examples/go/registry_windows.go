package main

import (
	"errors"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const access = registry.ALL_ACCESS | registry.WOW64_64KEY

// keys is a user mailbox on Windows.
type keys struct{ inbox, outbox, monitors registry.Key }

func open(queue string) (mailbox, error) {
	var box keys
	for name, key := range map[string]*registry.Key{"Inbox": &box.inbox, "Outbox": &box.outbox, "Monitor": &box.monitors} {
		var err error
		if *key, _, err = registry.CreateKey(registry.CURRENT_USER, `Software\Deskbell\Queues\`+queue+`\`+name, access); err != nil {
			return nil, err
		}
	}
	return box, nil
}

func (k keys) attended() (bool, error) {
	sessions, err := k.monitors.ReadSubKeyNames(-1)
	if err != nil {
		return false, err
	}
	for _, session := range sessions {
		record, err := registry.OpenKey(k.monitors, session, access)
		if err != nil {
			continue // gone meanwhile
		}
		pid, _, err := record.GetIntegerValue("Pid")
		_ = record.Close()
		if err == nil && runs(uint32(pid)) {
			return true, nil
		}
	}
	return false, nil
}

// runs reports whether a process runs; one that cannot be looked at counts.
func runs(pid uint32) bool {
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, pid)
	if err != nil {
		return errors.Is(err, windows.ERROR_ACCESS_DENIED)
	}
	defer windows.CloseHandle(process)
	event, err := windows.WaitForSingleObject(process, 0)
	return err == nil && event == uint32(windows.WAIT_TIMEOUT)
}

// put writes Ready last.
func (k keys) put(id, text string, buttons []string) error {
	message, _, err := registry.CreateKey(k.inbox, id, access)
	if err != nil {
		return err
	}
	defer message.Close()
	if err := message.SetStringValue("Text", text); err != nil {
		return err
	}
	if err := message.SetStringsValue("Buttons", buttons); err != nil {
		return err
	}
	return message.SetDWordValue("Ready", 1)
}

func (k keys) read(id string) (r reply) {
	key, err := registry.OpenKey(k.outbox, id, access)
	if err != nil {
		return r // not there yet
	}
	defer key.Close()
	ready, _, _ := key.GetIntegerValue("Ready")
	r.Ready = ready == 1
	r.Status, _, _ = key.GetStringValue("Status")
	r.Choice, _, _ = key.GetStringValue("Choice")
	return r
}

// wait arms, looks and only then waits.
func (k keys) wait(id string, limit time.Duration) (reply, error) {
	changed, err := windows.CreateEvent(nil, 0, 0, nil)
	if err != nil {
		return reply{}, err
	}
	defer windows.CloseHandle(changed)
	const filter = windows.REG_NOTIFY_CHANGE_NAME | windows.REG_NOTIFY_CHANGE_LAST_SET | windows.REG_NOTIFY_THREAD_AGNOSTIC
	end := time.Now().Add(limit)
	for {
		if err := windows.RegNotifyChangeKeyValue(windows.Handle(k.outbox), true, filter, changed, true); err != nil {
			return reply{}, err
		}
		if r := k.read(id); r.Ready {
			return r, nil
		}
		left := time.Until(end)
		if left <= 0 {
			return reply{}, nil
		}
		if _, err := windows.WaitForSingleObject(changed, uint32(left.Milliseconds())+1); err != nil {
			return reply{}, err
		}
	}
}

func (k keys) forget(id string, replied bool) error {
	err := registry.DeleteKey(k.inbox, id)
	if !replied {
		return err
	}
	// The monitor may have been faster.
	if gone := registry.DeleteKey(k.outbox, id); !errors.Is(gone, registry.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
