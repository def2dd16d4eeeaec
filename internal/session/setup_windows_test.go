package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/windows/registry"
)

// scratch is a key of this test's own below HKEY_CURRENT_USER.
func scratch(t *testing.T) string {
	t.Helper()
	path := fmt.Sprintf(`Software\deskbell-test-%d-%s`, os.Getpid(), t.Name())
	setNumbers(t, path, nil)
	t.Cleanup(func() { removeTree(t, path) })
	return path
}

func removeTree(t *testing.T, path string) {
	for _, name := range subkeys(registry.CURRENT_USER, path) {
		removeTree(t, path+`\`+name)
	}
	if err := registry.DeleteKey(registry.CURRENT_USER, path); err != nil {
		t.Error(err)
	}
}

func setNumbers(t *testing.T, path string, values map[string]uint32) {
	t.Helper()
	k, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.SET_VALUE|registry.WOW64_64KEY)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for name, value := range values {
		if err := k.SetDWordValue(name, value); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadEnrolments(t *testing.T) {
	path := scratch(t)
	if got := readEnrolments(registry.CURRENT_USER, path+`\none`); got != nil {
		t.Errorf("of nothing: %+v", got)
	}
	setNumbers(t, path+`\Context`, nil)
	setNumbers(t, path+`\{A}\FirstSync`, map[string]uint32{"IsSyncDone": 1, "SkipUserStatusPage": 0})
	setNumbers(t, path+`\{A}\FirstSync\S-1-5-21-1`, map[string]uint32{"IsSyncDone": 0})
	setNumbers(t, path+`\{A}\FirstSync\S-1-5-21-2`, map[string]uint32{"IsSyncDone": 1})
	setNumbers(t, path+`\{A}\FirstSync\S-1-5-21-3`, nil)
	setNumbers(t, path+`\{A}\FirstSync\other`, nil)
	setNumbers(t, path+`\{B}\FirstSync`, map[string]uint32{"SkipDeviceStatusPage": 0xFFFFFFFF, "SkipUserStatusPage": 1})
	want := []enrolment{
		{deviceDone: true, usersPending: []string{"S-1-5-21-1", "S-1-5-21-3"}},
		{deviceSkipped: true, userSkipped: true},
	}
	if diff := cmp.Diff(want, readEnrolments(registry.CURRENT_USER, path), cmp.AllowUnexported(enrolment{})); diff != "" {
		t.Error(diff)
	}
}

func TestLanguagesOfAHive(t *testing.T) {
	path := scratch(t)
	if got := languagesOf(registry.CURRENT_USER, path); got != nil {
		t.Errorf("of nothing %q", got)
	}
	setNumbers(t, path+`\Control Panel\International`, nil)
	setNumbers(t, path+`\Control Panel\Desktop\MuiCached`, map[string]uint32{"MachinePreferredUILanguages": 7})
	set := func(key string, set func(registry.Key) error) {
		t.Helper()
		k, err := registry.OpenKey(registry.CURRENT_USER, path+`\Control Panel\`+key, registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		if err := set(k); err != nil {
			t.Fatal(err)
		}
	}
	set("International", func(k registry.Key) error { return k.SetStringValue("LocaleName", "de-AT") })
	set("Desktop", func(k registry.Key) error {
		return k.SetStringsValue("PreferredUILanguages", []string{"sv-SE", "en-US"})
	})
	if diff := cmp.Diff([]string{"sv-SE", "en-US", "de-AT"}, languagesOf(registry.CURRENT_USER, path)); diff != "" {
		t.Error(diff)
	}
	set("Desktop", func(k registry.Key) error {
		return k.SetStringValue("PreferredUILanguages", strings.Repeat("x", 1<<20))
	})
	if got := localeOf(languagesOf(registry.CURRENT_USER, path)); got != "de-AT" {
		t.Errorf("with a megabyte %q", got)
	}
}

func TestListHasTheOwnLocale(t *testing.T) {
	sessions, err := List(t.Context())
	if err != nil || len(sessions) == 0 {
		t.Fatal(sessions, err)
	}
	if want := localeOf(languagesOf(registry.CURRENT_USER, ".")); sessions[0].Locale == "" {
		t.Errorf("no locale; want %q", want)
	}
}

func TestReadProgramsHasThisOne(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	programs, err := readPrograms()
	if err != nil {
		t.Fatal(err)
	}
	if f := (facts{processes: programs}); !f.runs(strings.ToLower(filepath.Base(self)), Current()) {
		t.Errorf("%s in session %s is not in %v", self, Current(), programs)
	}
}

// A Windows that is set up, as Wine's is, and one that says the contrary.
func TestSetupRunningReadsTheRegistry(t *testing.T) {
	if got, err := SetupRunning(t.Context()); err != nil || got != "" {
		t.Fatalf("at first %q, %v", got, err)
	}
	k, existed, err := registry.CreateKey(registry.LOCAL_MACHINE, miniNTKey, registry.SET_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("only administrators may try this: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	k.Close()
	if existed {
		t.Fatal("this is Windows PE")
	}
	got, err := SetupRunning(t.Context())
	if err := registry.DeleteKey(registry.LOCAL_MACHINE, miniNTKey); err != nil {
		t.Error(err)
	}
	if err != nil || got != "winpe" {
		t.Errorf("with %s %q, %v", miniNTKey, got, err)
	}
}
