package soak

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/session"
)

const (
	programName = "deskbell.exe"
	hostFile    = hostName + ".exe"
	// pause is the longest between two kills: about what a message takes.
	pause = 1500 * time.Millisecond
	// kills are so many as Wine needs a minute or two for.
	kills = 100
	// killedStatus tells those that were killed from those that ended.
	killedStatus = 0x6b696c
)

// built is the path of a program in build, which `make build` has made.
func built(name string) string { return filepath.Join("..", "..", "build", name) }

func aside(*testing.T) bool { return true }

func tie(*exec.Cmd) {}

// kill kills a process, whose number stays its own as long as p is there.
func kill(p *os.Process) error {
	h, err := windows.OpenProcess(windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err != nil {
		return err
	}
	return errors.Join(windows.TerminateProcess(h, killedStatus), windows.CloseHandle(h))
}

func wasKilled(state *os.ProcessState) bool { return state.ExitCode() == killedStatus }

// end ends a monitor as a user does; the service, which has nobody to tell it
// here, is killed.
func end(w *world, cmd *exec.Cmd) error {
	if slices.Contains(cmd.Args, "monitor") {
		return w.command("monitor", "stop").Run()
	}
	return kill(cmd.Process)
}

// prepare makes the places of the test, which has a Windows of its own.
func prepare(w *world) {
	t := w.t
	t.Helper()
	w.dir, w.passes = t.TempDir(), true
	w.ui = "host:" + filepath.Join(w.dir, hostFile)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DESKBELL_") {
			w.env = append(w.env, v)
		}
	}
	w.env = append(w.env, "DESKBELL_QUEUE="+queue)
	// Monitors that the service starts have the user's environment.
	environment, _, err := registry.CreateKey(registry.CURRENT_USER, "Environment", registry.SET_VALUE)
	check(t, err)
	check(t, environment.SetStringValue("DESKBELL_UI", w.ui))
	check(t, environment.Close())
	user := session.UID()
	w.places = []mailbox.Place{
		{Queue: queue, Scope: mailbox.ScopeAssigned, UID: user},
		{Queue: queue, Scope: mailbox.ScopeService, UID: user},
		{Queue: queue, Scope: mailbox.ScopeMachine},
	}
	w.directories = []string{user}
	w.leaving = func() string { return windowsLeft() + processesLeft(w) }
}

var (
	user32          = windows.NewLazySystemDLL("user32.dll")
	createWindowExW = user32.NewProc("CreateWindowExW")
	destroyWindow   = user32.NewProc("DestroyWindow")
	findWindowExW   = user32.NewProc("FindWindowExW")
	getWindowTextW  = user32.NewProc("GetWindowTextW")
	suspendThread   = windows.NewLazySystemDLL("kernel32.dll").NewProc("SuspendThread")
)

// openWindow shows a window on the desktop of this process.
func openWindow(id string) (func(), error) {
	const overlapped, visible = 0, 0x10000000
	class, title := windows.StringToUTF16Ptr("STATIC"), windows.StringToUTF16Ptr("soak "+id)
	window, _, err := createWindowExW.Call(0, uintptr(unsafe.Pointer(class)), uintptr(unsafe.Pointer(title)), overlapped|visible, 0, 0, 200, 100, 0, 0, 0, 0)
	if window == 0 {
		return nil, err
	}
	return func() { _, _, _ = destroyWindow.Call(window) }, nil
}

// windowsLeft names the windows of ours that are still on the desktop.
func windowsLeft() string {
	var left []string
	for window := uintptr(0); ; {
		if window, _, _ = findWindowExW.Call(0, window, 0, 0); window == 0 {
			return strings.Join(left, ", ")
		}
		text := make([]uint16, 200)
		_, _, _ = getWindowTextW.Call(window, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
		if title := windows.UTF16ToString(text); strings.HasPrefix(title, "soak ") || strings.HasPrefix(title, "deskbell") {
			left = append(left, title)
		}
	}
}

// processesLeft names the programs of ours that still run. One whose creator
// was killed within CreateProcess never ran, and nobody can keep it from being
// left (docs/security.md): it is ended, and counted.
func processesLeft(w *world) string {
	t := w.t
	t.Helper()
	all, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS|windows.TH32CS_SNAPTHREAD, 0)
	check(t, err)
	defer windows.CloseHandle(all)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	var left []string
	for err = windows.Process32First(all, &entry); err == nil; err = windows.Process32Next(all, &entry) {
		name := windows.UTF16ToString(entry.ExeFile[:])
		if !strings.HasPrefix(strings.ToLower(name), "deskbell") {
			continue
		}
		if unborn(t, all, entry.ProcessID) {
			p, err := os.FindProcess(int(entry.ProcessID))
			check(t, err)
			check(t, errors.Join(kill(p), p.Release()))
			w.unborn++
		}
		left = append(left, fmt.Sprintf("%d %s", entry.ProcessID, name))
	}
	if !errors.Is(err, syscall.ERROR_NO_MORE_FILES) {
		t.Error(err)
	}
	return strings.Join(left, ", ")
}

// unborn reports whether a process has one thread, which has not been let run.
func unborn(t *testing.T, all windows.Handle, pid uint32) bool {
	t.Helper()
	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	var threads []uint32
	var err error
	for err = windows.Thread32First(all, &entry); err == nil; err = windows.Thread32Next(all, &entry) {
		if entry.OwnerProcessID == pid {
			threads = append(threads, entry.ThreadID)
		}
	}
	if !errors.Is(err, syscall.ERROR_NO_MORE_FILES) {
		t.Error(err)
	}
	if len(threads) != 1 {
		return false
	}
	thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, threads[0])
	if err != nil {
		return false // it has ended
	}
	defer windows.CloseHandle(thread)
	before, _, _ := suspendThread.Call(uintptr(thread))
	_, err = windows.ResumeThread(thread)
	check(t, err)
	return int32(before) > 0
}

// lookForFiles looks for keys that nobody would ever clear away.
func lookForFiles(w *world) {
	t := w.t
	t.Helper()
	const path = `SOFTWARE\Deskbell\Queues\` + queue
	own := path + `\Users\` + w.directories[0]
	for _, place := range []struct {
		root registry.Key
		path string
	}{
		{registry.CURRENT_USER, path},
		{registry.LOCAL_MACHINE, path},
		{registry.LOCAL_MACHINE, own},
		{registry.LOCAL_MACHINE, own + `\Service`},
	} {
		sweepLater(t, mailbox.NewRegistry(place.root, place.path))
		for _, box := range []string{"Inbox", "Outbox", "Monitor"} {
			key, err := registry.OpenKey(place.root, place.path+`\`+box, registry.ENUMERATE_SUB_KEYS)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			check(t, err)
			names, err := key.ReadSubKeyNames(-1)
			check(t, errors.Join(err, key.Close()))
			for _, name := range names {
				t.Errorf(`%s\%s\%s is left`, place.path, box, name)
			}
		}
	}
}
