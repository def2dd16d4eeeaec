//go:build linux

package screen

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/deskbell/deskbell/test/bed"
)

// mailbox is written and read as a stranger does.
type mailbox interface {
	// put puts a message, whole or not at all.
	put(id string, fields map[string]string) error
	set(id, field, value string) error
	remove(id string) error
	// claimed tells whether there is a claim or a reply.
	claimed(id string) bool
}

// spool is a mailbox of Linux.
type spool string

func (s spool) put(id string, fields map[string]string) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return s.write(id, text)
}

func (s spool) write(id string, text []byte) error {
	file := filepath.Join(string(s), "inbox", id+".json")
	if err := os.WriteFile(file+".part", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

func (s spool) set(id, field, value string) error {
	text, err := os.ReadFile(filepath.Join(string(s), "inbox", id+".json"))
	if err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	for name := range fields {
		if strings.EqualFold(name, field) {
			delete(fields, name)
		}
	}
	fields[field] = value
	if text, err = json.Marshal(fields); err != nil {
		return err
	}
	return s.write(id, text)
}

func (s spool) remove(id string) error {
	return os.Remove(filepath.Join(string(s), "inbox", id+".json"))
}

func (s spool) claimed(id string) bool {
	_, err := os.Stat(filepath.Join(string(s), "outbox", id+".json"))
	return err == nil
}

// registry is a mailbox of Windows, by what every Windows has.
type registry struct{ windows *bed.Wine }

func (r registry) key(box, id string) string {
	return `HKCU\Software\Deskbell\Queues\` + queue + `\` + box + `\` + id
}

func (r registry) put(id string, fields map[string]string) error {
	for name, value := range fields {
		if err := r.set(id, name, value); err != nil {
			return err
		}
	}
	return r.set(id, "Ready", "1")
}

func (r registry) set(id, field, value string) error {
	return r.reg("add", r.key("Inbox", id), "/v", field, "/d", value, "/f")
}

func (r registry) remove(id string) error { return r.reg("delete", r.key("Inbox", id), "/f") }

func (r registry) claimed(id string) bool { return r.reg("query", r.key("Outbox", id)) == nil }

func (r registry) reg(args ...string) error {
	if err := r.windows.Command("reg", args...).Run(); err != nil {
		return fmt.Errorf("reg %s: %w", strings.Join(args, " "), err)
	}
	return nil
}
