package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// The bytes that the system makes of a descriptor are those that are read.
func TestDescriptorOfSystem(t *testing.T) {
	for sddl, trusted := range map[string]bool{
		"O:BAD:PAI(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)":  true,
		"O:SYD:(A;OICIIO;GA;;;CO)(A;;FA;;;SY)":                 true,
		"O:BAD:(A;;FA;;;BA)(A;;FA;;;BU)":                       false,
		"O:BAD:(A;;0x2;;;WD)":                                  false,
		"O:BUD:(A;;FA;;;BA)":                                   false,
		"O:BAD:(D;;FA;;;WD)(A;;FA;;;S-1-5-21-1-2-3-1001)":      false,
		"O:S-1-5-21-1-2-3-1001D:(A;;FA;;;S-1-5-21-1-2-3-1001)": false,
	} {
		sd, err := windows.SecurityDescriptorFromString(sddl)
		if err != nil {
			t.Fatal(err)
		}
		d, err := parseDescriptor(bytesOf(sd))
		if err != nil || (d.fault(tolerateNothing) == "") != trusted {
			t.Errorf("%s: fault %q, %v", sddl, d.fault(tolerateNothing), err)
		}
	}
}

// What a file's descriptor is, is the system's; that it can be read, here. In
// Wine everything belongs to the user who runs it, so no file is trusted.
func TestInspect(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program.exe")
	if err := os.WriteFile(file, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := inspect(file)
	if err != nil || c.link {
		t.Fatalf("%+v, %v", c, err)
	}
	if d, err := parseDescriptor(c.descriptor); err != nil || d.owner == "" {
		t.Fatalf("%+v, %v", d, err)
	}
	var e *Error
	if err := AdminsOnly(file); !errors.As(err, &e) {
		t.Fatalf("a program in the folder for temporary files: %v", err)
	}
	if _, err := inspect(file + "2"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("of one that is not there: %v", err)
	}
}

func TestShare(t *testing.T) {
	for _, name := range []string{`\\localhost\c$\windows\notepad.exe`, `\\?\C:\windows\notepad.exe`, `Q:\program.exe`} {
		var e *Error
		if err := AdminsOnly(name); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The system makes of the table's lists what is judged as it is meant: what
// administrators write nobody else can.
func TestKeySDDLOfSystem(t *testing.T) {
	for rule, admins := range map[Rule]bool{OfUser: false, Way: true, OfAdmins: true, ToUser: true, FromUser: false} {
		sd, err := windows.SecurityDescriptorFromString(rule.KeySDDL(sidSomebody))
		if err != nil {
			t.Fatal(err)
		}
		d, err := parseList(bytesOf(sd))
		if err != nil || (d.keyFault() == "") != admins {
			t.Errorf("rule %d: %+v, fault %q, %v", rule, d, d.keyFault(), err)
		}
		if controlOf(bytesOf(sd))&protected == 0 {
			t.Errorf("rule %d: something is inherited from above", rule)
		}
		if text := rule.RecordSDDL(sidSomebody); text != "" {
			if _, err := windows.SecurityDescriptorFromString(text); err != nil {
				t.Errorf("rule %d: %v", rule, err)
			}
		}
	}
}
