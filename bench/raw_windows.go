package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// The plain way on Windows: two processes, two keys, one value per field,
// Ready last, and RegNotifyChangeKeyValue to wake who waits. No claim, no
// check, no bound.

type rawKey struct {
	key   registry.Key
	event windows.Handle
	seen  map[string]bool
}

func openRaw(path string) (*rawKey, error) {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS)
	if err != nil {
		return nil, err
	}
	event, err := windows.CreateEvent(nil, 0, 0, nil)
	return &rawKey{key, event, map[string]bool{}}, err
}

func (k *rawKey) arm() error {
	const threadAgnostic = 0x10000000
	return windows.RegNotifyChangeKeyValue(windows.Handle(k.key), true,
		windows.REG_NOTIFY_CHANGE_NAME|windows.REG_NOTIFY_CHANGE_LAST_SET|threadAgnostic, k.event, true)
}

// next waits for a subkey with Ready in it that it has not returned yet, and
// reads its values.
func (k *rawKey) next() (string, error) {
	for {
		if err := k.arm(); err != nil {
			return "", err
		}
		names, err := k.key.ReadSubKeyNames(-1)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			if k.seen[name] || !readRaw(k.key, name) {
				continue
			}
			k.seen[name] = true
			return name, nil
		}
		if _, err := windows.WaitForSingleObject(k.event, windows.INFINITE); err != nil {
			return "", err
		}
	}
}

func readRaw(parent registry.Key, name string) bool {
	key, err := registry.OpenKey(parent, name, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	ready, _, err := key.GetIntegerValue("Ready")
	if err != nil || ready != 1 {
		return false
	}
	values, _ := key.ReadValueNames(-1)
	for _, value := range values {
		_, _, _ = key.GetStringValue(value)
	}
	return true
}

func putRaw(parent registry.Key, name string, texts map[string]string) error {
	key, _, err := registry.CreateKey(parent, name, registry.ALL_ACCESS)
	if err != nil {
		return err
	}
	defer key.Close()
	for field, text := range texts {
		if err := key.SetStringValue(field, text); err != nil {
			return err
		}
	}
	return key.SetDWordValue("Ready", 1)
}

func rawRespond(root string) error {
	inbox, err := openRaw(root + `\Inbox`)
	if err != nil {
		return err
	}
	outbox, err := openRaw(root + `\Outbox`)
	if err != nil {
		return err
	}
	for {
		name, err := inbox.next()
		if err != nil {
			return err
		}
		if err := putRaw(outbox.key, name, map[string]string{"Status": "answered", "Button": "101", "Choice": "Now"}); err != nil {
			return err
		}
	}
}

// rawAsk puts the question, waits for the answer and clears both away.
func rawAsk(root string) (func(i int) (time.Duration, error), error) {
	inbox, err := openRaw(root + `\Inbox`)
	if err != nil {
		return nil, err
	}
	outbox, err := openRaw(root + `\Outbox`)
	if err != nil {
		return nil, err
	}
	return func(i int) (time.Duration, error) {
		name := fmt.Sprintf("q%d", i)
		start := time.Now()
		if err := putRaw(inbox.key, name, map[string]string{"Text": "Install now?", "Buttons": "Now\nLater"}); err != nil {
			return 0, err
		}
		for got := ""; got != name; {
			if got, err = outbox.next(); err != nil {
				return 0, err
			}
		}
		took := time.Since(start)
		if err := registry.DeleteKey(inbox.key, name); err != nil {
			return 0, err
		}
		return took, registry.DeleteKey(outbox.key, name)
	}, nil
}
