package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// Registry is a Store in registry keys: one key for each record, one value
// for each field.
type Registry struct {
	root windows.Handle
	path []string // the keys below root, each opened relative to the one above

	rules map[string]trust.Rule // of other mailboxes than a user's, by path; else nil
	sid   string                // whose it is, "" for the caller's own or nobody's
	makes bool                  // the caller makes what administrators make
	lends bool                  // keys are closed after each call: they are below the hive of somebody who may log off

	mu      sync.Mutex
	boxes   map[Box]boxKey         // guarded by mu; the keys opened last
	open    *handles               // guarded by mu; all that was ever opened for boxes
	watches map[Box]*registryWatch // guarded by mu; none while nobody asks
}

// boxKey is the open key of a box and where it was when it was opened.
type boxKey struct {
	key  windows.Handle
	name string
}

type handles struct{ list []windows.Handle }

func (h *handles) close() {
	for _, key := range h.list {
		_ = windows.RegCloseKey(key)
	}
}

// NewRegistry returns the mailbox in the key path below root, in the 64-bit
// view. The first key of the path has to be there; the others are made when
// they are needed, open to the user, SYSTEM and Administrators only.
func NewRegistry(root registry.Key, path string) *Registry {
	s := &Registry{
		root: windows.Handle(root), path: strings.Split(path, `\`),
		boxes: map[Box]boxKey{}, open: &handles{}, watches: map[Box]*registryWatch{},
	}
	runtime.AddCleanup(s, (*handles).close, s.open)
	return s
}

var (
	_ Store     = (*Registry)(nil)
	_ readiness = (*Registry)(nil)
)

func keyOf(box Box) string {
	switch box {
	case Inbox:
		return "Inbox"
	case Outbox:
		return "Outbox"
	}
	return "Monitor"
}

// checkName refuses what cannot be the name of a key, or would be a path.
func checkName(name string) error {
	if name == "" || len(name) > 200 || strings.ContainsAny(name, "\\\x00") {
		return fmt.Errorf("%q cannot be the name of a record: %w", name, fs.ErrInvalid)
	}
	return nil
}

// List implements Store.
func (s *Registry) List(box Box) ([]string, error) {
	defer runtime.KeepAlive(s)
	if s.lacks(box) {
		return nil, nil
	}
	key, done, err := s.box(box, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer done()
	names, err := subkeysUpTo(key, s.most(box))
	if errors.Is(err, windows.ERROR_KEY_DELETED) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", keyOf(box), err)
	}
	for i, name := range names {
		names[i] = protocol.Fold(name)
	}
	return names, nil
}

func subkeys(key windows.Handle) ([]string, error) { return subkeysUpTo(key, 0) }

// subkeysUpTo lists most keys, or all for 0.
func subkeysUpTo(key windows.Handle, most int) ([]string, error) {
	var names []string
	name := make([]uint16, 256)
	for i := uint32(0); ; i++ {
		if most > 0 && len(names) == most {
			return names, nil
		}
		length := uint32(len(name))
		err := windows.RegEnumKeyEx(key, i, &name[0], &length, nil, nil, nil, nil)
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		names = append(names, windows.UTF16ToString(name[:length]))
	}
}

// Read implements Store.
func (s *Registry) Read(box Box, name string) (Record, error) {
	defer runtime.KeepAlive(s)
	key, err := s.record(box, name, windows.KEY_READ)
	if err != nil {
		return Record{}, err
	}
	defer windows.RegCloseKey(key)
	r, _, err := readKey(key)
	return r, recordError("read", box, name, err)
}

// Ready implements readiness.
func (s *Registry) Ready(box Box, name string) (bool, error) {
	defer runtime.KeepAlive(s)
	key, err := s.record(box, name, windows.KEY_READ)
	if err != nil {
		return false, err
	}
	defer windows.RegCloseKey(key)
	ready, err := readReady(key)
	return ready, recordError("read", box, name, err)
}

// Create implements Store.
func (s *Registry) Create(box Box, name string, fields protocol.Fields) error {
	defer runtime.KeepAlive(s)
	values, err := encode(fields)
	if err != nil {
		return err
	}
	if err := checkName(name); err != nil {
		return err
	}
	if err := s.mayWrite(box); err != nil {
		return err
	}
	sd, err := s.recordDescriptor(box)
	if err != nil {
		return err
	}
	// The box may go after it was opened: then it is made again, once.
	for attempt := 0; ; attempt++ {
		parent, done, err := s.box(box, true)
		if err != nil {
			return err
		}
		err = create(parent, box, name, values, sd)
		done()
		if errors.Is(err, windows.ERROR_KEY_DELETED) && attempt == 0 {
			continue
		}
		return recordError("create", box, name, err)
	}
}

func create(parent windows.Handle, box Box, name string, values []value, sd *windows.SECURITY_DESCRIPTOR) error {
	const access = windows.KEY_SET_VALUE | windows.DELETE | windows.KEY_WOW64_64KEY
	var options uint32
	if box == Monitor {
		options = win.RegOptionVolatile
	}
	key, created, err := win.CreateKey(parent, name, options, access, sd)
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	if !created {
		return fs.ErrExist
	}
	if err := write(key, values); err != nil {
		return errors.Join(err, win.DeleteKey(key))
	}
	return nil
}

// Replace implements Store, check and writing by one handle: of a key that
// was deleted meanwhile and made again nothing is touched.
func (s *Registry) Replace(box Box, name string, fields protocol.Fields, check func(Record) error) error {
	defer runtime.KeepAlive(s)
	values, err := encode(fields)
	if err != nil {
		return err
	}
	if err := s.mayWrite(box); err != nil {
		return err
	}
	key, err := s.record(box, name, windows.KEY_READ|windows.KEY_SET_VALUE)
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	r, old, err := readKey(key)
	if err != nil && !isFieldError(err) {
		return recordError("read", box, name, err)
	}
	if err := check(r); err != nil {
		return err
	}
	return recordError("write", box, name, rewrite(key, old, values))
}

// TakeOver implements Store: of all who found one key void, one deletes it.
func (s *Registry) TakeOver(box Box, name string, fields protocol.Fields, void func(Record) bool) error {
	defer runtime.KeepAlive(s)
	if err := s.mayWrite(box); err != nil {
		return err
	}
	key, err := s.record(box, name, windows.KEY_READ|windows.DELETE)
	switch {
	case errors.Is(err, errLink):
		// Nobody who claims makes a link: it goes.
		err = s.Remove(box, name)
	case err == nil:
		err = s.removeVoid(key, void)
		_ = windows.RegCloseKey(key)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return recordError("take over", box, name, err)
	}
	return s.Create(box, name, fields)
}

// removeVoid deletes a void record; fs.ErrExist where it is not void or
// somebody else deleted it.
func (s *Registry) removeVoid(key windows.Handle, void func(Record) bool) error {
	r, _, err := readKey(key)
	if err == nil || isFieldError(err) {
		if !void(r) {
			return fs.ErrExist
		}
		err = deleteKey(key, s.mightSeize())
	}
	if errors.Is(err, windows.ERROR_KEY_DELETED) || errors.Is(err, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return err
}

// Remove implements Store. A link goes, not what it leads to.
func (s *Registry) Remove(box Box, name string) error {
	defer runtime.KeepAlive(s)
	key, err := s.openRecord(box, name, windows.KEY_READ|windows.DELETE)
	if errors.Is(err, fs.ErrPermission) && s.mightSeize() {
		key, err = s.seizeRecord(box, name)
	}
	if err == nil {
		err = deleteKey(key, s.mightSeize())
		_ = windows.RegCloseKey(key)
	}
	err = recordError("remove", box, name, err)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Changed implements Store.
func (s *Registry) Changed(box Box) (time.Time, error) {
	defer runtime.KeepAlive(s)
	if s.lacks(box) {
		return time.Time{}, nil
	}
	key, done, err := s.box(box, false)
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	defer done()
	var written windows.Filetime
	err = windows.RegQueryInfoKey(key, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, &written)
	if err != nil {
		return time.Time{}, fmt.Errorf("look at %s: %w", keyOf(box), err)
	}
	return time.Unix(0, written.Nanoseconds()), nil
}

// mightSeize tells whether the caller has more rights than whoever may write in
// the mailbox.
func (s *Registry) mightSeize() bool { return s.makes || s.lends }

// seizeRecord is openRecord for one to be deleted that its maker has forbidden
// others to delete.
func (s *Registry) seizeRecord(box Box, name string) (windows.Handle, error) {
	parent, done, err := s.box(box, false)
	if err != nil {
		return 0, err
	}
	defer done()
	return openDoomed(parent, name, true)
}

// record opens a record that is there and is no link. What somebody has put
// where he may write and does not let an administrator read is not there.
func (s *Registry) record(box Box, name string, access uint32) (windows.Handle, error) {
	key, err := s.openRecord(box, name, access)
	if errors.Is(err, fs.ErrPermission) && s.most(box) > 0 {
		err = fmt.Errorf("not to be read: %w", fs.ErrNotExist)
	}
	if err != nil {
		return 0, recordError("open", box, name, err)
	}
	if isLink(key) {
		err = errLink
	} else {
		err = s.believe(box, key)
	}
	if err != nil {
		_ = windows.RegCloseKey(key)
		return 0, recordError("open", box, name, err)
	}
	return key, nil
}

// believe returns fs.ErrNotExist for a record that administrators should have
// written and others could have.
func (s *Registry) believe(box Box, key windows.Handle) error {
	if s.rules == nil {
		return nil
	}
	switch s.rule(append(slices.Clone(s.path), keyOf(box))) {
	case trust.OfUser, trust.FromUser:
		return nil
	case trust.Way, trust.OfAdmins, trust.ToUser:
	}
	fault, err := trust.KeyFault(key)
	if err == nil && fault != "" {
		err = fmt.Errorf("it %s: %w", fault, fs.ErrNotExist)
	}
	return err
}

func (s *Registry) openRecord(box Box, name string, access uint32) (windows.Handle, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	if s.lacks(box) {
		return 0, fs.ErrNotExist
	}
	parent, done, err := s.box(box, false)
	if err != nil {
		return 0, err
	}
	defer done()
	return win.OpenKey(parent, name, access|windows.KEY_WOW64_64KEY)
}

// errLink is a registry link where a key should be; to a reader that is as if
// there were none.
var errLink = fmt.Errorf("a registry link: %w", fs.ErrNotExist)

// recordError says which record an error is about. That a key was deleted is
// to say that it is not there.
func recordError(doing string, box Box, name string, err error) error {
	switch {
	case err == nil, isFieldError(err), errors.Is(err, fs.ErrExist):
		return err
	case errors.Is(err, windows.ERROR_KEY_DELETED):
		err = fs.ErrNotExist
	}
	return fmt.Errorf("%s %s\\%s: %w", doing, keyOf(box), name, err)
}

// openDoomed opens the key name in parent to be deleted. With seize, which is
// for administrators, whoever made it cannot forbid that.
func openDoomed(parent windows.Handle, name string, seize bool) (windows.Handle, error) {
	const access = windows.KEY_READ | windows.DELETE | windows.KEY_WOW64_64KEY
	key, err := win.OpenKey(parent, name, access)
	if seize && errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		if err = win.SeizeKey(parent, name); err == nil {
			key, err = win.OpenKey(parent, name, access)
		}
	}
	return key, err
}

// deleteKey deletes a key with what is in it. What is linked there stays
// where it is.
func deleteKey(key windows.Handle, seize bool) error {
	err := win.DeleteKey(key)
	if err == nil || errors.Is(err, windows.ERROR_KEY_DELETED) {
		return err
	}
	names, listErr := subkeys(key)
	if listErr != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		child, err := openDoomed(key, name, seize)
		if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
			continue
		}
		if err != nil {
			return err
		}
		err = deleteKey(child, seize)
		_ = windows.RegCloseKey(child)
		if err != nil && !errors.Is(err, windows.ERROR_KEY_DELETED) {
			return err
		}
	}
	return win.DeleteKey(key)
}

// value is a registry value with its name.
type value struct {
	name string
	protocol.RegistryValue
}

// encode returns the values of a record in the order in which they are
// written: Pid behind the others, as who finds it takes the record to be
// whole, and Ready last.
func encode(fields protocol.Fields) ([]value, error) {
	values := make([]value, 0, len(fields))
	for name, v := range fields {
		encoded, err := protocol.EncodeRegistry(name, v)
		if err != nil {
			return nil, err
		}
		values = append(values, value{name, encoded})
	}
	slices.SortFunc(values, func(a, b value) int {
		if d := turn(a.name) - turn(b.name); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
	return values, nil
}

func turn(name string) int {
	switch strings.ToLower(name) {
	case "pid":
		return 1
	case "ready":
		return 2
	}
	return 0
}

func write(key windows.Handle, values []value) error {
	for _, v := range values {
		if err := win.SetValue(key, v.name, v.Type, v.Data); err != nil {
			return err
		}
	}
	return nil
}
