package mailbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// keyAccess is the owner of a key and the entries of its access list as text:
// flags, rights, who.
func keyAccess(t *testing.T, path string) (owner string, entries []string) {
	t.Helper()
	sd, err := windows.GetNamedSecurityInfo(`MACHINE\SOFTWARE\`+path, windows.SE_REGISTRY_KEY,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	check(t, err)
	sid, _, err := sd.Owner()
	check(t, err)
	dacl, _, err := sd.DACL()
	check(t, err)
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		check(t, windows.GetAce(dacl, i, &ace))
		who := (*windows.SID)(unsafe.Pointer(&ace.SidStart)).String()
		entries = append(entries, fmt.Sprintf("%d %x %x %s", ace.Header.AceType, ace.Header.AceFlags, uint32(ace.Mask), who))
	}
	slices.Sort(entries)
	return sid.String(), entries
}

// Each key and record has the list that is written here a second time, entry
// by entry. Wine shows no entries that are inherited, and gives none: those are
// tested with descriptors in internal/trust.
func TestPlacesAccess(t *testing.T) {
	queue, user := newQueue(t), somebody
	for _, scope := range shared {
		b, err := mailbox.Open(mailbox.Place{Queue: queue, Scope: scope, UID: user})
		check(t, err)
		check(t, b.Put("a", asked("?")))
		check(t, b.Claim("a", protocol.Reply{}))
	}
	admins := []string{"0 2 f003f S-1-5-18", "0 2 f003f S-1-5-32-544"}
	plus := func(more ...string) []string { return append(slices.Clone(admins), more...) }
	way := plus("0 0 20019 S-1-1-0")
	read := plus("0 2 20019 " + user)
	write := plus("0 0 2001d "+user, "0 a 3001f "+user)
	record := plus("0 2 3001f " + user)
	for path, want := range map[string][]string{
		``: way, `\Users`: way, `\Users\` + user: way, `\Users\U\Service`: way,
		`\Inbox`: admins, `\Outbox`: admins, `\Inbox\a`: admins, `\Outbox\a`: admins,
		`\Users\U\Inbox`: read, `\Users\U\Inbox\a`: read,
		`\Users\U\Outbox`: write, `\Users\U\Outbox\a`: record,
		`\Users\U\Service\Inbox`: write, `\Users\U\Service\Inbox\a`: record,
		`\Users\U\Service\Outbox`: read, `\Users\U\Service\Outbox\a`: read,
	} {
		path = `Deskbell\Queues\` + queue + strings.Replace(path, `\U\`, `\`+user+`\`, 1)
		slices.Sort(want)
		// Whoever makes a record in a box of the user's owns it.
		owner, got := keyAccess(t, path)
		if !slices.Equal(got, want) || owner != "S-1-5-32-544" && !slices.Equal(want, record) {
			t.Errorf("%s is of %s: %q, want %q", path, owner, got, want)
		}
	}
}

// setAccess gives a key in HKLM\SOFTWARE another descriptor.
func setAccess(t *testing.T, path, sddl string) {
	t.Helper()
	sd, err := windows.SecurityDescriptorFromString(sddl)
	check(t, err)
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\`+path, windows.WRITE_DAC|windows.WRITE_OWNER|registry.READ)
	check(t, err)
	defer key.Close()
	check(t, win.SetKeySecurity(windows.Handle(key), sd))
}

// Where others can write a component, what is below does not exist, Inspect
// names it, and Make and the next message take that from them.
func TestPlacesWrittenByOthers(t *testing.T) {
	queue := newQueue(t)
	user := ownUser(t)
	way := `Deskbell\Queues\` + queue
	for _, component := range []string{way, way + `\Users`, way + `\Users\` + user, way + `\Users\` + user + `\Inbox`} {
		for _, attack := range []string{
			"O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;;0x2001f;;;BU)",
			"O:" + user + "G:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)",
		} {
			p := mailbox.Place{Queue: queue, Scope: mailbox.ScopeAssigned}
			sender, err := mailbox.Open(p)
			check(t, err)
			id := protocol.NewID()
			check(t, sender.Put(id, asked("?")))
			setAccess(t, component, attack)
			monitor, err := mailbox.Open(p)
			check(t, err)
			if ids, err := monitor.IDs(); err != nil || len(ids) != 0 {
				t.Errorf("%s, %s: ids %q, %v", component, attack, ids, err)
			}
			if _, err := monitor.Get(id); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s, %s: %v", component, attack, err)
			}
			found, err := mailbox.Inspect(p)
			check(t, err)
			for _, c := range found {
				if (c.Problem != nil) != (c.Path == `HKLM\SOFTWARE\`+component) {
					t.Errorf("%s, %s: %s: %v", component, attack, c.Path, c.Problem)
				}
			}
			// With a mailbox of its own: this one has looked at it already.
			again, err := mailbox.Open(p)
			check(t, err)
			check(t, again.Put(protocol.NewID(), asked("?")))
			if _, err := monitor.Get(id); err != nil {
				t.Errorf("%s, %s, put right: %v", component, attack, err)
			}
			setAccess(t, component, attack)
			check(t, mailbox.Make(p))
			found, err = mailbox.Inspect(p)
			check(t, err)
			for _, c := range found {
				if c.Problem != nil {
					t.Errorf("%s, %s, made again: %s: %v", component, attack, c.Path, c.Problem)
				}
			}
			check(t, mailbox.Delete(p))
		}
	}
}

// A message that others can write is none.
func TestPlacesMessagesOfOthers(t *testing.T) {
	queue := newQueue(t)
	p := mailbox.Place{Queue: queue, Scope: mailbox.ScopeAssigned}
	b, err := mailbox.Open(p)
	check(t, err)
	inbox := `Deskbell\Queues\` + queue + `\Users\` + ownUser(t) + `\Inbox\`
	for id, sddl := range map[string]string{
		"good":  "O:BAG:BAD:P(A;CI;KA;;;BA)",
		"wide":  "O:BAG:BAD:P(A;CI;KA;;;BA)(A;;0x2;;;WD)",
		"owned": "O:" + ownUser(t) + "G:BAD:P(A;CI;KA;;;BA)",
	} {
		check(t, b.Put(id, asked("?")))
		setAccess(t, inbox+id, sddl)
		if _, err := b.Get(id); (err == nil) != (id == "good") || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// A reply that its user lets nobody read is none, and he cannot forbid that it
// is removed, nor what is in it. Windows lets administrators take any key over,
// by their privilege; Wine does not know that, so there the list has the one
// right that the privilege gives.
func TestPlacesHostileKeys(t *testing.T) {
	queue := newQueue(t)
	for _, scope := range []mailbox.Scope{mailbox.ScopeAssigned, mailbox.ScopeService} {
		p := mailbox.Place{Queue: queue, Scope: scope, UID: somebody}
		check(t, mailbox.Make(p))
		b, err := mailbox.Open(p)
		check(t, err)
		box := `Deskbell\Queues\` + queue + `\Users\` + somebody + map[mailbox.Scope]string{
			mailbox.ScopeAssigned: `\Outbox\`, mailbox.ScopeService: `\Service\Inbox\`,
		}[scope]
		for _, id := range []string{"a", "b"} {
			if scope == mailbox.ScopeAssigned {
				check(t, b.Put(id, asked("?")))
			}
			key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, `SOFTWARE\`+box+id+`\below\deeper`, registry.ALL_ACCESS)
			check(t, err)
			key.Close()
			for _, below := range []string{`\below\deeper`, `\below`, ``} {
				setAccess(t, box+id+below, "O:"+somebody+"G:BAD:P(A;;KA;;;"+somebody+")(A;;WO;;;BA)")
			}
			if state, _, err := b.State(id); err != nil || state != mailbox.Free {
				t.Errorf("%s: state %d, %v", scope, state, err)
			}
			if _, err := b.Get(id); (err != nil) != (scope == mailbox.ScopeService) || err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: get: %v", scope, err)
			}
		}
		check(t, b.Sweep())
		check(t, b.Forget("a"))
		if _, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\`+box+"a", registry.READ); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: still there: %v", scope, err)
		}
		check(t, mailbox.Delete(p)) // with b
	}
}

// No component is reached through a registry link, and the one at fault is
// named.
func TestPlacesLinked(t *testing.T) {
	for _, component := range []string{`Users`, `Users\` + ownUser(t), `Users\` + ownUser(t) + `\Inbox`, `Users\` + ownUser(t) + `\Outbox`} {
		queue := newQueue(t)
		way := `SOFTWARE\Deskbell\Queues\` + queue
		p := mailbox.Place{Queue: queue, Scope: mailbox.ScopeAssigned}
		check(t, mailbox.Make(p))
		elsewhere, _, err := registry.CreateKey(registry.LOCAL_MACHINE, way+`\Elsewhere`, registry.ALL_ACCESS)
		check(t, err)
		check(t, mailboxtest.DeleteTree(registry.LOCAL_MACHINE, way+`\`+component))
		parent, err := registry.OpenKey(registry.LOCAL_MACHINE, way+`\`+component[:max(0, strings.LastIndexByte(component, '\\'))], registry.ALL_ACCESS)
		check(t, err)
		const createLink = 0x20
		link, _, err := win.CreateKey(windows.Handle(parent), component[strings.LastIndexByte(component, '\\')+1:],
			win.RegOptionCreateLink|win.RegOptionVolatile, windows.KEY_ALL_ACCESS|createLink, nil)
		check(t, err)
		target, err := win.KeyName(windows.Handle(elsewhere))
		check(t, err)
		encoded, err := protocol.EncodeRegistry("", target)
		check(t, err)
		check(t, win.SetValue(link, "SymbolicLinkValue", win.RegLink, encoded.Data[:len(encoded.Data)-2]))

		b, err := mailbox.Open(p)
		check(t, err)
		err = b.Put("a", asked("?"))
		if err == nil {
			err = b.Claim("a", protocol.Reply{})
		}
		if err == nil || !strings.Contains(err.Error(), component+": a registry link") {
			t.Errorf("%s: put and claim: %v", component, err)
		}
		if err := mailbox.Make(p); err == nil || !strings.Contains(err.Error(), component+": a registry link") {
			t.Errorf("%s: make: %v", component, err)
		}
		if names, err := elsewhere.ReadSubKeyNames(-1); err != nil || len(names) != 0 {
			t.Errorf("%s: %q, %v", component, names, err)
		}
		check(t, win.DeleteKey(link))
		windows.RegCloseKey(link)
		parent.Close()
		elsewhere.Close()
		check(t, mailboxtest.DeleteTree(registry.LOCAL_MACHINE, way+`\Elsewhere`))
	}
}

// A mailbox below another user's hive keeps no key of it open.
func TestUserMailboxOfSomebodyKeepsNothingOpen(t *testing.T) {
	user := ownUser(t)
	path := testKey(t)
	create(t, path)
	b, err := mailbox.OpenLending(user, path)
	check(t, err)
	handles := func() uint32 {
		var n uint32
		ok, _, err := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetProcessHandleCount").Call(
			uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&n)))
		if ok == 0 {
			t.Fatal(err)
		}
		return n
	}
	use := func(id string) {
		check(t, b.Put(id, asked("?")))
		if _, err := b.Get(id); err != nil {
			t.Error(err)
		}
		if _, _, err := b.State(id); err != nil {
			t.Error(err)
		}
		if _, err := b.Attending(); err != nil {
			t.Error(err)
		}
		check(t, b.Claim(id, protocol.Reply{}))
		check(t, b.Reply(id, protocol.Reply{Status: protocol.StatusDismissed, Button: -1}))
		check(t, b.Sweep())
		check(t, b.Forget(id))
	}
	use("first") // what Go opens for itself is opened now
	before := handles()
	for i := range 20 {
		use(fmt.Sprint("m", i))
	}
	if after := handles(); after >= before+20 {
		t.Errorf("%d handles, before there were %d", after, before)
	}
}
