package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// softwareKey is the key, of the machine and of a user, that all of ours is in.
const softwareKey = "SOFTWARE"

func ownUser() (string, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", fmt.Errorf("read the user of the process: %w", err)
	}
	return user.User.Sid.String(), nil
}

// checkUser refuses what is no SID, or is not spelled as one.
func checkUser(user string) error {
	sid, err := windows.StringToSid(user)
	if err != nil || sid.String() != user {
		return fmt.Errorf("%q is no SID: %w", user, fs.ErrInvalid)
	}
	return nil
}

// administrator asks the token that the caller acts with: the thread's, if it
// has one.
func administrator() bool {
	admins, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return false
	}
	member, err := windows.Token(0).IsMember(admins)
	return err == nil && member
}

func openStore(p Place) (Store, error) { return placeRegistry(p) }

// placeRegistry returns the store of a place.
func placeRegistry(p Place) (*Registry, error) {
	parts := trust.Parts(string(p.Scope), p.Queue, p.UID)
	var path string
	rules := map[string]trust.Rule{}
	for _, part := range parts {
		if part.Key == "" {
			continue
		}
		rules[softwareKey+`\`+part.Key] = part.Rule
		if way, found := strings.CutSuffix(part.Key, `\Inbox`); found {
			path = softwareKey + `\` + way
		}
	}
	if p.Scope != ScopeUser {
		s := NewRegistry(registry.LOCAL_MACHINE, path)
		s.rules, s.sid, s.makes = rules, p.UID, administrator()
		return s, nil
	}
	own, err := ownUser()
	if err != nil {
		return nil, err
	}
	if p.UID == own {
		return NewRegistry(registry.CURRENT_USER, path), nil
	}
	if !administrator() {
		return nil, fmt.Errorf("administrators alone open the mailbox of %s: %w", p.UID, fs.ErrPermission)
	}
	s := NewRegistry(registry.USERS, p.UID+`\`+path)
	s.sid, s.lends = p.UID, true
	return s, nil
}

// rule is who may do what with a key of the mailbox.
func (s *Registry) rule(path []string) trust.Rule {
	if s.rules == nil {
		return trust.OfUser
	}
	return s.rules[strings.Join(path, `\`)]
}

// user is the SID of whose mailbox it is.
func (s *Registry) user() (string, error) {
	if s.sid != "" || s.rules != nil {
		return s.sid, nil
	}
	return ownUser()
}

// descriptor is the access list of a key of the mailbox.
func (s *Registry) descriptor(path []string) (*windows.SECURITY_DESCRIPTOR, error) {
	sid, err := s.user()
	if err != nil {
		return nil, err
	}
	return windows.SecurityDescriptorFromString(s.rule(path).KeySDDL(sid))
}

// recordDescriptor is the access list of a record in a box; nil where it is
// inherited.
func (s *Registry) recordDescriptor(box Box) (*windows.SECURITY_DESCRIPTOR, error) {
	if s.rules == nil {
		return nil, nil
	}
	text := s.rule(append(slices.Clone(s.path), keyOf(box))).RecordSDDL(s.sid)
	if text == "" {
		return nil, nil
	}
	return windows.SecurityDescriptorFromString(text)
}

// keys are the paths of the keys of the mailbox that are ours, what leads to
// one before it.
func (s *Registry) keys(boxes ...Box) [][]string {
	first := slices.Index(s.path, "Deskbell")
	var keys [][]string
	for n := first + 1; n <= len(s.path); n++ {
		keys = append(keys, s.path[:n])
	}
	for _, box := range boxes {
		keys = append(keys, append(slices.Clone(s.path), keyOf(box)))
	}
	return keys
}

// ownBoxes are the boxes that the mailbox has.
func (s *Registry) ownBoxes() []Box {
	if s.rules == nil {
		return []Box{Inbox, Outbox, Monitor}
	}
	return []Box{Inbox, Outbox}
}

func makePlace(p Place) error {
	s, err := placeRegistry(p)
	if err != nil {
		return err
	}
	if s.rules != nil && !s.makes {
		return fmt.Errorf("administrators alone make it: %w", fs.ErrPermission)
	}
	return s.makeAll()
}

// makeAll makes all keys of the mailbox, as the table says.
func (s *Registry) makeAll() error {
	for _, path := range s.keys(s.ownBoxes()...) {
		key, err := s.walk(path, true)
		if err == nil {
			_ = windows.RegCloseKey(key)
			err = s.correct(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// correct gives a key the access list of the table, if it has another.
func (s *Registry) correct(path []string) error {
	want, err := s.descriptor(path)
	if err != nil {
		return err
	}
	key, err := s.walkFor(path, windows.READ_CONTROL|windows.WRITE_DAC|windows.WRITE_OWNER)
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	differs, err := trust.KeyDiffers(key, want)
	if err == nil && differs != "" {
		err = win.SetKeySecurity(key, want)
	}
	if err != nil {
		return fmt.Errorf("who may do what with %s: %w", strings.Join(path, `\`), err)
	}
	return nil
}

func inspectPlace(p Place) ([]Component, error) {
	s, err := placeRegistry(p)
	if err != nil {
		return nil, err
	}
	var found []Component
	for _, path := range s.keys(s.ownBoxes()...) {
		found = append(found, Component{s.name(path), s.inspect(path)})
	}
	return found, nil
}

// name is the path of a key as people write it.
func (s *Registry) name(path []string) string {
	root := map[registry.Key]string{
		registry.LOCAL_MACHINE: "HKLM", registry.CURRENT_USER: "HKCU", registry.USERS: "HKU",
	}[registry.Key(s.root)]
	return root + `\` + strings.Join(path, `\`)
}

// inspect says what is wrong with one key.
func (s *Registry) inspect(path []string) error {
	want, err := s.descriptor(path)
	if err != nil {
		return err
	}
	key, err := s.walkFor(path, windows.READ_CONTROL)
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	differs, err := trust.KeyDiffers(key, want)
	if err == nil && differs != "" {
		err = errors.New(differs)
	}
	return err
}

// walkFor opens a key with a right of its own, and the keys that lead to it to
// go through.
func (s *Registry) walkFor(path []string, access uint32) (windows.Handle, error) {
	parent := s.root
	for i, name := range path {
		right := uint32(windows.KEY_QUERY_VALUE)
		if i == len(path)-1 {
			right |= access
		}
		key, err := win.OpenKey(parent, name, right|windows.KEY_WOW64_64KEY)
		if parent != s.root {
			_ = windows.RegCloseKey(parent)
		}
		if err == nil && isLink(key) {
			_ = windows.RegCloseKey(key)
			err = errLinked
		}
		if err != nil {
			return 0, fmt.Errorf("open %s: %w", s.name(path[:i+1]), err)
		}
		parent = key
	}
	return parent, nil
}

func deletePlace(p Place) error {
	s, err := placeRegistry(p)
	if err != nil {
		return err
	}
	if s.rules != nil && !s.makes {
		return fmt.Errorf("administrators alone delete it: %w", fs.ErrPermission)
	}
	for _, box := range s.ownBoxes() {
		err := s.deleteAt(append(slices.Clone(s.path), keyOf(box)), func(key windows.Handle) error {
			return deleteKey(key, s.mightSeize())
		})
		if err != nil {
			return err
		}
	}
	keys := s.keys()
	for _, path := range slices.Backward(keys) {
		kept := false
		err := s.deleteAt(path, func(key windows.Handle) (err error) {
			if kept, err = hasContent(key); err != nil || kept {
				return err
			}
			return win.DeleteKey(key)
		})
		if err != nil || kept {
			return err
		}
	}
	return nil
}

// deleteAt opens a key to have it deleted by its handle; no error where it is
// not there. Of a link the link goes.
func (s *Registry) deleteAt(path []string, remove func(windows.Handle) error) error {
	parent, err := s.walkFor(path[:len(path)-1], 0)
	if err == nil {
		defer windows.RegCloseKey(parent)
		var key windows.Handle
		key, err = openDoomed(parent, path[len(path)-1], s.mightSeize())
		if err == nil {
			err = remove(key)
			_ = windows.RegCloseKey(key)
		}
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, windows.ERROR_KEY_DELETED) {
		return nil
	}
	return fmt.Errorf("delete %s: %w", s.name(path), err)
}

// hasContent tells whether a key has values or keys.
func hasContent(key windows.Handle) (bool, error) {
	var keys, values uint32
	err := windows.RegQueryInfoKey(key, nil, nil, nil, &keys, nil, nil, &values, nil, nil, nil, nil)
	return keys > 0 || values > 0, err
}

func listQueues() ([]string, error) {
	return listKeys(NewRegistry(registry.LOCAL_MACHINE, softwareKey+`\Deskbell\Queues`), isQueue)
}

// isQueue returns the name of the queue that a key is of, if it may be one's.
func isQueue(name string) (string, bool) {
	queue, err := protocol.ParseQueue(name)
	return queue, err == nil
}

func listUserQueues(p Place) ([]string, error) {
	s, err := placeRegistry(p)
	if err != nil {
		return nil, err
	}
	s.path = s.path[:len(s.path)-1]
	return listKeys(s, isQueue)
}

func listUsers(queue string) ([]string, error) {
	return listKeys(NewRegistry(registry.LOCAL_MACHINE, softwareKey+`\Deskbell\Queues\`+queue+`\Users`), func(name string) (string, bool) {
		name = strings.ToUpper(name)
		return name, checkUser(name) == nil
	})
}

// listKeys lists what is wanted of the keys in one that leads to mailboxes.
func listKeys(s *Registry, wanted func(name string) (string, bool)) ([]string, error) {
	key, err := s.walkFor(s.path, windows.KEY_READ)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errLinked) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer windows.RegCloseKey(key)
	names, err := subkeysUpTo(key, mostRecords)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", s.name(s.path), err)
	}
	found := names[:0]
	for _, name := range names {
		if name, ok := wanted(name); ok {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
