package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/deploy"
)

// hive is a queue in the registry.
type hive struct{ path string }

func openStore(getenv func(string) string) store {
	return hive{`Software\Deskbell\Queues\` + getenv("DESKBELL_QUEUE")}
}

func (h hive) key(box, name string) string { return h.path + `\` + box + `\` + name }

func (h hive) put(id string, fields map[string]string, half bool) error {
	return h.write("Inbox", id, fields, half)
}

func (h hive) write(box, id string, fields map[string]string, half bool) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, h.key(box, id), registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	for name, value := range fields {
		if err := key.SetStringValue(name, value); err != nil {
			return err
		}
	}
	if half {
		return nil
	}
	return key.SetStringValue("Ready", "1")
}

func (h hive) list(box string) []string {
	key, err := registry.OpenKey(registry.CURRENT_USER, h.path+`\`+box, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil
	}
	defer key.Close()
	names, err := key.ReadSubKeyNames(-1)
	if err != nil {
		return nil
	}
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	return names
}

func (h hive) read(box, name string) map[string]string {
	fields := map[string]string{}
	key, err := registry.OpenKey(registry.CURRENT_USER, h.key(box, name), registry.QUERY_VALUE)
	if err != nil {
		return fields
	}
	defer key.Close()
	// Ready before all others: what is read of a record that is written this
	// moment is not whole.
	whole := isReady(key)
	names, err := key.ReadValueNames(-1)
	if err != nil {
		return fields
	}
	for _, field := range names {
		if text, _, err := key.GetStringValue(field); err == nil {
			fields[strings.ToLower(field)] = text
		} else if n, _, err := key.GetIntegerValue(field); err == nil {
			fields[strings.ToLower(field)] = fmt.Sprint(int32(n))
		} else if texts, _, err := key.GetStringsValue(field); err == nil {
			fields[strings.ToLower(field)] = strings.Join(texts, "\n")
		}
	}
	if !whole {
		delete(fields, "ready")
	}
	return fields
}

func isReady(key registry.Key) bool {
	if n, _, err := key.GetIntegerValue("Ready"); err == nil {
		return n == 1
	}
	text, _, err := key.GetStringValue("Ready")
	return err == nil && text == "1"
}

func (h hive) delete(box, name string) error {
	return registry.DeleteKey(registry.CURRENT_USER, h.key(box, name))
}

func (h hive) remove() error {
	for _, path := range []string{h.path, h.path + otherQueue} {
		if err := removeKey(registry.CURRENT_USER, path); err != nil && !errors.Is(err, registry.ErrNotExist) {
			return err
		}
	}
	return deploy.Forget(h.path[strings.LastIndex(h.path, `\`)+1:])
}

// transient reports whether a program that did not start may do so now: Wine
// says now and then that of one started beside others.
func transient(err error) bool { return errors.Is(err, windows.ERROR_INTERNAL_ERROR) }

func programOf(ts *testscript.TestScript, pid int) string {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	ts.Check(err)
	defer windows.CloseHandle(process)
	path := make([]uint16, 1024)
	size := uint32(len(path))
	ts.Check(windows.QueryFullProcessImageName(process, 0, &path[0], &size))
	return filepath.Base(windows.UTF16ToString(path[:size]))
}
