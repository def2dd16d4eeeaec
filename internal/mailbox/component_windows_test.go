package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// secret is what a mailbox holds, stolen what lies in its place outside.
	secret = "it lies inside"
	stolen = "it was stolen"

	createLink = 0x20 // KEY_CREATE_LINK
	everything = windows.KEY_ALL_ACCESS | createLink | windows.KEY_WOW64_64KEY
)

// linked is what a link leads to, by what it is called.
var linked = map[string]func(a *attacked, path string) string{
	"link":           func(a *attacked, path string) string { return a.copyOf(path) },
	"dangling link":  func(a *attacked, _ string) string { return a.kernel + `\nowhere` },
	"link to itself": func(a *attacked, path string) string { return a.kernelRoot + path },
}

// attacked is a mailbox before one of its components is a link: with a message,
// one that has its reply, and a reply whose message is gone.
type attacked struct {
	t          *testing.T
	place      mailbox.Place
	root       registry.Key
	box        *mailbox.Mailbox
	outside    string // the key, below the root, where nothing may be touched, nor read
	kernel     string // how the kernel spells it
	kernelRoot string // how it spells the root, with a backslash
	paths      []string
}

func newAttacked(t *testing.T, p mailbox.Place) *attacked {
	t.Helper()
	a := &attacked{t: t, place: p, root: registry.LOCAL_MACHINE}
	way := ""
	switch {
	case p.Scope == mailbox.ScopeUser && p.UID != "":
		a.root, way = registry.USERS, p.UID+`\`
	case p.Scope == mailbox.ScopeUser:
		a.root = registry.CURRENT_USER
	}
	if !a.free(way + `SOFTWARE\Deskbell`) {
		t.Fatal("Deskbell is in use here: what leads to its mailboxes cannot be exchanged")
	}
	if way != "" {
		key, _, err := registry.CreateKey(a.root, way+`SOFTWARE`, registry.ALL_ACCESS)
		if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
			t.Skip("in Windows no program makes a key below HKEY_USERS, which are hives: ", err)
		}
		check(t, err)
		key.Close()
		t.Cleanup(func() { a.remove(p.UID) })
	}
	a.outside = `SOFTWARE\Outside-` + protocol.NewID()
	if way != "" {
		a.outside = p.UID + "-outside"
	}
	key, _, err := registry.CreateKey(a.root, a.outside, registry.ALL_ACCESS)
	check(t, err)
	a.kernel, err = win.KeyName(windows.Handle(key))
	check(t, err)
	key.Close()
	a.kernelRoot = a.kernel[:len(a.kernel)-len(a.outside)]
	t.Cleanup(func() {
		a.remove(a.outside)
		a.remove(way + `SOFTWARE\Deskbell`)
	})

	check(t, mailbox.Make(p))
	a.box, err = mailbox.Open(p)
	check(t, err)
	for _, id := range []string{"new", "spent", "ghost"} {
		check(t, a.box.Put(id, asked(secret)))
	}
	for _, id := range []string{"spent", "ghost"} {
		check(t, a.box.Claim(id, protocol.Reply{}))
		check(t, a.box.Reply(id, protocol.Reply{Status: protocol.StatusAnswered, Button: 101}))
	}
	check(t, a.box.Withdraw("ghost"))
	if p.Scope == mailbox.ScopeUser {
		_, err := a.box.Attend("1", protocol.Presence{State: protocol.StateReady})
		check(t, err)
	}
	a.components()
	return a
}

// free tells whether there is no key at path.
func (a *attacked) free(path string) bool {
	key, err := registry.OpenKey(a.root, path, registry.READ)
	if err == nil {
		key.Close()
	}
	return errors.Is(err, fs.ErrNotExist)
}

// components finds what leads to the records, and the records.
func (a *attacked) components() {
	a.t.Helper()
	found, err := mailbox.Inspect(a.place)
	check(a.t, err)
	if a.root == registry.USERS { // the key of which he can do without
		a.paths = append(a.paths, a.place.UID+`\SOFTWARE`)
	}
	for _, c := range found {
		_, path, _ := strings.Cut(c.Path, `\`)
		a.walk(path, func(path string, _ windows.Handle) {
			if !slices.Contains(a.paths, path) {
				a.paths = append(a.paths, path)
			}
		})
	}
}

// open opens a key through no link.
func (a *attacked) open(path string) (windows.Handle, error) {
	key := windows.Handle(a.root)
	for name := range strings.SplitSeq(path, `\`) {
		next, err := win.OpenKey(key, name, everything)
		if key != windows.Handle(a.root) {
			windows.RegCloseKey(key)
		}
		if err != nil {
			return 0, fmt.Errorf("open %s: %w", path, err)
		}
		key = next
	}
	return key, nil
}

// walk calls do for a key and all below it, through no link.
func (a *attacked) walk(path string, do func(path string, key windows.Handle)) {
	a.t.Helper()
	key, err := a.open(path)
	check(a.t, err)
	defer windows.RegCloseKey(key)
	do(path, key)
	names, err := registry.Key(key).ReadSubKeyNames(-1)
	check(a.t, err)
	for _, name := range names {
		a.walk(path+`\`+name, do)
	}
}

// remove removes a key with all below it, if it is there; of a link the link.
func (a *attacked) remove(path string) {
	a.t.Helper()
	var all []string
	if key, err := a.open(path); err != nil {
		return
	} else {
		windows.RegCloseKey(key)
	}
	a.walk(path, func(path string, _ windows.Handle) { all = append(all, path) })
	for _, path := range slices.Backward(all) {
		key, err := a.open(path)
		check(a.t, err)
		check(a.t, win.DeleteKey(key))
		windows.RegCloseKey(key)
	}
}

// copyOf copies a key outside, with the access lists, for who would follow a
// link to find all that he looks for; but the texts and answers are others.
func (a *attacked) copyOf(path string) string {
	a.t.Helper()
	const lists = windows.OWNER_SECURITY_INFORMATION | windows.GROUP_SECURITY_INFORMATION | windows.DACL_SECURITY_INFORMATION
	a.walk(path, func(from string, key windows.Handle) {
		parent, err := a.open(a.outside + strings.TrimSuffix(from[len(path):], lastOf(from)))
		if from == path {
			parent, err = a.open(a.outside)
		}
		check(a.t, err)
		defer windows.RegCloseKey(parent)
		sd, err := windows.GetSecurityInfo(key, windows.SE_REGISTRY_KEY, lists)
		check(a.t, err)
		name := strings.TrimPrefix(lastOf(from), `\`)
		if from == path {
			name = "copy"
		}
		made, _, err := win.CreateKey(parent, name, 0, everything, sd)
		check(a.t, err)
		defer windows.RegCloseKey(made)
		values, err := registry.Key(key).ReadValueNames(-1)
		check(a.t, err)
		for _, value := range values {
			data := make([]byte, 1<<16)
			n, kind, err := registry.Key(key).GetValue(value, data)
			check(a.t, err)
			data = data[:n]
			switch value {
			case "Text":
				encoded, err := protocol.EncodeRegistry(value, stolen)
				check(a.t, err)
				data = encoded.Data
			case "Button":
				encoded, err := protocol.EncodeRegistry(value, 102)
				check(a.t, err)
				kind, data = encoded.Type, encoded.Data
			}
			check(a.t, win.SetValue(made, value, kind, data))
		}
	})
	return a.kernel + `\copy`
}

// lastOf is the last component of a path with the backslash before it.
func lastOf(path string) string { return path[max(0, strings.LastIndexByte(path, '\\')):] }

// exchange puts a link in the place of a component, which goes outside.
func (a *attacked) exchange(path, kind string) {
	a.t.Helper()
	target := linked[kind](a, path)
	a.remove(path)
	parent, err := a.open(strings.TrimSuffix(path, lastOf(path)))
	check(a.t, err)
	defer windows.RegCloseKey(parent)
	key, made, err := win.CreateKey(parent, lastOf(path)[1:], win.RegOptionCreateLink|win.RegOptionVolatile, everything, nil)
	check(a.t, err)
	defer windows.RegCloseKey(key)
	if !made {
		a.t.Fatal(path, " is there still")
	}
	encoded, err := protocol.EncodeRegistry("", target)
	check(a.t, err)
	check(a.t, win.SetValue(key, "SymbolicLinkValue", win.RegLink, encoded.Data[:len(encoded.Data)-2]))
}

// look describes all that is outside, and when each key was written.
func (a *attacked) look() string {
	a.t.Helper()
	var all strings.Builder
	a.walk(a.outside, func(path string, key windows.Handle) {
		info, err := registry.Key(key).Stat()
		check(a.t, err)
		sd, err := windows.GetSecurityInfo(key, windows.SE_REGISTRY_KEY, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
		check(a.t, err)
		fmt.Fprintf(&all, "%s %d %d %d %s\n", path, info.SubKeyCount, info.ValueCount, info.ModTime().UnixNano(), sd)
	})
	return all.String()
}

// readingActs are those of which it shows in what was read that it was read outside,
// and those that Linux does not tell by a record's component.
var readingActs = []act{
	{"list", func(a *attacked) error { _, err := a.box.IDs(); return err }},
	{"get", func(a *attacked) error {
		e, err := a.box.Get("new")
		if err == nil && e.Message.Text == stolen {
			return errLeaked
		}
		return err
	}},
	{"state", func(a *attacked) error {
		state, r, err := a.box.State("spent")
		if err == nil && state == mailbox.Spent && r.Button == 102 {
			return errLeaked
		}
		return err
	}},
	{"await", func(a *attacked) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		r, err := a.box.Await(ctx, "ghost", asked(secret))
		if err == nil && r.Button == 102 {
			return errLeaked
		}
		return err
	}},
	{"attend", func(a *attacked) error {
		if a.place.Scope != mailbox.ScopeUser {
			return nil
		}
		attendance, err := a.box.Attend("2", protocol.Presence{State: protocol.StateReady})
		if err != nil {
			return err
		}
		return attendance.Leave()
	}},
	{"fetch", func(a *attacked) error { return a.box.Fetch("spent", func() error { return nil }) }},
}

// isRecord tells whether a path is that of a record, not of what leads there.
func isRecord(path string) bool {
	parts := strings.Split(path, `\`)
	return slices.Contains([]string{"Inbox", "Outbox", "Monitor"}, parts[len(parts)-2])
}

// Whichever component of whichever mailbox is a link, nothing that Deskbell does
// reads, writes, creates or deletes anything outside of the mailbox, or waits;
// and where it says that it could not, it names the component.
func TestLinkedComponents(t *testing.T) {
	queue := "test-" + strings.ToLower(protocol.NewID())
	places := map[string]mailbox.Place{
		"user":                      {Queue: queue, Scope: mailbox.ScopeUser},
		"user's, by administrators": {Queue: queue, Scope: mailbox.ScopeUser, UID: somebody},
	}
	for _, scope := range shared {
		places[string(scope)] = mailbox.Place{Queue: queue, Scope: scope, UID: somebody}
	}
	for name, p := range places {
		t.Run(name, func(t *testing.T) {
			var paths []string
			t.Run("components", func(t *testing.T) { paths = newAttacked(t, p).paths })
			for _, path := range paths {
				for kind := range linked {
					t.Run(kind+" in the place of "+strings.ReplaceAll(path, `\`, "."), func(t *testing.T) {
						a := newAttacked(t, p)
						a.exchange(path, kind)
						a.try(path, kind)
					})
				}
			}
		})
	}
}
