package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// verbatim is text that is written into a spool file as it is.
type verbatim string

const extension = ".json"

// spool is a user mailbox in a directory.
type spool struct{ dir string }

func openPlace(queue string) (place, error) {
	components, err := mailbox.Inspect(mailbox.Place{Queue: queue, Scope: mailbox.ScopeUser})
	if err != nil {
		return nil, err
	}
	for _, c := range components {
		if filepath.Base(c.Path) == boxName(mailbox.Inbox) {
			return spool{filepath.Dir(c.Path)}, nil
		}
	}
	return nil, fmt.Errorf("the mailbox of queue %s: %w", queue, fs.ErrNotExist)
}

func boxName(box mailbox.Box) string {
	return map[mailbox.Box]string{mailbox.Inbox: "inbox", mailbox.Outbox: "outbox", mailbox.Monitor: "monitor"}[box]
}

func (s spool) file(box mailbox.Box, name string) string {
	return filepath.Join(s.dir, boxName(box), name+extension)
}

// part is where a record is written before it gets its name.
func (s spool) part(box mailbox.Box, id string) string {
	return filepath.Join(s.dir, boxName(box), "."+id)
}

// encode writes fields by their names as they are given.
func encode(fields protocol.Fields) ([]byte, error) {
	if text, ok := fields[""].(verbatim); ok {
		return []byte(text), nil
	}
	return json.Marshal(map[string]any(fields))
}

func (s spool) write(box mailbox.Box, id string, fields protocol.Fields) (part string, err error) {
	data, err := encode(fields)
	if err != nil {
		return "", err
	}
	part = s.part(box, id)
	if err := os.MkdirAll(filepath.Dir(part), 0o700); err != nil {
		return "", err
	}
	return part, os.WriteFile(part, data, 0o600)
}

func (s spool) put(id string, fields protocol.Fields) error {
	if err := s.begin(id, fields); err != nil {
		return err
	}
	return s.finish(id)
}

func (s spool) begin(id string, fields protocol.Fields) error {
	_, err := s.write(mailbox.Inbox, id, fields)
	return err
}

func (s spool) finish(id string) error {
	return os.Rename(s.part(mailbox.Inbox, id), s.file(mailbox.Inbox, id))
}

func (s spool) rewrite(id string, fields protocol.Fields) error { return s.put(id, fields) }

func (s spool) claim(id string, fields protocol.Fields) error {
	part, err := s.write(mailbox.Outbox, id, fields)
	if err != nil {
		return err
	}
	return errors.Join(os.Link(part, s.file(mailbox.Outbox, id)), os.Remove(part))
}

func (s spool) overwrite(id string, fields protocol.Fields) error {
	part, err := s.write(mailbox.Outbox, id, fields)
	if err != nil {
		return err
	}
	return os.Rename(part, s.file(mailbox.Outbox, id))
}

func (s spool) read(box mailbox.Box, id string) (record, error) {
	data, err := os.ReadFile(s.file(box, id))
	if err != nil {
		return record{}, err
	}
	r := record{forms: map[string]string{}}
	if r.fields, err = protocol.ParseJSON(data); err != nil {
		return r, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &raw); err != nil {
		return r, err
	}
	for name, value := range raw {
		r.forms[protocol.Fold(name)] = jsonForm(value)
	}
	return r, nil
}

// Forms that values have in JSON.
const (
	asNumber = "a number"
	asText   = "a string"
	asFlag   = "true or false"
	asList   = "an array"
)

func jsonForm(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return asText
	case '[':
		return asList
	case '{':
		return "an object"
	case 't', 'f':
		return asFlag
	case 'n':
		return "null"
	}
	return asNumber
}

func (s spool) names(box mailbox.Box) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, boxName(box)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), extension); ok && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	return names, err
}

func (s spool) leftovers() ([]string, error) {
	var left []string
	for _, dir := range []string{boxName(mailbox.Inbox), "."} {
		entries, err := os.ReadDir(filepath.Join(s.dir, dir))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && filepath.Ext(e.Name()) != extension {
				left = append(left, filepath.Join(dir, e.Name()))
			}
		}
	}
	return left, nil
}

func (s spool) remove(box mailbox.Box, id string) error {
	err := os.Remove(s.file(box, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s spool) removeBoxes() error {
	return errors.Join(os.RemoveAll(filepath.Join(s.dir, boxName(mailbox.Inbox))), os.RemoveAll(filepath.Join(s.dir, boxName(mailbox.Outbox))))
}

func (s spool) access(reply string) ([]string, error) {
	var open []string
	files := []string{s.file(mailbox.Outbox, reply)}
	for _, box := range []mailbox.Box{mailbox.Inbox, mailbox.Outbox, mailbox.Monitor} {
		files = append(files, filepath.Join(s.dir, boxName(box)))
	}
	sessions, err := s.names(mailbox.Monitor)
	if err != nil {
		return nil, err
	}
	for _, session := range sessions {
		files = append(files, s.file(mailbox.Monitor, session))
	}
	for _, file := range files {
		info, err := os.Lstat(file)
		if err != nil {
			return nil, err
		}
		want := fs.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if mode := info.Mode().Perm(); mode != want {
			open = append(open, fmt.Sprintf("%s has mode %#o, not %#o", file, mode, want))
		}
	}
	return open, nil
}

func (s spool) odd() []oddMessage {
	text := func(form string) func(id, text string) error {
		return func(id, text string) error {
			quoted, err := json.Marshal(text)
			if err != nil {
				return err
			}
			return s.put(id, protocol.Fields{"": verbatim(fmt.Sprintf(form, quoted, quoted))})
		}
	}
	return []oddMessage{
		{"a byte-order mark", text("\xef\xbb\xbf" + `{"title":%s,"text":%s,"buttons":["%%OS%%","No"]}`)},
		{"several lines, and spaces", text("\r\n{\r\n  \"title\" : %s ,\r\n  \"text\" : %s ,\r\n  \"buttons\" : [ \"%%OS%%\" , \"No\" ]\r\n}\r\n")},
		{"null", text(`{"title":%s,"text":%s,"buttons":["%%OS%%","No"],"icon":null,"timeout":null,"kind":null}`)},
		{"a name that is there twice", text(`{"text":"no","title":%s,"TEXT":%s,"buttons":["wrong"],"Buttons":["%%OS%%","No"]}`)},
	}
}

func (s spool) strays(sort stray, id string) (*strayed, error) {
	good := `{"kind":"control","command":"ping"}`
	switch sort {
	case badNames:
		return s.lay(map[string]func(file string) error{
			"two words " + id: s.laying(good), "." + id: s.laying(good), "-" + id: s.laying(good), "zo\u00eb-" + id: s.laying(good),
		})
	case badFiles:
		victim := filepath.Join(s.dir, "."+id+"-victim")
		if err := os.WriteFile(victim, []byte(good), 0o600); err != nil {
			return nil, err
		}
		made, err := s.lay(map[string]func(file string) error{
			id + "-link": func(file string) error { return os.Symlink(victim, file) },
			id + "-fifo": func(file string) error { return syscall.Mkfifo(file, 0o600) },
			id + "-dir":  func(file string) error { return os.Mkdir(file, 0o700) },
		})
		if err != nil {
			return nil, err
		}
		clear := made.clear
		made.clear = func() ([]string, error) {
			touched, err := clear()
			return touched, errors.Join(err, os.Remove(victim))
		}
		return made, nil
	}
	return s.strayReply(id)
}

// laying writes a text into a file.
func (s spool) laying(text string) func(file string) error {
	return func(file string) error {
		part := filepath.Join(s.dir, ".laying")
		if err := os.WriteFile(part, []byte(text), 0o600); err != nil {
			return err
		}
		return os.Rename(part, file)
	}
}

func (s spool) lay(things map[string]func(file string) error) (*strayed, error) {
	made := &strayed{}
	laid := map[string]fs.FileInfo{}
	for name, lay := range things {
		file := s.file(mailbox.Inbox, name)
		if err := lay(file); err != nil {
			return nil, err
		}
		info, err := os.Lstat(file)
		if err != nil {
			return nil, err
		}
		made.names, laid[name] = append(made.names, name), info
	}
	made.clear = func() (touched []string, err error) {
		for name, before := range laid {
			file := s.file(mailbox.Inbox, name)
			info, err := os.Lstat(file)
			if err != nil || info.ModTime() != before.ModTime() || info.Mode() != before.Mode() {
				touched = append(touched, "inbox/"+name+extension)
			}
			if err := os.RemoveAll(file); err != nil {
				return touched, err
			}
		}
		return touched, nil
	}
	return made, nil
}

// strayReply lays a link where a reply will be written.
func (s spool) strayReply(id string) (*strayed, error) {
	const precious = "precious"
	victim, link := filepath.Join(s.dir, "."+id+"-victim"), s.file(mailbox.Outbox, id)
	if err := os.WriteFile(victim, []byte(precious), 0o600); err != nil {
		return nil, err
	}
	if err := os.Symlink(victim, link); err != nil {
		return nil, err
	}
	return &strayed{names: []string{id}, clear: func() (touched []string, err error) {
		text, err := os.ReadFile(victim)
		if err == nil && string(text) != precious {
			touched = append(touched, fmt.Sprintf("the file that outbox/%s%s leads to now has %.100q in it", id, extension, text))
		}
		return touched, errors.Join(err, os.Remove(victim), s.remove(mailbox.Outbox, id))
	}}, nil
}

// wanted is the form that a value of a reply has to have.
func wanted(form protocol.Form) string {
	switch form {
	case protocol.Number:
		return asNumber
	case protocol.Flag:
		return asFlag
	case protocol.List:
		return asList
	}
	return asText
}

// isReady: a file under its final name always is.
func isReady(record) bool { return true }

// written returns a reply as a monitor writes it; foreign is one with a field
// that nobody knows, on several lines.
func written(fields protocol.Fields, foreign bool) protocol.Fields {
	if foreign {
		fields["Weather"] = "fine"
	}
	text, err := fields.MarshalJSON()
	if err != nil {
		panic(err) // a reply always can be written
	}
	if foreign {
		var b bytes.Buffer
		if err := json.Indent(&b, text, "", "  "); err != nil {
			panic(err)
		}
		text = b.Bytes()
	}
	return protocol.Fields{"": verbatim(text)}
}
