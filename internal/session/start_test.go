package session

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestProgramCheck(t *testing.T) {
	here, err := filepath.Abs("program")
	if err != nil {
		t.Fatal(err)
	}
	if err := (Program{here, []string{"", "a=b"}, []string{"A=", "B=c=d"}}).check(); err != nil {
		t.Error(err)
	}
	for _, p := range []Program{
		{},
		{Path: "program"},
		{Path: here + "\x00"},
		{Path: here, Args: []string{"\x00"}},
		{Path: here, Env: []string{"A"}},
		{Path: here, Env: []string{"=b"}},
		{Path: here, Env: []string{"A=b\x00"}},
	} {
		var e *StartError
		if _, err := Start(t.Context(), Session{}, p); !errors.As(err, &e) || e.Reason != StartFailed {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestStartErrorSaysWhatToDo(t *testing.T) {
	for _, reason := range []StartReason{
		StartNotPermitted, StartHidden, StartNoSession, StartNoDisplay, StartNotExecutable, StartRestricted, StartIntegrity,
	} {
		e := &StartError{Reason: reason, Session: Session{ID: "3", UID: "1001"}, Path: "/x/deskbell", Err: fs.ErrPermission}
		if e.Hint() == "" || strings.Contains(e.Hint(), "\n") {
			t.Errorf("%s: %q is no hint of one line", reason, e.Hint())
		}
		if !errors.Is(e, fs.ErrPermission) || !strings.Contains(e.Error(), "session 3 of user 1001") {
			t.Errorf("%s: %v", reason, e)
		}
	}
	if e := (&StartError{Reason: StartFailed, hint: "this"}); e.Hint() != "this" {
		t.Errorf("%q", e.Hint())
	}
}

func TestReasonOfWindowsErrors(t *testing.T) {
	for code, want := range map[uint32]StartReason{
		5: StartNotExecutable, 1260: StartRestricted, 4551: StartIntegrity, 577: StartIntegrity,
		1314: StartNotPermitted, 2: StartFailed, 0: StartFailed,
	} {
		if got := reasonOf(code); got != want {
			t.Errorf("%d: %s, want %s", code, got, want)
		}
	}
}

func TestEnviron(t *testing.T) {
	exactly := func(a, b string) bool { return a == b }
	e := newEnviron(exactly, []string{"A=1", "B=2", "", "=", "junk", "E="}, []string{"B=3=4", "a=5"})
	if got := e.list(); !slices.Equal(got, []string{"A=1", "B=3=4", "E=", "a=5"}) {
		t.Errorf("%q", got)
	}
	if e.get("B") != "3=4" || e.get("none") != "" {
		t.Errorf("%q, %q", e.get("B"), e.get("none"))
	}
}
