package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/mgr"
)

// Started by the service manager, this program is a service, which writes what
// happens to it into a file beside itself named after its queue.
func TestMain(m *testing.M) {
	if len(os.Args) == 6 && os.Args[2] == silent {
		// It is ended.
		_ = os.WriteFile(diaryOf(os.Args[5]), []byte(silent), 0o600)
		<-time.After(time.Hour)
		return
	}
	if len(os.Args) == 6 && os.Args[1] == "service" {
		if err := Run(context.Background(), Definition{Queue: os.Args[5], Managed: true}, diary(os.Args[5])); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// silent is for a service that says nothing to the service manager.
const silent = "silent"

func diaryOf(queue string) string { return filepath.Join(os.TempDir(), queue+".diary") }

// diary is the work of the service: it fails where its file says so.
func diary(queue string) Work {
	return func(ctx context.Context, sessions <-chan struct{}) error {
		text, _ := os.ReadFile(diaryOf(queue))
		if string(text) == "fail" {
			return errors.New("told to fail")
		}
		file, err := os.OpenFile(diaryOf(queue), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		for _, name := range needless {
			if held, err := hasPrivilege(name); held || err != nil {
				fmt.Fprintln(file, "it has", name, err)
			}
		}
		for {
			select {
			case <-sessions:
				fmt.Fprintln(file, "look")
			case <-ctx.Done():
				fmt.Fprintln(file, "end")
				return ctx.Err()
			}
		}
	}
}

// own is a service of the test's, which is gone afterwards.
func own(t *testing.T) Definition {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d := Definition{Queue: fmt.Sprintf("svc-%d-%s", os.Getpid(), strings.ToLower(t.Name())), Program: self}
	t.Cleanup(func() {
		if err := d.Uninstall(context.Background()); err != nil {
			t.Error(err)
		}
		_ = os.Remove(diaryOf(d.Queue)) // there may be none
	})
	return d
}

func must(t *testing.T, d Definition, acts ...func(context.Context) error) {
	t.Helper()
	for _, act := range acts {
		if err := act(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func status(t *testing.T, d Definition) Status {
	t.Helper()
	s, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// waitFor waits for what a service writes.
func waitFor(t *testing.T, d Definition, want string) {
	t.Helper()
	var text []byte
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		if text, _ = os.ReadFile(diaryOf(d.Queue)); string(text) == want {
			return
		}
	}
	t.Fatalf("its diary is %q, want %q", text, want)
}

func TestService(t *testing.T) {
	d := own(t)
	if s := status(t, d); s != (Status{State: Missing}) {
		t.Fatalf("before: %+v", s)
	}
	must(t, d, d.Stop, d.Uninstall) // nothing to do
	must(t, d, d.Install)
	command := `"` + d.Program + `" service run --installed --queue ` + d.Queue
	if s := status(t, d); s != (Status{State: Stopped, Command: command, Program: d.Program}) {
		t.Fatalf("installed: %+v", s)
	}
	args, err := windows.DecomposeCommandLine(command)
	if want := []string{d.Program, "service", "run", "--installed", "--queue", d.Queue}; err != nil || !slices.Equal(args, want) {
		t.Errorf("the command is %q, %v", args, err)
	}
	checkConfig(t, d)

	must(t, d, d.Start, d.Start)
	waitFor(t, d, "look\n")
	if s := status(t, d); s.State != Running || s.Pid == 0 || s.Different != "" {
		t.Errorf("started: %+v", s)
	}
	control(t, d, func(s *mgr.Service) error { _, err := s.Control(Look); return err })
	waitFor(t, d, "look\nlook\n")
	must(t, d, d.Stop)
	// Its process has ended, not only the service.
	if text, err := os.ReadFile(diaryOf(d.Queue)); err != nil || string(text) != "look\nlook\nend\n" {
		t.Errorf("its diary is %q, %v", text, err)
	}
	must(t, d, d.Stop)
	if s := status(t, d); s.State != Stopped {
		t.Errorf("stopped: %+v", s)
	}
	must(t, d, d.Start, d.Uninstall)
	if s := status(t, d); s.State != Missing {
		t.Errorf("uninstalled: %+v", s)
	}
	if key, err := registry.OpenKey(registry.LOCAL_MACHINE, strings.TrimPrefix(d.Place(), `HKLM\`), registry.QUERY_VALUE); !errors.Is(err, fs.ErrNotExist) {
		key.Close()
		t.Errorf("%s is still there: %v", d.Place(), err)
	}
}

// control opens the service with means of the test's own.
func control(t *testing.T, d Definition, do func(*mgr.Service) error) {
	t.Helper()
	m, err := mgr.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Disconnect()
	s, err := m.OpenService(d.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := do(s); err != nil {
		t.Fatal(err)
	}
}

// checkConfig reads what mgr can read of it, in Wine too.
func checkConfig(t *testing.T, d Definition) {
	t.Helper()
	control(t, d, func(s *mgr.Service) error {
		is, err := configOf(s)
		if err != nil {
			return err
		}
		if is.start != windows.SERVICE_AUTO_START || is.account != "LocalSystem" || is.kind != windows.SERVICE_WIN32_OWN_PROCESS ||
			is.display != "Deskbell (queue "+d.Queue+")" || is.description == "" {
			t.Errorf("it is %+v", is)
		}
		actions, err := s.RecoveryActions()
		if !unknown(err) && (err != nil || len(actions) != 3 || actions[0].Type != mgr.ServiceRestart) {
			t.Errorf("when it fails: %+v, %v", actions, err)
		}
		return nil
	})
}

// What somebody changed is seen, and set right by the next Install.
func TestServiceRepaired(t *testing.T) {
	d := own(t)
	must(t, d, d.Install, d.Install)
	control(t, d, func(s *mgr.Service) error {
		const same = windows.SERVICE_NO_CHANGE
		return windows.ChangeServiceConfig(s.Handle, same, windows.SERVICE_DISABLED, same, nil, nil, nil, nil, nil, nil, nil)
	})
	if s := status(t, d); s.Different != "it does not start with the computer" {
		t.Errorf("disabled: %+v", s)
	}
	moved := d
	moved.Program = `C:\Program Files\Desk & Bell ä\deskbell.exe`
	if s := status(t, moved); !strings.Contains(s.Different, d.Program) {
		t.Errorf("of another program: %+v", s)
	}
	must(t, moved, moved.Install)
	if s := status(t, moved); s.Different != "" || s.Command != `"`+moved.Program+`" service run --installed --queue `+d.Queue {
		t.Errorf("moved: %+v", s)
	}
	must(t, d, d.Install)
	if s := status(t, d); s.Different != "" {
		t.Errorf("repaired: %+v", s)
	}
}

// A service that cannot begin is not started.
func TestServiceFails(t *testing.T) {
	d := own(t)
	must(t, d, d.Install)
	if err := os.WriteFile(diaryOf(d.Queue), []byte("fail"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := d.Start(t.Context())
	var failed *ControlError
	if !errors.As(err, &failed) || failed.State != Failed || !strings.Contains(failed.Said, "it ended with 1") {
		t.Fatalf("start: %v", err)
	}
	if s := status(t, d); s.State != Failed || s.Said != failed.Said {
		t.Errorf("failed: %+v", s)
	}
}

// Started by somebody else, it runs in the foreground.
func TestForeground(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	looked := false
	err := Run(ctx, Definition{Queue: "foreground"}, func(ctx context.Context, sessions <-chan struct{}) error {
		select {
		case <-sessions:
			looked = true
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil || !looked {
		t.Errorf("looked %v, %v", looked, err)
	}
}

// While the service manager waits for another service that it has started, who runs
// in the foreground is not taken for that.
func TestForegroundIsNotTaken(t *testing.T) {
	d := own(t)
	must(t, d, d.Install)
	control(t, d, func(s *mgr.Service) error {
		command, err := windows.UTF16PtrFromString(strings.Replace(status(t, d).Command, "service run", "service "+silent, 1))
		if err != nil {
			return err
		}
		const as = windows.SERVICE_NO_CHANGE
		if err := windows.ChangeServiceConfig(s.Handle, as, as, as, command, nil, nil, nil, nil, nil, nil); err != nil {
			return err
		}
		started := make(chan error, 1)
		go func() { started <- s.Start() }()
		waitFor(t, d, silent)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return Run(ctx, Definition{Queue: "foreground"}, func(context.Context, <-chan struct{}) error {
			// It has been waited for in vain, and is not said to run.
			if err := <-started; err == nil {
				t.Error("the service manager takes somebody else for its service")
			}
			return nil
		})
	})
}

// Who is no administrator changes nothing. Of his rights only the group counts
// here; Windows would refuse him the service manager too, which Wine does not.
func TestServiceNeedsRights(t *testing.T) {
	d := own(t)
	asUser(t, func() {
		for _, act := range []func(context.Context) error{d.Install, d.Uninstall, d.Start, d.Stop} {
			var rights *PermissionError
			if err := act(t.Context()); !errors.As(err, &rights) || !errors.Is(err, fs.ErrPermission) {
				t.Errorf("without rights: %v", err)
			}
		}
		if s := status(t, d); s.State != Missing {
			t.Errorf("it is %+v", s)
		}
	})
}

// asUser runs with the token that a user has until he elevates himself.
func asUser(t *testing.T, do func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	restrict(t)
	do()
	if err := windows.RevertToSelf(); err != nil {
		panic(err)
	}
}
