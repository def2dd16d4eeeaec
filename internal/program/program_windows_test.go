package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/process"
)

var (
	user32        = windows.NewLazySystemDLL("user32.dll")
	createWindow  = user32.NewProc("CreateWindowExW")
	getMessage    = user32.NewProc("GetMessageW")
	dispatch      = user32.NewProc("DispatchMessageW")
	defProc       = user32.NewProc("DefWindowProcW")
	registerClass = user32.NewProc("RegisterClassExW")
)

// be is a program with a window that closes when it is asked to, or does not.
func be(as string) int {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	type class struct {
		size, style             uint32
		proc                    uintptr
		classExtra, windowExtra int32
		instance, icon, cursor  uintptr
		background, menu        uintptr
		name                    *uint16
		smallIcon               uintptr
	}
	name, _ := windows.UTF16PtrFromString("acme")
	c := class{name: name}
	c.size = uint32(unsafe.Sizeof(c))
	c.proc = windows.NewCallback(func(window uintptr, message uint32, w, l uintptr) uintptr {
		const closing = 0x10 // WM_CLOSE
		switch {
		case message == closing && as == "obedient":
			os.Exit(0)
		case message == closing:
			return 0
		}
		r, _, _ := defProc.Call(window, uintptr(message), w, l)
		return r
	})
	if atom, _, err := registerClass.Call(uintptr(unsafe.Pointer(&c))); atom == 0 {
		fmt.Println(err)
		return 1
	}
	const overlappedVisible = 0x10CF0000
	if window, _, err := createWindow.Call(0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)), overlappedVisible, 0, 0, 200, 100, 0, 0, 0, 0); window == 0 {
		fmt.Println(err)
		return 1
	}
	fmt.Println("ready")
	var message [64]byte
	for {
		if r, _, _ := getMessage.Call(uintptr(unsafe.Pointer(&message[0])), 0, 0, 0); int32(r) <= 0 {
			return 0
		}
		_, _, _ = dispatch.Call(uintptr(unsafe.Pointer(&message[0])))
	}
}

// A program is called what the version of its file says, if only administrators
// can have written that.
func TestNameOf(t *testing.T) {
	directory, err := windows.GetWindowsDirectory()
	check(t, err)
	editor := directory + `\regedit.exe`
	if description := descriptionOf(editor); !strings.HasSuffix(description, "Registry Editor") {
		t.Errorf("regedit describes itself as %q", description)
	}
	mine := filepath.Join(t.TempDir(), "mine.exe")
	program, err := os.ReadFile(editor)
	check(t, err)
	check(t, os.WriteFile(mine, program, 0o700))
	if description := descriptionOf(mine); description != descriptionOf(editor) {
		t.Errorf("the copy describes itself as %q", description)
	}
	for image, want := range map[string]string{
		mine: "mine", `C:\nowhere\acme.exe`: "acme", `\\elsewhere.invalid\share\acme.exe`: "acme",
	} {
		if name := nameOf(image); name != want {
			t.Errorf("%s is called %q, want %q", image, name, want)
		}
	}
}

// A program without a window cannot be asked.
func TestCloseWithoutWindow(t *testing.T) {
	self, err := process.Self()
	check(t, err)
	if err := closePolitely(Program{ID: self}); err != ErrNoWindow {
		t.Errorf("%v", err)
	}
}

// The Restart Manager is asked; Wine's knows of nobody.
func TestUsing(t *testing.T) {
	dir := t.TempDir()
	if programs, err := Using(dir); err != nil || len(programs) != 0 {
		t.Errorf("an empty folder: %+v, %v", programs, err)
	}
	check(t, os.WriteFile(dir+`\file`, []byte("text"), 0o600))
	if _, err := Using(dir); err != nil {
		t.Error(err)
	}
	if _, err := Using(dir + `\missing`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
