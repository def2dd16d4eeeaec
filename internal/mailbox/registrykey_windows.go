package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

const (
	linkValue    = "SymbolicLinkValue"
	maxValueName = 16384 // the longest name of a value with its NUL
	// maxValue is the size of a field at its limit as UTF-16 with NULs.
	maxValue = 2*protocol.MaxField + 4*(protocol.MaxListItems+1)
	maxTotal = 2 * protocol.MaxEncoded
	boxRead  = windows.KEY_READ | windows.KEY_WOW64_64KEY
	boxWrite = boxRead | windows.KEY_CREATE_SUB_KEY
)

// lacks tells whether the mailbox has no such box.
func (s *Registry) lacks(box Box) bool { return s.rules != nil && box == Monitor }

// mayWrite returns an error where the table has somebody else write a box.
func (s *Registry) mayWrite(box Box) error {
	if s.rules == nil {
		return nil
	}
	if s.lacks(box) {
		return errNoMonitor
	}
	path := append(slices.Clone(s.path), keyOf(box))
	if rule := s.rule(path); rule != trust.OfUser && rule != trust.FromUser && !s.makes {
		return fmt.Errorf("administrators alone write %s: %w", s.name(path), fs.ErrPermission)
	}
	return nil
}

// box returns the open key of a box and what is to be called when it is not
// needed any more. A key that was moved or deleted since is opened again. With
// create it is made, and what leads to it; else fs.ErrNotExist.
func (s *Registry) box(box Box, create bool) (key windows.Handle, done func(), err error) {
	path := append(slices.Clone(s.path), keyOf(box))
	if s.lends {
		if key, err = s.walk(path, create); err != nil {
			return 0, nil, err
		}
		return key, func() { _ = windows.RegCloseKey(key) }, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.boxes[box]; ok {
		if name, err := win.KeyName(b.key); err == nil && name == b.name {
			return b.key, func() {}, nil
		}
		delete(s.boxes, box)
	}
	if create && s.makes {
		// All of it: whoever attends could not make an Outbox to reply in.
		if key, err = s.walk(path, false); errors.Is(err, fs.ErrNotExist) {
			if err = s.makeAll(); err == nil {
				key, err = s.walk(path, true)
			}
		}
	} else {
		key, err = s.walk(path, create)
	}
	if err != nil {
		return 0, nil, err
	}
	s.open.list = append(s.open.list, key)
	name, err := win.KeyName(key)
	if err != nil {
		return 0, nil, fmt.Errorf("open %s: %w", keyOf(box), err)
	}
	s.boxes[box] = boxKey{key, name}
	return key, func() {}, nil
}

// walk opens a key, every component relative to the one above, and refuses
// links.
func (s *Registry) walk(path []string, create bool) (windows.Handle, error) {
	var last windows.Handle
	err := s.each(path, create, func(_ int, key windows.Handle) {
		if last != 0 {
			_ = windows.RegCloseKey(last)
		}
		last = key
	})
	if err != nil {
		if last != 0 {
			_ = windows.RegCloseKey(last)
		}
		return 0, err
	}
	return last, nil
}

// each opens the keys of a path, every one relative to the one above, and
// gives them to keep, which closes what it does not need any more once it has
// the next. It ends at a link, which it refuses, and where a key is missing or,
// after giving it, is not as the table says: what others could have written is
// not there.
func (s *Registry) each(path []string, create bool, keep func(depth int, key windows.Handle)) error {
	create = create && (s.rules == nil || s.makes)
	parent := s.root
	for i := range path {
		key, err := s.openBelow(parent, path[:i+1], create && i > 0)
		if err != nil {
			return fmt.Errorf(`open %s: %w`, strings.Join(path[:i+1], `\`), err)
		}
		keep(i+1, key)
		if err := s.check(key, path[:i+1], create); err != nil {
			return err
		}
		parent = key
	}
	return nil
}

var errLinked = errors.New("a registry link is not followed")

// openBelow opens the last key of a path in the one above it.
func (s *Registry) openBelow(parent windows.Handle, path []string, create bool) (windows.Handle, error) {
	name := path[len(path)-1]
	key, err := win.OpenKey(parent, name, boxWrite)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		key, err = win.OpenKey(parent, name, boxRead)
	}
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) && create {
		var sd *windows.SECURITY_DESCRIPTOR
		if sd, err = s.descriptor(path); err == nil {
			key, _, err = win.CreateKey(parent, name, 0, boxWrite, sd)
		}
	}
	switch {
	case errors.Is(err, windows.ERROR_KEY_DELETED):
		err = fs.ErrNotExist
	case errors.Is(err, windows.ERROR_ACCESS_DENIED) && s.waits():
		err = fmt.Errorf("its user cannot read it: %w", fs.ErrNotExist)
	}
	if err == nil && isLink(key) {
		_ = windows.RegCloseKey(key)
		err = errLinked
	}
	return key, err
}

// waits tells whether the caller is the user whom administrators make the
// mailbox for: what he may not read is not there, for him.
func (s *Registry) waits() bool {
	if s.rules == nil || s.makes || s.sid == "" {
		return false
	}
	own, err := ownUser()
	return err == nil && own == s.sid
}

// check makes sure that nobody but administrators can write a key that they
// make. With create it is put right.
func (s *Registry) check(key windows.Handle, path []string, create bool) error {
	rule, ours := s.rules[strings.Join(path, `\`)]
	if !ours || rule == trust.FromUser {
		return nil
	}
	fault, err := trust.KeyFault(key)
	if err == nil && fault != "" && create {
		if err = s.correct(path); err == nil {
			fault, err = trust.KeyFault(key)
		}
	}
	if err != nil {
		return fmt.Errorf("look at %s: %w", s.name(path), err)
	}
	if fault != "" {
		return fmt.Errorf("%w: %w", &trust.Error{Path: s.name(path), Component: s.name(path), Reason: fault}, fs.ErrNotExist)
	}
	return nil
}

// most is how many names are listed in a box; 0 for all.
func (s *Registry) most(box Box) int {
	theirs := s.lends || s.rules != nil && s.rule(append(slices.Clone(s.path), keyOf(box))) == trust.FromUser
	if theirs && !s.waits() {
		return mostRecords
	}
	return 0
}

// isLink tells whether a key opened with REG_OPTION_OPEN_LINK is a link.
func isLink(key windows.Handle) bool {
	name, err := windows.UTF16PtrFromString(linkValue)
	if err != nil {
		return true
	}
	var kind uint32
	err = windows.RegQueryValueEx(key, name, nil, &kind, nil, nil)
	return err == nil && kind == win.RegLink
}

// readKey reads a record, no more of it than the limits allow, and returns
// its values as they are written down too. Ready is read first: a reply that
// became Ready while it was read would not be whole.
func readKey(key windows.Handle) (Record, []value, error) {
	ready, err := readReady(key)
	if err != nil {
		return Record{}, nil, err
	}
	var count, longestName, largest uint32
	var written windows.Filetime
	err = windows.RegQueryInfoKey(key, nil, nil, nil, nil, nil, nil, &count, &longestName, &largest, nil, &written)
	if err != nil {
		return Record{}, nil, err
	}
	r := Record{Ready: ready, Written: time.Unix(0, written.Nanoseconds())}
	if count > protocol.MaxFields+1 {
		return r, nil, &protocol.FieldError{Problem: fmt.Sprintf("%d fields, at most %d are allowed", count, protocol.MaxFields)}
	}
	values, err := readValues(key, int(longestName)+1, min(int(largest), maxValue))
	if err != nil {
		return r, values, err
	}
	r.Fields = make(protocol.Fields, len(values))
	for _, v := range values {
		if v.name != "" {
			r.Fields[v.name] = v.Decode()
		}
	}
	return r, values, nil
}

// readValues reads all values of a key, which had names of up to longest
// characters with the NUL and data of up to largest bytes when it was looked at.
func readValues(key windows.Handle, longest, largest int) ([]value, error) {
	var values []value
	name := make([]uint16, longest)
	data := make([]byte, largest)
	total := 0
	for i := 0; i <= protocol.MaxFields+1; i++ {
		text, kind, size, err := win.EnumValue(key, i, name, data)
		if errors.Is(err, windows.ERROR_MORE_DATA) && (len(name) < maxValueName || len(data) < maxValue) {
			// It has grown since its size was asked for.
			name, data = make([]uint16, maxValueName), make([]byte, maxValue)
			text, kind, size, err = win.EnumValue(key, i, name, data)
		}
		switch {
		case errors.Is(err, windows.ERROR_NO_MORE_ITEMS):
			return values, nil
		case errors.Is(err, windows.ERROR_MORE_DATA):
			return values, &protocol.FieldError{Field: text, Problem: fmt.Sprintf("larger than %d KiB", protocol.MaxField>>10)}
		case err != nil:
			return values, err
		}
		if total += 2*len(text) + size; total > maxTotal {
			return values, &protocol.FieldError{Problem: fmt.Sprintf("the message is larger than %d KiB", protocol.MaxMessage>>10)}
		}
		values = append(values, value{text, protocol.RegistryValue{Type: kind, Data: append([]byte(nil), data[:size]...)}})
	}
	return values, nil
}

// readReady reads the value Ready: a number, or text, as any flag.
func readReady(key windows.Handle) (bool, error) {
	name, err := windows.UTF16PtrFromString("Ready")
	if err != nil {
		return false, err
	}
	data := make([]byte, 32)
	size := uint32(len(data))
	var kind uint32
	err = windows.RegQueryValueEx(key, name, nil, &kind, &data[0], &size)
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_MORE_DATA) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	switch v := (protocol.RegistryValue{Type: kind, Data: data[:size]}).Decode().(type) {
	case int:
		return v != 0, nil
	case string:
		text := strings.ToLower(strings.TrimSpace(v))
		n, err := strconv.Atoi(text)
		return text == "true" || err == nil && n != 0, nil
	}
	return false, nil
}

// rewrite makes values of what is in a key, old values, with as few writes as
// can be, each of which wakes whoever watches; Ready last, and always, as
// that renews the age of a message.
func rewrite(key windows.Handle, old, values []value) error {
	same := func(name string) func(value) bool {
		return func(v value) bool { return strings.EqualFold(v.name, name) }
	}
	for _, v := range old {
		if v.name != "" && !slices.ContainsFunc(values, same(v.name)) {
			if err := win.DeleteValue(key, v.name); err != nil && !errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
				return err
			}
		}
	}
	for i, v := range values {
		before := slices.IndexFunc(old, same(v.name))
		if before >= 0 && i < len(values)-1 && old[before].Type == v.Type && slices.Equal(old[before].Data, v.Data) {
			continue
		}
		if err := win.SetValue(key, v.name, v.Type, v.Data); err != nil {
			return err
		}
	}
	return nil
}
