package session

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	processes "github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/win"
)

// splitTokens has user account control on while the test runs.
func splitTokens(t *testing.T, on uint32) {
	t.Helper()
	const path = `SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.SET_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("only an administrator may set this: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	old, _, err := key.GetIntegerValue("EnableLUA")
	if err != nil && !errors.Is(err, registry.ErrNotExist) {
		t.Fatal(err)
	}
	if err := key.SetDWordValue("EnableLUA", on); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.SET_VALUE|registry.WOW64_64KEY)
		if err != nil {
			t.Fatal(err)
		}
		defer key.Close()
		if err := key.SetDWordValue("EnableLUA", uint32(old)); err != nil {
			t.Error(err)
		}
	})
}

// tasksLeft are those of ours that the scheduler keeps.
func tasksLeft(t *testing.T) (left []string) {
	t.Helper()
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "tasks"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "Deskbell-") {
			left = append(left, e.Name())
		}
	}
	return left
}

// Wine's scheduler takes tasks and deletes them, and runs none: it says so, and
// nothing is left. That a task is run in the session and its process is found
// only Windows can show.
func TestStartByTask(t *testing.T) {
	splitTokens(t, 1)
	s := ownSession(t)
	number, err := strconv.ParseUint(s.ID, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	p := Program{Path: `C:\windows\system32\cmd.exe`, Args: []string{"/c", "exit & <b>"}}
	_, err = startByTask(t.Context(), s, uint32(number), p)
	const notImplemented = win.HResult(0x80004001)
	var e *StartError
	switch {
	case !win.Wine():
		if err != nil {
			t.Error(err)
		}
	case !errors.Is(err, notImplemented) || !errors.As(err, &e) || e.Reason != StartFailed || e.Hint() == "":
		t.Errorf("%v, want that it cannot run a task", err)
	}
	if left := tasksLeft(t); left != nil {
		t.Errorf("left with the scheduler: %q", left)
	}

	for name, change := range map[string]func(*Program){
		"variables":       func(p *Program) { p.Env = []string{"A=b"} },
		"another's words": func(p *Program) { p.Args = []string{"%PATH%"} },
	} {
		p := p
		change(&p)
		if _, err := startByTask(t.Context(), s, uint32(number), p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The scheduler keeps the definition under the name until it is deleted.
func TestTaskIsKeptAndDeleted(t *testing.T) {
	tasks, err := win.OpenTasks()
	if err != nil {
		t.Fatal(err)
	}
	defer tasks.Close()
	definition, err := taskXML(ownSession(t).UID, `C:\windows\system32\cmd.exe`, `/c "exit & <b>"`, `C:\windows`, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	name := "Deskbell-test-" + strconv.Itoa(os.Getpid())
	task, err := tasks.Register(name, definition)
	if err != nil {
		t.Fatal(err)
	}
	task.Close()
	if left := tasksLeft(t); len(left) != 1 || left[0] != name {
		t.Errorf("the scheduler keeps %q", left)
	}
	if _, err := tasks.Register(name, definition); err == nil {
		t.Error("a second one of the same name")
	}
	if err := tasks.Delete(name); err != nil {
		t.Error(err)
	}
	if left := tasksLeft(t); left != nil {
		t.Errorf("the scheduler keeps %q", left)
	}
	if err := tasks.Delete(name); err == nil {
		t.Error("deleted twice")
	}
}

// What the scheduler has started is found by what it is, and ended where it has
// too many rights; in Wine every program's integrity is high.
func TestProgramOfATaskIsFound(t *testing.T) {
	s := ownSession(t)
	number, err := strconv.ParseUint(s.ID, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	p := Program{Path: `C:\windows\system32\ping.exe`, Args: []string{"-n", "60", "127.0.0.1"}}
	before := time.Now().Add(-time.Second)
	id, err := Start(t.Context(), s, p)
	if err != nil || id.Pid == 0 {
		t.Fatal(id, err)
	}
	pid, in := uint32(id.Pid), uint32(number)
	if got, ok := startedProgram(pid, in, strings.ToUpper(p.Path), before); !ok || got != id {
		t.Errorf("%+v, %v; want %+v", got, ok, id)
	}
	for name, found := range map[string]func() (processes.ID, bool){
		"of another program":  func() (processes.ID, bool) { return startedProgram(pid, in, `C:\windows\system32\cmd.exe`, before) },
		"in another session":  func() (processes.ID, bool) { return startedProgram(pid, in+1, p.Path, before) },
		"begun later":         func() (processes.ID, bool) { return startedProgram(pid, in, p.Path, time.Now().Add(time.Hour)) },
		"the scheduler's own": func() (processes.ID, bool) { return startedProgram(0, in, p.Path, before) },
	} {
		if got, ok := found(); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, named := range []uint32{pid, 0} {
		if got, err := taskProcess(named, s, in+1, p, before); err != nil || got.Pid != 0 {
			t.Errorf("named %d, in another session: %+v, %v", named, got, err)
		}
	}
	got, err := taskProcess(0, s, in, p, before)
	if !win.Wine() {
		if err != nil || got != id {
			t.Errorf("%+v, %v; want %+v", got, err, id)
		}
		return
	}
	var e *StartError
	if !errors.As(err, &e) || e.Reason != StartRefused {
		t.Errorf("%v, want it refused", err)
	}
	if err := processes.Wait(t.Context(), id); err != nil {
		t.Errorf("it goes on: %v", err)
	}
}

// Without user account control nobody knows what token the program would get.
func TestStartByTaskWithoutAccountControl(t *testing.T) {
	splitTokens(t, 0)
	var e *StartError
	_, err := startByTask(t.Context(), ownSession(t), 1, Program{Path: `C:\windows\system32\cmd.exe`})
	if !errors.As(err, &e) || e.Reason != StartRefused {
		t.Errorf("%v, want it refused", err)
	}
}

func TestTaskErrors(t *testing.T) {
	for result, want := range map[win.HResult]StartReason{
		0x80070005: StartNotPermitted, 0x80070534: StartNoSession, 0x80041320: StartNoSession, 0x80041315: StartFailed,
	} {
		var e *StartError
		if err := taskError(result); !errors.As(err, &e) || e.Reason != want {
			t.Errorf("%#x: %v, want %s", uint32(result), err, want)
		}
	}
	if err := startError(win.HResult(0x800704ec)); !errors.Is(err, windows.ERROR_ACCESS_DISABLED_BY_POLICY) {
		t.Errorf("a result of the scheduler is %v", err)
	}
}
