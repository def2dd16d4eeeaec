package trust

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"
)

const (
	sidAdmins    = "S-1-5-32-544"
	sidSystem    = "S-1-5-18"
	sidInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	sidUsers     = "S-1-5-32-545"
	sidEverybody = "S-1-1-0"
	sidSignedIn  = "S-1-5-11"
	sidCreator   = "S-1-3-0"
	sidSomebody  = "S-1-5-21-1-2-3-1001"

	everything = 0x1f01ff
	readAndRun = 0x1200a9
	modify     = 0x1301bf
)

func sidBytes(t testing.TB, sid string) []byte {
	t.Helper()
	parts := strings.Split(sid, "-")[2:]
	b := []byte{1, byte(len(parts) - 1), 0, 0, 0, 0, 0, 0}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			b[7] = byte(n)
			continue
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}

func entryBytes(t testing.TB, e entry) []byte {
	t.Helper()
	var sid []byte
	if e.sid != "" {
		sid = sidBytes(t, e.sid)
	}
	b := []byte{e.kind, e.flags}
	b = binary.LittleEndian.AppendUint16(b, uint16(8+len(sid)))
	b = binary.LittleEndian.AppendUint32(b, e.mask)
	return append(b, sid...)
}

// descriptorBytes writes a self-relative descriptor; nil entries are no list.
func descriptorBytes(t testing.TB, owner string, entries []entry) []byte {
	t.Helper()
	sid := sidBytes(t, owner)
	b := []byte{1, 0}
	control, offset := uint16(selfRelative|listPresent), uint32(descriptorHeader+len(sid))
	if entries == nil {
		offset = 0
	}
	b = binary.LittleEndian.AppendUint16(b, control)
	b = binary.LittleEndian.AppendUint32(b, descriptorHeader)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, offset)
	b = append(b, sid...)
	if entries == nil {
		return b
	}
	var list []byte
	for _, e := range entries {
		list = append(list, entryBytes(t, e)...)
	}
	b = append(b, 2, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(listHeader+len(list)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	b = append(b, 0, 0)
	return append(b, list...)
}

// programFiles is the list that Windows gives C:\Program Files, in substance.
var programFiles = []entry{
	{0, 0, everything, sidInstaller},
	{0, 0x2, genericAll, sidInstaller},
	{0, 0, modify, sidSystem},
	{0, 0xb, genericAll, sidSystem},
	{0, 0, modify, sidAdmins},
	{0, 0, readAndRun, sidUsers},
	{0, 0xb, 0xa0000000, sidUsers},
	{0, 0xb, genericAll, sidCreator},
	{0, 0, readAndRun, "S-1-15-2-1"},
}

// diskRoot is the list that Windows gives C:\: whoever is signed in may make
// folders there, and do with what is in them what he likes.
var diskRoot = []entry{
	{0, 0x3, everything, sidAdmins},
	{0, 0x3, everything, sidSystem},
	{0, 0x3, readAndRun, sidUsers},
	{0, 0xb, modify, sidSignedIn},
	{0, 0, appendData, sidSignedIn},
}

func TestDescriptor(t *testing.T) {
	plus := func(e ...entry) []entry { return append(append([]entry{}, programFiles...), e...) }
	for _, c := range []struct {
		name, owner string
		entries     []entry
		root        bool
		want        string // part of the fault, "" = none
	}{
		{"program files", sidInstaller, programFiles, false, ""},
		{"of administrators", sidAdmins, programFiles, false, ""},
		{"of SYSTEM", sidSystem, programFiles, false, ""},
		{"root of the disk", sidInstaller, diskRoot, true, ""},
		{"a folder like the root of the disk", sidInstaller, diskRoot, false, "can be written by " + sidSignedIn},
		{"files in the root of the disk", sidInstaller, append([]entry{{0, 0, writeData, sidUsers}}, diskRoot...), true, sidUsers},
		{"nobody may do anything", sidAdmins, []entry{}, false, ""},
		{"of a user", sidSomebody, programFiles, false, "belongs to " + sidSomebody},
		{"of the owner", "S-1-3-4", programFiles, false, "belongs to"},
		{"no list", sidAdmins, nil, false, "no access list"},
		{"write", sidAdmins, plus(entry{0, 0, writeData, sidUsers}), false, "can be written by " + sidUsers + " (rights 0x2)"},
		{"append", sidAdmins, plus(entry{0, 0, appendData, sidUsers}), false, sidUsers},
		{"attributes", sidAdmins, plus(entry{0, 0, writeAttributes, sidUsers}), false, sidUsers},
		{"extended attributes", sidAdmins, plus(entry{0, 0, writeEA, sidUsers}), false, sidUsers},
		{"delete", sidAdmins, plus(entry{0, 0, deleteIt, sidUsers}), false, sidUsers},
		{"delete child", sidAdmins, plus(entry{0, 0, deleteChild, sidUsers}), false, sidUsers},
		{"change the list", sidAdmins, plus(entry{0, 0, writeDAC, sidUsers}), false, sidUsers},
		{"take it over", sidAdmins, plus(entry{0, 0, writeOwner, sidUsers}), false, sidUsers},
		{"generic all", sidAdmins, plus(entry{0, 0, genericAll, sidEverybody}), false, sidEverybody},
		{"generic write", sidAdmins, plus(entry{0, 0, genericWrite, sidSomebody}), false, sidSomebody},
		{"maximum", sidAdmins, plus(entry{0, 0, maximumAllowed, sidSomebody}), false, sidSomebody},
		{"inherited by this one", sidAdmins, plus(entry{0, 0x10, writeData, sidUsers}), false, sidUsers},
		{"inherited by others only", sidAdmins, plus(entry{0, 0x1b, everything, sidUsers}), false, ""},
		{"conditional", sidAdmins, plus(entry{9, 0, writeData, sidUsers}), false, sidUsers},
		{"for an object", sidAdmins, plus(entry{5, 0, writeData, ""}), false, "entry of type 5"},
		{"of a kind to come", sidAdmins, plus(entry{77, 0, writeData, ""}), false, "entry of type 77"},
		{"denied", sidAdmins, plus(entry{1, 0, everything, sidUsers}), false, ""},
		{"denied and allowed", sidAdmins, plus(entry{1, 0, everything, sidUsers}, entry{0, 0, writeData, sidUsers}), false, sidUsers},
		{"the rights of the owner", sidAdmins, plus(entry{0, 0, everything, "S-1-3-4"}), false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := parseDescriptor(descriptorBytes(t, c.owner, c.entries))
			if err != nil {
				t.Fatal(err)
			}
			tolerated := uint32(tolerateNothing)
			if c.root {
				tolerated = tolerateFolders
			}
			if got := d.fault(tolerated); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Fatalf("fault %q, want %q", got, c.want)
			}
		})
	}
}

func TestDescriptorWithoutListFlag(t *testing.T) {
	data := descriptorBytes(t, sidAdmins, programFiles)
	binary.LittleEndian.PutUint16(data[2:], selfRelative)
	if d, err := parseDescriptor(data); err != nil || d.fault(0) == "" {
		t.Fatalf("%+v, %v", d, err)
	}
}

// Cut off anywhere, a descriptor is malformed: an entry that is not seen could
// be the one that lets somebody write.
func TestDescriptorCut(t *testing.T) {
	whole := descriptorBytes(t, sidAdmins, programFiles)
	for n := range whole {
		if _, err := parseDescriptor(whole[:n]); !errors.Is(err, errMalformed) {
			t.Fatalf("of the first %d bytes: %v", n, err)
		}
	}
}

func FuzzDescriptor(f *testing.F) {
	f.Add(descriptorBytes(f, sidInstaller, programFiles))
	f.Add(descriptorBytes(f, sidAdmins, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parseDescriptor(data)
		if err == nil && d.fault(tolerateNothing) == "" && (!isAdmin(d.owner) || d.open) {
			t.Fatalf("%+v is trusted", d)
		}
	})
}

func TestWalk(t *testing.T) {
	const program = `C:\Program Files\Deskbell\processors\deskbell\backup.exe`
	good := component{descriptor: descriptorBytes(t, sidAdmins, programFiles)}
	root := component{descriptor: descriptorBytes(t, sidInstaller, diskRoot)}
	everybodys := component{descriptor: descriptorBytes(t, sidAdmins, append([]entry{{0, 0, modify, sidUsers}}, programFiles...))}
	owned := component{descriptor: descriptorBytes(t, sidSomebody, programFiles)}
	steps, ok := split(program)
	if !ok || len(steps) != 6 || steps[0] != `C:\` || steps[1] != `C:\Program Files` || steps[5] != program {
		t.Fatalf("steps %q, %t", steps, ok)
	}
	look := func(at string, instead component) func(string) (component, error) {
		return func(step string) (component, error) {
			switch step {
			case at:
				return instead, nil
			case `C:\`:
				return root, nil
			}
			return good, nil
		}
	}
	if err := walk(program, look("", good)); err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		for reason, instead := range map[string]component{
			"is a link":             {link: true, descriptor: good.descriptor},
			"can be written by":     everybodys,
			"belongs to":            owned,
			"cannot be judged":      {},
			"so that everybody can": {descriptor: descriptorBytes(t, sidAdmins, nil)},
		} {
			var refused *Error
			err := walk(program, look(step, instead))
			if !errors.As(err, &refused) || refused.Component != step || refused.Path != program || !strings.Contains(refused.Reason, reason) {
				t.Errorf("%s that %s: %v", step, reason, err)
			}
		}
	}
	missing := func(step string) (component, error) {
		return component{}, &fs.PathError{Op: "open", Path: step, Err: fs.ErrNotExist}
	}
	if err := walk(program, missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of one that is not there: %v", err)
	}
}

func TestWalkOddPaths(t *testing.T) {
	trusting := func(string) (component, error) {
		return component{descriptor: descriptorBytes(t, sidAdmins, programFiles)}, nil
	}
	if err := walk(`D:\a.b\c d.exe`, trusting); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"", "a.exe", `a\b.exe`, `\a.exe`, "C:", "C:a.exe", "C:/a.exe", `C:\a/b`, `C:\a\\b`, `C:\a\`, `C:\a\.\b`, `C:\a\..\b`,
		`C:\a.\b`, `C:\a \b`, `C:\a:stream`, `\\server\share\a.exe`, `\\?\C:\a.exe`, `\\.\C:\a.exe`, "C:\\a\x00b", `1:\a`,
	} {
		if err := walk(name, trusting); err == nil {
			t.Errorf("%q is trusted", name)
		}
	}
}

// Below a folder in which everybody may make something, what is there counts,
// and no link leads in.
func TestWalkBelow(t *testing.T) {
	const base, name = `C:\ProgramData`, `C:\ProgramData\Deskbell\ledger`
	good := component{descriptor: descriptorBytes(t, sidAdmins, programFiles)}
	open := component{descriptor: descriptorBytes(t, sidSomebody, append([]entry{{0, 0, modify, sidUsers}}, programFiles...))}
	at := func(where string, instead component) func(string) (component, error) {
		return func(step string) (component, error) {
			switch step {
			case where:
				return instead, nil
			case `C:\`, base:
				return open, nil
			}
			return good, nil
		}
	}
	if err := walkBelow(base, name, at("", good)); err != nil {
		t.Error(err)
	}
	for _, where := range []string{`C:\ProgramData\Deskbell`, name} {
		var refused *Error
		if err := walkBelow(base, name, at(where, open)); !errors.As(err, &refused) || refused.Component != where {
			t.Errorf("%s that is somebody's: %v", where, err)
		}
	}
	for _, where := range []string{base, `C:\ProgramData\Deskbell`, name} {
		if err := walkBelow(base, name, at(where, component{link: true, descriptor: good.descriptor})); err == nil {
			t.Errorf("%s may be a link", where)
		}
	}
	for _, name := range []string{`C:\ProgramDat`, `C:\ProgramData2\x`, base, `D:\ProgramData\x`} {
		if err := walkBelow(base, name, at("", good)); err == nil {
			t.Errorf("%s is below %s", name, base)
		}
	}
}
