package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	processes "github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/win"
)

// reportTo, in the environment, has this program say in that file where it
// finds itself, and wait for its end.
const reportTo = "DESKBELL_TEST_REPORT"

func TestMain(m *testing.M) {
	if file := os.Getenv(reportTo); file != "" {
		if err := writeReport(file); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// whereabouts is what a started program says of itself.
type whereabouts struct {
	ID       processes.ID
	Station  string
	Desktop  string
	Args     []string
	Added    string
	Leaked   bool // the handle in its first argument is good here
	Streams  bool // what it prints goes nowhere, and without an error
	Admin    bool
	User     string
	Session  uint32
	Console  bool
	Inherits string // a variable of the caller's that the person does not have
}

func writeReport(file string) error {
	var w whereabouts
	var err error
	if w.ID, err = processes.Self(); err != nil {
		return err
	}
	station, _, _ := getProcessWindowStation.Call()
	w.Station = strings.ToLower(objectName(station))
	desktop, _, _ := user32.NewProc("GetThreadDesktop").Call(uintptr(windows.GetCurrentThreadId()))
	w.Desktop = strings.ToLower(objectName(desktop))
	w.Args, w.Added, w.Inherits = os.Args[1:], os.Getenv("DESKBELL_TEST_ADDED"), os.Getenv("DESKBELL_TEST_CALLER")
	if handle, err := strconv.ParseUint(os.Args[1], 10, 64); err == nil {
		var flags uint32
		ok, _, _ := kernel32.NewProc("GetHandleInformation").Call(uintptr(handle), uintptr(unsafe.Pointer(&flags)))
		w.Leaked = ok != 0
	}
	_, err = fmt.Println("to nobody")
	w.Streams = err == nil
	window, _, _ := kernel32.NewProc("GetConsoleWindow").Call()
	w.Console = window != 0
	facts, err := factsOf(windows.GetCurrentProcessToken())
	if err != nil {
		return err
	}
	w.Admin, w.User, w.Session = facts.admin, facts.user, facts.session
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".part", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

func objectName(object uintptr) string {
	const uoiName = 2
	name := make([]uint16, 256)
	ok, _, _ := getUserObjectInformationW.Call(object, uoiName, uintptr(unsafe.Pointer(&name[0])), uintptr(2*len(name)), 0)
	if ok == 0 {
		return ""
	}
	return windows.UTF16ToString(name)
}

// inAnotherStation has this process be in a window station of its own, as a
// service is, until the test ends.
func inAnotherStation(t *testing.T) {
	t.Helper()
	set := user32.NewProc("SetProcessWindowStation")
	old, _, _ := getProcessWindowStation.Call()
	name, err := windows.UTF16PtrFromString("DeskbellTest" + strconv.Itoa(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	const winstaAllAccess = 0x37f
	station, _, err := user32.NewProc("CreateWindowStationW").Call(uintptr(unsafe.Pointer(name)), 0, winstaAllAccess, 0)
	if station == 0 {
		t.Fatal("make a window station: ", err)
	}
	if ok, _, err := set.Call(station); ok == 0 {
		t.Fatal("be in a window station: ", err)
	}
	t.Cleanup(func() {
		if ok, _, err := set.Call(old); ok == 0 {
			t.Error("be in the old window station again: ", err)
		}
		if ok, _, err := user32.NewProc("CloseWindowStation").Call(station); ok == 0 {
			t.Error("close the window station: ", err)
		}
	})
}

// ownSession is where the tests run; in Wine it is the console's.
func ownSession(t *testing.T) Session {
	t.Helper()
	sessions, err := List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		if s.ID == Current() {
			return s
		}
	}
	t.Fatalf("the own session %s is not listed: %+v", Current(), sessions)
	return Session{}
}

// startReporting starts this program in the session and returns what it said.
func startReporting(t *testing.T, start func(Program) (processes.ID, error), args ...string) (processes.ID, whereabouts) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.json")
	id, err := start(Program{Path: exe, Args: args, Env: []string{reportTo + "=" + file, "DESKBELL_TEST_ADDED=größer = kleiner"}})
	if err != nil {
		t.Fatal(err)
	}
	if id.Pid == 0 {
		t.Fatal("it is not known which process was started")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := processes.Wait(ctx, id); err != nil {
		t.Fatal("wait for the program: ", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w whereabouts
	if err := json.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	return id, w
}

// From where there is no desktop, a program gets onto the person's, with what
// it was given and nothing else.
//
// Wine has one session and one person, whose integrity is high whatever is set;
// that the session and the person are another's, and that the token is the
// limited one of two, only Windows can show.
func TestStartOnThePersonsDesktop(t *testing.T) {
	inAnotherStation(t)
	if interactive() {
		t.Fatal("the test is on the person's desktop still")
	}
	t.Setenv("DESKBELL_TEST_CALLER", "the caller's own")
	inheritable := inheritableFile(t)
	s := ownSession(t)
	args := []string{strconv.FormatUint(uint64(inheritable), 10), `a "quoted" word`, "", `back\slash\`}
	id, got := startReporting(t, func(p Program) (processes.ID, error) { return Start(t.Context(), s, p) }, args...)
	want := whereabouts{
		ID: id, Station: "winsta0", Desktop: "default", Args: args, Added: "größer = kleiner",
		Streams: true, User: s.UID, Session: windows.WTSGetActiveConsoleSessionId(),
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("the program finds\n%+v, want\n%+v", got, want)
	}
}

// Without the right to others' tokens, one's own does for oneself: whole, or
// without its rights.
func TestStartWithOnesOwnToken(t *testing.T) {
	inAnotherStation(t)
	s := ownSession(t)
	token, err := ownToken()
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	own, err := factsOf(token)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		start func(Program) (processes.ID, error)
		admin bool
	}{
		"whole":     {func(p Program) (processes.ID, error) { return launch(0, p, os.Environ()) }, own.admin},
		"unrighted": {func(p Program) (processes.ID, error) { return startAs(token, s, own.session, p) }, false},
	} {
		id, got := startReporting(t, test.start, "0")
		if got.ID != id || got.Station != "winsta0" || got.Admin != test.admin || got.User != own.user || !got.Streams {
			t.Errorf("%s: the program finds %+v", name, got)
		}
	}
	var e *StartError
	if _, err := startAs(token, s, own.session+1, Program{Path: `C:\windows\system32\cmd.exe`}); !errors.As(err, &e) || e.Reason != StartRefused {
		t.Errorf("in another session: %v, want it refused", err)
	}
}

// inheritableFile is a handle that a child started carelessly would have.
func inheritableFile(t *testing.T) windows.Handle {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "secret"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	// Far from the numbers that any program has.
	var handles []windows.Handle
	for range 200 {
		var copied windows.Handle
		if err := windows.DuplicateHandle(windows.CurrentProcess(), windows.Handle(file.Fd()), windows.CurrentProcess(), &copied,
			0, true, windows.DUPLICATE_SAME_ACCESS); err != nil {
			t.Fatal(err)
		}
		handles = append(handles, copied)
	}
	t.Cleanup(func() {
		for _, h := range handles {
			if err := windows.CloseHandle(h); err != nil {
				t.Error(err)
			}
		}
	})
	return handles[len(handles)-1]
}

// The token of somebody else than was meant starts nothing.
func TestStartRefusesAnotherPerson(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, uid := range []string{"S-1-5-21-1-2-3-4711", ""} {
		s := ownSession(t)
		s.UID = uid
		var e *StartError
		if _, err := Start(t.Context(), s, Program{Path: exe}); !errors.As(err, &e) || e.Reason != StartRefused {
			t.Errorf("as %q: %v, want it refused", uid, err)
		}
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	s := ownSession(t)
	for _, test := range []struct {
		name, id, path string
		want           StartReason
		is             error
	}{
		{"no program", s.ID, `C:\windows\nothing here.exe`, StartFailed, fs.ErrNotExist},
		{"no number", ":0", `C:\windows\system32\cmd.exe`, StartNoSession, nil},
		{"relative", s.ID, `cmd.exe`, StartFailed, nil},
	} {
		s.ID = test.id
		var e *StartError
		_, err := Start(t.Context(), s, Program{Path: test.path})
		if !errors.As(err, &e) || e.Reason != test.want || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v, want %s, %v", test.name, err, test.want, test.is)
		}
	}
}

// What is left of a token cannot do what administrators alone may.
func TestUnelevatedTakesRights(t *testing.T) {
	var own windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_QUERY|windows.TOKEN_DUPLICATE, &own); err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	for name, of := range map[string]func(windows.Token) (windows.Token, error){"unelevated": unelevated, "restricted": restrictedOf} {
		token, err := of(own)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer token.Close()
		facts, err := factsOf(token)
		if err != nil {
			t.Fatal(err)
		}
		if facts.admin {
			t.Errorf("%s: it has an administrator's rights: %+v", name, facts)
		}
		if kind, err := win.TokenNumber(token, windows.TokenType); err != nil || kind != windows.TokenPrimary {
			t.Errorf("%s: it is of type %d, %v; want a primary one", name, kind, err)
		}
	}
}
