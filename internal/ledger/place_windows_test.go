package ledger

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// What is made for the administrator has an access list of its own from the
// first moment. Wine keeps the mode of a file for it, and so reads another one
// back; it is Windows that takes the whole list.
func TestAdministratorsPlace(t *testing.T) {
	p, err := Administrators(fmt.Sprintf("ledger-%d", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Remove(); err != nil {
			t.Error(err)
		}
	})
	record(t, p, Event{ID: "a"})
	if !strings.HasSuffix(strings.ToLower(p.folder()), `\deskbell\ledger`) {
		t.Errorf("it is in %s", p.folder())
	}
	for path, list := range map[string]string{p.folder(): folderList, p.Path(): fileList} {
		sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
		if err != nil {
			t.Fatal(err)
		}
		for _, trustee := range []string{";;;WD)", ";;;BU)", ";;;AU)"} {
			if is := sd.String(); strings.Contains(is, trustee) {
				t.Errorf("%s has %s, not %s", path, is, list)
			}
		}
		wanted, err := p.attributes(list)
		if err != nil || wanted.SecurityDescriptor.String() != list {
			t.Errorf("%s is made with %v, %v", path, wanted, err)
		}
	}
	if all := read(t, p); len(all) != 1 || all[0].ID != "a" {
		t.Errorf("there is %+v", all)
	}
	if own, err := Own("q"); err != nil {
		t.Error(err)
	} else if list, err := own.attributes(fileList); list != nil || err != nil {
		t.Errorf("a user's own has %v, %v", list, err)
	}
}
