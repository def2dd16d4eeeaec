package mailbox_test

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/win"
)

// Whatever somebody writes in the place of a reply is no answer, and costs the
// sender no more than he reads of any record.
func TestHostileReplies(t *testing.T) {
	b, _, path := place(t)
	raw := func(k registry.Key, name string, kind uint32, data []byte) {
		t.Helper()
		check(t, win.SetValue(windows.Handle(k), name, kind, data))
	}
	// Each changes a reply that would be one.
	for id, change := range map[string]func(k registry.Key){
		"button-not-offered":  func(k registry.Key) { check(t, k.SetDWordValue("Button", 107)) },
		"button-below-0":      func(k registry.Key) { check(t, k.SetStringValue("Button", "-101")) },
		"button-beyond-int":   func(k registry.Key) { check(t, k.SetQWordValue("Button", 1<<63+101)) },
		"button-is-a-list":    func(k registry.Key) { check(t, k.SetStringsValue("Button", []string{"101", "102"})) },
		"button-is-binary":    func(k registry.Key) { check(t, k.SetBinaryValue("Button", []byte{101, 0, 0, 0})) },
		"button-is-short":     func(k registry.Key) { raw(k, "Button", registry.DWORD, []byte{101, 0}) },
		"button-is-long":      func(k registry.Key) { raw(k, "Button", registry.DWORD, make([]byte, 64)) },
		"item-not-offered":    func(k registry.Key) { check(t, k.SetStringValue("Answer", "three")) },
		"items-beyond-choice": func(k registry.Key) { check(t, k.SetStringsValue("Answer", []string{"one", "two"})) },
		"answer-is-a-number":  func(k registry.Key) { check(t, k.SetDWordValue("Answer", 2)) },
		"answer-is-a-link":    func(k registry.Key) { raw(k, "Answer", registry.LINK, []byte("t\x00w\x00o\x00")) },
		"status-is-a-number":  func(k registry.Key) { check(t, k.SetDWordValue("Status", 1)) },
		"status-unknown":      func(k registry.Key) { check(t, k.SetStringValue("Status", "granted")) },
		"nul-in-an-item":      func(k registry.Key) { raw(k, "Answer", registry.SZ, []byte("t\x00w\x00\x00\x00o\x00\x00\x00")) },
		"nul-in-the-status":   func(k registry.Key) { raw(k, "Status", registry.MULTI_SZ, []byte("a\x00\x00\x00b\x00\x00\x00")) },
		"no-utf-16":           func(k registry.Key) { raw(k, "Answer", registry.SZ, []byte("t\x00w\x00o\x00\x00\xd8\x00\x00")) },
		"half-a-unit":         func(k registry.Key) { raw(k, "Answer", registry.SZ, []byte("t\x00w\x00o")) },
		"empty":               func(k registry.Key) { check(t, k.DeleteValue("Status")) },
		"long-answer":         func(k registry.Key) { check(t, k.SetStringValue("Answer", strings.Repeat("two", 1<<20))) },
		"long-beside":         func(k registry.Key) { check(t, k.SetBinaryValue("X", make([]byte, 16<<20))) },
		"many-items": func(k registry.Key) {
			check(t, k.SetStringsValue("Answer", strings.Split(strings.Repeat("two,", 100_000)+"two", ",")))
		},
		"many-fields": func(k registry.Key) {
			for i := range 1000 {
				check(t, k.SetDWordValue("x"+strconv.Itoa(i), 1))
			}
		},
	} {
		refuses(t, b, id, func() {
			k := create(t, path+`\Outbox\`+id)
			check(t, k.SetStringValue("Status", "answered"))
			check(t, k.SetDWordValue("Button", 101))
			check(t, k.SetStringValue("Answer", "two"))
			change(k)
			check(t, k.SetDWordValue("Ready", 1))
		})
	}
}

// Very many replies that nobody asked for cost him who awaits his nothing.
func TestManyReplies(t *testing.T) {
	b, _, path := place(t)
	outbox := create(t, path+`\Outbox`)
	crowd(t, b, func(id string) {
		k, _, err := registry.CreateKey(outbox, id, registry.ALL_ACCESS)
		check(t, err)
		check(t, k.SetStringValue("Status", "answered"))
		check(t, k.SetDWordValue("Ready", 1))
		check(t, k.Close())
	})
}
