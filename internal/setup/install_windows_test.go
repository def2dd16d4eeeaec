package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/service"
	"github.com/deskbell/deskbell/protocol"
)

// Started by the service manager, this program is a service that does nothing.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "service" {
		err := service.Run(context.Background(), service.Definition{Queue: os.Args[len(os.Args)-1], Managed: true},
			func(ctx context.Context, sessions <-chan struct{}) error {
				<-sessions
				<-ctx.Done()
				return ctx.Err()
			})
		if err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// own is an installation of the test's own, removed afterwards. In Wine every
// file is the user's: what is to be trusted is said here.
func own(t *testing.T, name string) Installation {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	i := Installation{
		Queue: fmt.Sprintf("setup-%d-%s", os.Getpid(), name), Program: self, Version: "test",
		Trusted: func(path string) error {
			if base, _ := programFolder(); strings.HasPrefix(path, base) {
				return nil
			}
			return errors.New("everybody writes there")
		},
	}
	t.Cleanup(func() {
		if findings, err := i.Uninstall(context.Background()); err != nil || !Good(findings) {
			t.Errorf("uninstall: %v, %v", findings, err)
		}
	})
	return i
}

// act does something that has to end well, and returns what it did.
func act(t *testing.T, what string, do func(context.Context) ([]Finding, error)) (acts []string) {
	t.Helper()
	findings, err := do(t.Context())
	if err != nil || !Good(findings) {
		t.Fatalf("%s: %+v, %v", what, findings, err)
	}
	for _, f := range findings {
		if f.Act != "" && f.State != Note {
			acts = append(acts, f.Act+" "+f.What)
		}
	}
	return slices.Compact(acts)
}

// everything lists the keys, values and files that an installation changes, by
// means of the test's own.
func everything(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, root := range []struct {
		name string
		key  registry.Key
		path string
	}{
		{"HKLM", registry.LOCAL_MACHINE, `SOFTWARE\Deskbell`},
		{"HKLM", registry.LOCAL_MACHINE, runKey},
		{"HKLM", registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Services\EventLog\Application`},
		{"HKCU", registry.CURRENT_USER, `Software\Deskbell`},
		{"HKCU", registry.CURRENT_USER, runKey},
	} {
		all = append(all, keysBelow(t, root.key, root.name, root.path)...)
	}
	// What is a link is in the list of keys wherever it leads.
	side, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\WOW6432Node`, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	names, err := side.ReadSubKeyNames(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		all = append(all, `HKLM\SOFTWARE\WOW6432Node\`+name)
	}
	m, err := mgr.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Disconnect()
	services, err := m.ListServices()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range services {
		if strings.HasPrefix(name, "Deskbell") {
			all = append(all, "service "+name)
		}
	}
	base, _ := programFolder()
	err = filepath.WalkDir(base, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			all = append(all, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func keysBelow(t *testing.T, root registry.Key, name, path string) []string {
	t.Helper()
	key, err := registry.OpenKey(root, path, registry.READ)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(path, err)
	}
	defer key.Close()
	all := []string{name + `\` + path}
	values, err := key.ReadValueNames(-1)
	if err != nil {
		t.Fatal(path, err)
	}
	for _, value := range values {
		all = append(all, name+`\`+path+` : `+value)
	}
	keys, err := key.ReadSubKeyNames(-1)
	if err != nil {
		t.Fatal(path, err)
	}
	for _, below := range keys {
		all = append(all, keysBelow(t, root, name, path+`\`+below)...)
	}
	return all
}

func same(t *testing.T, when string, got, want []string) {
	t.Helper()
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s: there is %s", when, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s: %s is gone", when, line)
		}
	}
}

func TestInstall(t *testing.T) {
	before := everything(t)
	other := own(t, "other")
	act(t, "install another queue", other.Install)
	withOther := everything(t)

	i := own(t, "install")
	planned, err := i.Plan(t.Context())
	if err != nil || Good(planned) {
		t.Fatalf("the plan is %+v, %v", planned, err)
	}
	same(t, "after a dry run", everything(t), withOther)

	acts := act(t, "install", i.Install)
	for _, want := range []string{"make program", "make machine mailbox", "make service", "start service runs"} {
		if !slices.Contains(acts, want) {
			t.Errorf("install did %q, not %s", acts, want)
		}
	}
	s, err := i.definition().Status(t.Context())
	target := filepath.Join(i.folder(), programName)
	if err != nil || s.State != service.Running || s.Program != target {
		t.Errorf("the service is %+v, %v", s, err)
	}
	if same, err := sameContent(i.Program, target); err != nil || !same {
		t.Errorf("the copy is another: %v", err)
	}
	installed := everything(t)
	if acts := act(t, "install again", i.Install); acts != nil {
		t.Errorf("installed again, it did %q", acts)
	}
	same(t, "after a second install", everything(t), installed)
	if again, err := i.definition().Status(t.Context()); err != nil || again.Pid != s.Pid {
		t.Errorf("the service is %+v, %v; it was %+v", again, err, s)
	}

	throughLink := `SOFTWARE\WOW6432Node\Deskbell\Queues\` + i.Queue + `\Inbox`
	if key, err := registry.OpenKey(registry.LOCAL_MACHINE, throughLink, registry.QUERY_VALUE); err != nil {
		t.Errorf("through the link: %v", err)
	} else {
		key.Close()
	}
	own, err := mailbox.OpenUser(i.Queue)
	if err != nil {
		t.Fatal(err)
	}
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = "Goes with it"
	if err := own.Put("goes", m); err != nil {
		t.Fatal(err)
	}
	// Wine has the hive of one user only; a key in its place is one that Windows
	// would not let be made.
	const somebody = `S-1-5-21-1-2-3-1001`
	theirs := somebody + `\Software\Deskbell\Queues\`
	for _, path := range []string{theirs + i.Queue + `\Inbox\a`, theirs + `kept\Inbox\a`} {
		key, _, err := registry.CreateKey(registry.USERS, path, registry.WRITE)
		if err != nil {
			t.Fatal(err)
		}
		key.Close()
	}
	t.Cleanup(func() {
		for path := theirs + `kept\Inbox\a`; path != "."; path = filepath.Dir(path) {
			if err := registry.DeleteKey(registry.USERS, path); err != nil {
				t.Error(path, err)
			}
		}
	})
	if acts := act(t, "uninstall", i.Uninstall); !slices.Contains(acts, "remove user mailbox") {
		t.Errorf("uninstall did %q", acts)
	}
	want := keysBelow(t, registry.USERS, "HKU", theirs+"kept")
	if got := keysBelow(t, registry.USERS, "HKU", strings.TrimSuffix(theirs, `\`)); len(want) != 3 || !slices.Equal(got[1:], want) {
		t.Errorf("another user has %q, want %q", got, want)
	}
	same(t, "after uninstall", everything(t), withOther)
	if acts := act(t, "uninstall again", i.Uninstall); acts != nil {
		t.Errorf("uninstalled again, it did %q", acts)
	}
	if acts := act(t, "look at the other queue", other.Install); acts != nil {
		t.Errorf("of the other queue was gone what makes it do %q", acts)
	}
	act(t, "uninstall the other queue", other.Uninstall)
	same(t, "after the last uninstall", everything(t), before)
}

// What somebody damages is named by the doctor and put right by install.
func TestRepair(t *testing.T) {
	i := own(t, "repair")
	act(t, "install", i.Install)
	if findings := i.Examine(t.Context()); !Good(findings) {
		t.Fatalf("just installed: %+v", findings)
	}
	inbox := `SOFTWARE\Deskbell\Queues\` + i.Queue + `\Inbox`
	for _, test := range []struct {
		what   string
		damage func() error
	}{
		{"machine mailbox", func() error { return registry.DeleteKey(registry.LOCAL_MACHINE, inbox) }},
		{"service", func() error { return i.definition().Uninstall(t.Context()) }},
		{"service runs", func() error { return i.definition().Stop(t.Context()) }},
		{"source of events", func() error {
			key, err := registry.OpenKey(registry.LOCAL_MACHINE, sourceKey, registry.SET_VALUE)
			if err != nil {
				return err
			}
			return errors.Join(key.DeleteValue("EventMessageFile"), key.Close())
		}},
		{"program", func() error {
			return errors.Join(i.definition().Stop(t.Context()), os.WriteFile(i.target(), []byte("MZ"), 0o755))
		}},
	} {
		if err := test.damage(); err != nil {
			t.Fatalf("damage %s: %v", test.what, err)
		}
		if test.what != "program" { // which it does not compare with
			named := slices.ContainsFunc(i.Examine(t.Context()), func(f Finding) bool {
				return f.What == test.what && (f.State != OK && f.Advice != "" || test.what == "service" && f.State == Note)
			})
			if !named {
				t.Errorf("the doctor does not name %s: %+v", test.what, i.Examine(t.Context()))
			}
		}
		acts := act(t, "repair "+test.what, i.Install)
		if !slices.ContainsFunc(acts, func(a string) bool { return strings.HasSuffix(a, " "+test.what) }) {
			t.Errorf("%s was damaged, and install did %q", test.what, acts)
		}
		if findings := i.Examine(t.Context()); !Good(findings) {
			t.Errorf("%s repaired: %+v", test.what, findings)
		}
	}
}

// A message waits while another version takes the place of this one.
func TestReinstall(t *testing.T) {
	i := own(t, "reinstall")
	act(t, "install", i.Install)
	before, err := i.definition().Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	box, err := mailbox.Open(mailbox.Place{Queue: i.Queue, Scope: mailbox.ScopeMachine})
	if err != nil {
		t.Fatal(err)
	}
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = "Wait"
	if err := box.Put("waits", m); err != nil {
		t.Fatal(err)
	}
	// Another version of the program: what is behind its end does not matter.
	newer := filepath.Join(t.TempDir(), "newer.exe")
	program, err := os.ReadFile(i.Program)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{newer, companion(newer)} {
		if err := os.WriteFile(path, append(program, "newer"...), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	i.Program = newer
	act(t, "reinstall", i.Reinstall)
	for _, path := range []string{i.target(), companion(i.target())} {
		if same, err := sameContent(newer, path); err != nil || !same {
			t.Errorf("%s is not the newer one: %v", path, err)
		}
	}
	after, err := i.definition().Status(t.Context())
	if err != nil || after.State != service.Running || after.Pid == before.Pid {
		t.Errorf("the service is %+v, %v; it was %+v", after, err, before)
	}
	if entry, err := box.Get("waits"); err != nil || entry.Message.Text != "Wait" {
		t.Errorf("the message is %+v, %v", entry, err)
	}
}

// Without rights nothing is changed.
func TestInstallNeedsRights(t *testing.T) {
	before := everything(t)
	i := own(t, "rights")
	i.Administrator = func() error { return &service.PermissionError{What: "install", Err: fs.ErrPermission} }
	for _, do := range []func(context.Context) ([]Finding, error){i.Install, i.Reinstall, i.Uninstall} {
		var rights *service.PermissionError
		if findings, err := do(t.Context()); findings != nil || !errors.As(err, &rights) {
			t.Errorf("without rights: %+v, %v", findings, err)
		}
	}
	same(t, "without rights", everything(t), before)
}

// What a 32-bit program wrote before there was a link is named, keeps nothing
// else from being installed, and goes with the last queue.
func TestLeftBy32Bit(t *testing.T) {
	before := everything(t)
	i := own(t, "leftovers")
	left := `SOFTWARE\WOW6432Node\Deskbell\Queues\` + i.Queue + `\Inbox\a`
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, left, registry.SET_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(key.SetStringValue("Text", "x"), key.Close()); err != nil {
		t.Fatal(err)
	}
	names := func(findings []Finding) bool {
		return slices.ContainsFunc(findings, func(f Finding) bool {
			return f.Place == linkKey && strings.Contains(f.Problem, i.Queue) && strings.Contains(f.Advice, "reg delete")
		})
	}
	if findings := i.Examine(t.Context()); Good(findings) || !names(findings) {
		t.Errorf("the doctor says %+v", findings)
	}
	findings, err := i.Install(t.Context())
	if err != nil || Good(findings) || !names(findings) {
		t.Errorf("install says %+v, %v", findings, err)
	}
	if s, err := i.definition().Status(t.Context()); err != nil || s.State != service.Running {
		t.Errorf("the service is %+v, %v", s, err)
	}
	act(t, "uninstall", i.Uninstall)
	same(t, "after uninstall", everything(t), before)
}

// A program that others could exchange is not registered, whatever else is.
func TestUntrustedProgram(t *testing.T) {
	i := own(t, "untrusted")
	i.Trusted = func(string) error { return errors.New("everybody writes there") }
	findings, err := i.Install(t.Context())
	if err != nil || Good(findings) {
		t.Errorf("it says %+v, %v", findings, err)
	}
	if s, err := i.definition().Status(t.Context()); err != nil || s.State != service.Missing {
		t.Errorf("the service is %+v, %v", s, err)
	}
}
