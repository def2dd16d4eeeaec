package conformance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// expanding is text that is written as REG_EXPAND_SZ.
type expanding string

// keys is a user mailbox in registry keys.
type keys struct{ queue string }

const access = registry.ALL_ACCESS | registry.WOW64_64KEY

func openPlace(queue string) (place, error) { return keys{queue}, nil }

func (k keys) path(box mailbox.Box, id string) string {
	name := map[mailbox.Box]string{mailbox.Inbox: `\Inbox`, mailbox.Outbox: `\Outbox`, mailbox.Monitor: `\Monitor`}[box]
	if id != "" {
		id = `\` + id
	}
	return `Software\Deskbell\Queues\` + k.queue + name + id
}

// missing has a key that somebody deletes while it is open be as one that was
// not there when it was to be opened: which of the two is a matter of luck.
func missing(err error) error {
	if errors.Is(err, windows.ERROR_KEY_DELETED) {
		return fs.ErrNotExist
	}
	return err
}

// write sets values, Ready last.
func (k keys) write(box mailbox.Box, id string, fields protocol.Fields) (err error) {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, k.path(box, id), access)
	if err != nil {
		return err
	}
	defer func() { err = missing(errors.Join(err, key.Close())) }()
	return set(key, fields)
}

func set(key registry.Key, fields protocol.Fields) error {
	names := slices.Sorted(maps.Keys(fields))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range names {
		var err error
		switch v := fields[name].(type) {
		case string:
			err = key.SetStringValue(name, v)
		case expanding:
			err = key.SetExpandStringValue(name, string(v))
		case []string:
			err = key.SetStringsValue(name, v)
		case int:
			err = key.SetDWordValue(name, uint32(v))
		case bool:
			n := uint32(0)
			if v {
				n = 1
			}
			err = key.SetDWordValue(name, n)
		default:
			err = fmt.Errorf("%T cannot be written to the registry", v)
		}
		if err != nil {
			return fmt.Errorf("value %s: %w", name, err)
		}
	}
	return nil
}

func rank(name string) int {
	if strings.EqualFold(name, "Ready") {
		return 1
	}
	return 0
}

func (k keys) put(id string, fields protocol.Fields) error {
	if err := k.begin(id, fields); err != nil {
		return err
	}
	return k.finish(id)
}

func (k keys) begin(id string, fields protocol.Fields) error {
	return k.write(mailbox.Inbox, id, fields)
}

func (k keys) finish(id string) error {
	return k.write(mailbox.Inbox, id, protocol.Fields{"Ready": 1})
}

func (k keys) rewrite(id string, fields protocol.Fields) error { return k.put(id, fields) }

func (k keys) claim(id string, fields protocol.Fields) (err error) {
	key, there, err := registry.CreateKey(registry.CURRENT_USER, k.path(mailbox.Outbox, id), access)
	if err != nil {
		return err
	}
	defer func() { err = missing(errors.Join(err, key.Close())) }()
	if there {
		return fs.ErrExist
	}
	return set(key, fields)
}

// overwrite removes values that are not to be there, and then writes.
func (k keys) overwrite(id string, fields protocol.Fields) (err error) {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, k.path(mailbox.Outbox, id), access)
	if err != nil {
		return err
	}
	defer func() { err = missing(errors.Join(err, key.Close())) }()
	names, err := key.ReadValueNames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(fields)), func(n string) bool { return strings.EqualFold(n, name) }) {
			if err := key.DeleteValue(name); err != nil {
				return err
			}
		}
	}
	return set(key, fields)
}

// read reads Ready before all others: where it is 1, they are whole.
func (k keys) read(box mailbox.Box, id string) (r record, err error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, k.path(box, id), registry.READ|registry.WOW64_64KEY)
	if err != nil {
		return r, err
	}
	defer func() { err = missing(errors.Join(err, key.Close())) }()
	r = record{fields: protocol.Fields{}, forms: map[string]string{}}
	ready, _, readyErr := key.GetIntegerValue("Ready")
	names, err := key.ReadValueNames(-1)
	if err != nil {
		return r, err
	}
	for _, name := range names {
		if name == "" {
			continue // the key's own, which WScript.Shell makes
		}
		size, _, err := key.GetValue(name, nil)
		var kind uint32
		data := make([]byte, size)
		if err == nil {
			size, kind, err = key.GetValue(name, data)
		}
		if err != nil && !k.there(box, id) {
			return r, fs.ErrNotExist // removed while we read
		}
		if err != nil {
			continue // changed while we read: the next look sees it
		}
		r.fields[name] = protocol.RegistryValue{Type: kind, Data: data[:size]}.Decode()
		r.forms[protocol.Fold(name)] = forms[kind]
	}
	for name := range r.fields {
		if strings.EqualFold(name, "Ready") && (readyErr != nil || ready == 0) && forms[registry.DWORD] == r.forms["ready"] {
			delete(r.fields, name) // it came after we began to read
		}
	}
	return r, nil
}

func (k keys) there(box mailbox.Box, id string) bool {
	key, err := registry.OpenKey(registry.CURRENT_USER, k.path(box, id), registry.READ|registry.WOW64_64KEY)
	return err == nil && key.Close() == nil
}

var forms = map[uint32]string{
	registry.SZ: "REG_SZ", registry.EXPAND_SZ: "REG_EXPAND_SZ", registry.MULTI_SZ: "REG_MULTI_SZ",
	registry.DWORD: "REG_DWORD", registry.BINARY: "REG_BINARY", registry.QWORD: "REG_QWORD",
}

func (k keys) names(box mailbox.Box) ([]string, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, k.path(box, ""), registry.READ|registry.WOW64_64KEY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := key.ReadSubKeyNames(-1)
	if err = missing(errors.Join(err, key.Close())); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

func (k keys) leftovers() ([]string, error) { return nil, nil }

func (k keys) remove(box mailbox.Box, id string) error {
	err := missing(registry.DeleteKey(registry.CURRENT_USER, k.path(box, id)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (k keys) removeBoxes() error {
	for _, box := range []mailbox.Box{mailbox.Inbox, mailbox.Outbox} {
		names, err := k.names(box)
		if err != nil {
			return err
		}
		for _, name := range append(names, "") {
			if err := k.remove(box, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// access: "deskbell doctor" looks at access lists.
func (k keys) access(string) ([]string, error) { return nil, errors.ErrUnsupported }

func (k keys) odd() []oddMessage {
	return []oddMessage{
		{"REG_EXPAND_SZ", func(id, text string) error {
			return k.put(id, protocol.Fields{"Title": expanding(text), "Text": expanding(text), "Buttons": expanding("%OS%\nNo")})
		}},
		{"text that is not ended by a NUL", func(id, text string) error {
			if err := k.begin(id, protocol.Fields{"Title": text, "Buttons": []string{"%OS%", "No"}}); err != nil {
				return err
			}
			if err := k.setUnended(id, "Text", text); err != nil {
				return err
			}
			return k.finish(id)
		}},
	}
}

func (k keys) setUnended(id, name, text string) (err error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, k.path(mailbox.Inbox, id), access)
	if err != nil {
		return err
	}
	defer func() { err = missing(errors.Join(err, key.Close())) }()
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return win.SetValue(windows.Handle(key), name, registry.SZ, data)
}

func (k keys) strays(sort stray, id string) (*strayed, error) {
	if sort != badNames {
		return nil, nil
	}
	made := &strayed{names: []string{"two words " + id, "-" + id, "zo\u00eb-" + id}}
	good := protocol.Fields{"Kind": "control", "Command": "ping"}
	for _, name := range made.names {
		if err := k.put(name, good); err != nil {
			return nil, err
		}
	}
	made.clear = func() (touched []string, err error) {
		for _, name := range made.names {
			if r, err := k.read(mailbox.Inbox, name); err != nil || len(r.fields) != len(good)+1 {
				touched = append(touched, `Inbox\`+name)
			}
			if err := k.remove(mailbox.Inbox, name); err != nil {
				return touched, err
			}
		}
		return touched, nil
	}
	return made, nil
}

// wanted is the form that a value of a reply has to have.
func wanted(form protocol.Form) string {
	switch form {
	case protocol.Number, protocol.Flag:
		return forms[registry.DWORD]
	case protocol.List:
		return forms[registry.MULTI_SZ]
	}
	return forms[registry.SZ]
}

func isReady(r record) bool { return r.ready() }

// written returns a reply as a monitor writes it; foreign is one with a field
// that nobody knows.
func written(fields protocol.Fields, foreign bool) protocol.Fields {
	if foreign {
		fields["Weather"] = "fine"
	}
	return fields
}
