package trust

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	keyAll       = 0xf003f
	sidOwnRights = "S-1-3-4"
	sidApps      = "S-1-15-2-1"
)

// adminKey is what the table gives a key of administrators, in entries.
var adminKey = []entry{{allowed, 0x2, keyAll, sidSystem}, {allowed, 0x2, keyAll, sidAdmins}}

func with(more ...entry) []entry { return append(append([]entry{}, adminKey...), more...) }

// Who counts as able to change a key, with owners and entries that come from
// above, as Windows shows them.
func TestKeyFault(t *testing.T) {
	for _, c := range []struct {
		name, owner string
		entries     []entry
		want        string // part of the fault, "" = none
	}{
		{"administrators", sidAdmins, adminKey, ""},
		{"of SYSTEM", sidSystem, adminKey, ""},
		{"everybody looks", sidAdmins, with(entry{0, 0, keyRead, sidEverybody}), ""},
		{"the user reads", sidAdmins, with(entry{0, 2, keyRead, sidSomebody}), ""},
		{"as SOFTWARE has it", sidSystem, []entry{
			{0, 2, keyRead, sidUsers},
			{0, 2, keyAll, sidAdmins},
			{0, 2, keyAll, sidSystem},
			{0, 0xa, keyAll, sidCreator},
			{0, 2, keyRead, sidApps},
		}, ""},
		{"inherited from SOFTWARE", sidAdmins, []entry{
			{0, 0x12, keyRead, sidUsers},
			{0, 0x12, keyAll, sidAdmins},
			{0, 0x12, keyAll, sidSystem},
			{0, 0x1a, keyAll, sidCreator},
			{0, 0x10, keyAll, sidAdmins},
		}, ""},
		{"of a user", sidSomebody, adminKey, "belongs to " + sidSomebody},
		{"of the owner", sidOwnRights, adminKey, "belongs to"},
		{"no list", sidAdmins, nil, "no access list"},
		{"set a value", sidAdmins, with(entry{0, 0, keySet, sidSomebody}), "can be written by " + sidSomebody + " (rights 0x2)"},
		{"make a key", sidAdmins, with(entry{0, 0, keyCreate, sidUsers}), sidUsers},
		{"make a link", sidAdmins, with(entry{0, 0, keyLink, sidUsers}), sidUsers},
		{"delete", sidAdmins, with(entry{0, 0, deleteIt, sidUsers}), sidUsers},
		{"change the list", sidAdmins, with(entry{0, 0, writeDAC, sidUsers}), sidUsers},
		{"take it over", sidAdmins, with(entry{0, 0, writeOwner, sidUsers}), sidUsers},
		{"generic write", sidAdmins, with(entry{0, 0, genericWrite, sidUsers}), sidUsers},
		{"generic all", sidAdmins, with(entry{0, 0, genericAll, sidEverybody}), sidEverybody},
		{"maximum", sidAdmins, with(entry{0, 0, maximumAllowed, sidUsers}), sidUsers},
		{"inherited", sidAdmins, with(entry{0, 0x12, keySet, sidSignedIn}), sidSignedIn},
		{"only what is made in it", sidAdmins, with(entry{0, 0xa, keyAll, sidSomebody}), ""},
		{"conditional", sidAdmins, with(entry{9, 0, keySet, sidUsers}), sidUsers},
		{"of a kind to come", sidAdmins, with(entry{77, 0, keySet, ""}), "entry of type 77"},
		{"denied", sidAdmins, with(entry{1, 0, keyAll, sidUsers}), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := parseDescriptor(descriptorBytes(t, c.owner, c.entries))
			if err != nil {
				t.Fatal(err)
			}
			if got := d.keyFault(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Fatalf("fault %q, want %q", got, c.want)
			}
		})
	}
}

// How a key differs from the table.
func TestKeyDiffers(t *testing.T) {
	want := descriptorBytes(t, sidAdmins, with(entry{0, 2, keyRead, sidSomebody}))
	for _, c := range []struct {
		name, owner string
		entries     []entry
		differs     string
	}{
		{"the same", sidAdmins, with(entry{0, 2, keyRead, sidSomebody}), ""},
		{"in another order", sidSystem, []entry{{0, 2, keyRead, sidSomebody}, adminKey[1], adminKey[0]}, ""},
		{"of a user", sidSomebody, with(entry{0, 2, keyRead, sidSomebody}), "belongs to"},
		{"no list", sidAdmins, nil, "no access list"},
		{"one less", sidAdmins, adminKey, "no entry for " + sidSomebody},
		{"one more", sidAdmins, with(entry{0, 2, keyRead, sidSomebody}, entry{0, 0, keyRead, sidUsers}), "entry for " + sidUsers},
		{"more rights", sidAdmins, with(entry{0, 2, keyAll, sidSomebody}), "rights 0xf003f"},
		{"not for what is in it", sidAdmins, with(entry{0, 0, keyRead, sidSomebody}), "entry for " + sidSomebody},
		{"from above", sidAdmins, with(entry{0, 2, keyRead, sidSomebody}, entry{0, 0x12, keyRead, sidUsers}), "inherits"},
		{"denied", sidAdmins, with(entry{0, 2, keyRead, sidSomebody}, entry{1, 0, keyRead, ""}), "should not have"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := keyDiffers(descriptorBytes(t, c.owner, c.entries), want)
			if err != nil || (got == "") != (c.differs == "") || !strings.Contains(got, c.differs) {
				t.Fatalf("%q, %v, want %q", got, err, c.differs)
			}
		})
	}
	if _, err := keyDiffers(want[:10], want); err == nil {
		t.Error("half a descriptor is compared")
	}
}

// The lists, written here a second time.
func TestKeySDDL(t *testing.T) {
	const user = "S-1-5-21-1-2-3-1001"
	for rule, want := range map[Rule][2]string{
		OfUser:   {"D:P(A;CI;KA;;;" + user + ")(A;CI;KA;;;SY)(A;CI;KA;;;BA)", ""},
		Way:      {"O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;;0x20019;;;WD)", "O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)"},
		OfAdmins: {"O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)", "O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)"},
		ToUser: {
			"O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;0x20019;;;" + user + ")",
			"O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;0x20019;;;" + user + ")",
		},
		FromUser: {
			"O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;;0x2001d;;;" + user + ")(A;CIIO;0x3001f;;;" + user + ")",
			"D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;0x3001f;;;" + user + ")",
		},
	} {
		if key, record := rule.KeySDDL(user), rule.RecordSDDL(user); key != want[0] || record != want[1] {
			t.Errorf("rule %d: key %s, record %s", rule, key, record)
		}
	}
}

// Which rule each part has, written here a second time.
func TestTable(t *testing.T) {
	ways := `Deskbell Deskbell\Queues Deskbell\Queues\q`
	for scope, want := range map[string]map[Rule]string{
		"user": {OfUser: ways + ` Deskbell\Queues\q\Inbox Deskbell\Queues\q\Outbox Deskbell\Queues\q\Monitor`},
		"assigned": {
			Way:    ways + ` Deskbell\Queues\q\Users Deskbell\Queues\q\Users\u`,
			ToUser: `Deskbell\Queues\q\Users\u\Inbox`, FromUser: `Deskbell\Queues\q\Users\u\Outbox`,
		},
		"machine": {Way: ways, OfAdmins: `Deskbell\Queues\q\Inbox Deskbell\Queues\q\Outbox`},
		"service": {
			Way:      ways + ` Deskbell\Queues\q\Users Deskbell\Queues\q\Users\u Deskbell\Queues\q\Users\u\Service`,
			FromUser: `Deskbell\Queues\q\Users\u\Service\Inbox`, ToUser: `Deskbell\Queues\q\Users\u\Service\Outbox`,
		},
		"everybody": {},
	} {
		got := map[Rule][]string{}
		for _, p := range Parts(scope, "q", "u") {
			if p.Key != "" {
				got[p.Rule] = append(got[p.Rule], p.Key)
			}
		}
		for rule := OfUser; rule <= FromUser; rule++ {
			if keys := strings.Join(got[rule], " "); keys != want[rule] {
				t.Errorf("%s, rule %d: %s", scope, rule, keys)
			}
		}
	}
}

// The page has the places of the table.
func TestPageOfMailboxes(t *testing.T) {
	data, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("<SID>", "<user>", "<uid>", "<user>", `HKLM\SOFTWARE\`, "", `HKCU\Software\`, "", "<state>/", "", "<runtime>/", "", "`", "")
	seen := 0
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, " | ")
		scope, _, _ := strings.Cut(strings.TrimPrefix(cells[0], "| **"), "**")
		boxes := []string{"Inbox", "Outbox"}
		if !strings.HasPrefix(line, "| **") || len(Parts(scope, "", "")) == 0 {
			continue
		}
		seen++
		for _, box := range boxes {
			if !slices.ContainsFunc(table, func(p Part) bool {
				return p.Scope == scope && p.Key == names.Replace(cells[1])+`\`+box &&
					p.Folder == names.Replace(cells[2])+"/"+strings.ToLower(box)
			}) {
				t.Errorf("the table has no %s of %s at %s and %s", box, scope, cells[1], cells[2])
			}
		}
	}
	if seen != 4 {
		t.Errorf("the page has %d mailboxes", seen)
	}
}

func TestPermissions(t *testing.T) {
	p := People{Admin: 0, User: 1000}
	for rule, want := range map[Rule][2]Permissions{
		OfUser:   {{Owner: 1000, Mode: 0o700}, {Owner: 1000, Mode: 0o600}},
		FromUser: {{Owner: 1000, Mode: 0o700}, {Owner: 1000, Mode: 0o600}},
		OfAdmins: {{Owner: 0, Mode: 0o700}, {Owner: 0, Mode: 0o600}},
		ToUser:   {{Owner: 0, Mode: 0o750, Reads: true, Reader: 1000}, {Owner: 0, Mode: 0o640, Reads: true, Reader: 1000}},
	} {
		if folder, file := rule.Folder(p), rule.File(p); folder != want[0] || file != want[1] {
			t.Errorf("rule %d: folder %+v, file %+v", rule, folder, file)
		}
	}
	if got := Way.Folder(p); got != (Permissions{Owner: 0, Mode: 0o755}) {
		t.Errorf("way: %+v", got)
	}
	if got := ToUser.Folder(People{Admin: 7, User: 7}); got != (Permissions{Owner: 7, Mode: 0o700}) {
		t.Errorf("to oneself: %+v", got)
	}
}

// Only a group that is the user's own, and has nobody else in it, is as good as
// an entry for him.
func TestPrivateGroup(t *testing.T) {
	const passwd = "root:x:0:0:::\nann:x:1000:1000:::\nbob:x:1001:100:::\ncid:x:1002:1002:::\ndan:x:1003:1002:::\neve:x:1004:1004:::\nfay:x:1005:1005:::\ngus:x:1006:1006:::\nhal:x:1007:x:::\nshort:x\n"
	const group = "root:x:0:\nann:x:1000:\nusers:x:100:\ncid:x:1002:\neve:x:1004:bob\nother:x:1005:\ngus:x:1006:gus\nshort:x\n"
	split := func(text string) (lines [][]string) {
		for line := range strings.Lines(text) {
			lines = append(lines, strings.Split(strings.TrimSpace(line), ":"))
		}
		return lines
	}
	for uid, want := range map[string]string{
		"1000": "", "1006": "", "0": "",
		"1001": "is users", "1002": "also that of dan", "1003": "also that of cid", "1004": "bob is in the group",
		"1005": "is other", "1007": "no group of his own", "4711": "not in /etc/passwd",
	} {
		_, err := privateGroup(uid, split(passwd), split(group))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uid, err, want)
		}
	}
}
