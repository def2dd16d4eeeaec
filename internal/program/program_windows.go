package program

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// fold is a name as it is compared: in lower case and with its ending.
func fold(name string) string {
	name = strings.ToLower(name)
	if name != "" && filepath.Ext(name) == "" {
		name += ".exe"
	}
	return name
}

// list looks at all that runs.
func (p Patterns) list() ([]Program, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(snapshot) //nolint:errcheck // nothing is written to it
	var found []Program
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		var session uint32
		if int(entry.ProcessID) == os.Getpid() || windows.ProcessIdToSessionId(entry.ProcessID, &session) != nil {
			continue
		}
		if program, ok := look(entry.ProcessID, session); ok && p.match(program.Image) {
			program.Name = nameOf(program.Image)
			found = append(found, program)
		}
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return nil, err
	}
	return found, nil
}

// look is what there is to be known of a process, but for what it is called; false
// where it has ended, or is none of ours to look at.
func look(pid, session uint32) (Program, bool) {
	id, err := process.Of(int(pid))
	if err != nil {
		return Program{}, false
	}
	about, err := id.About()
	return Program{
		ID: id, Image: about.Image, Args: about.Args, UID: about.UID,
		Session: strconv.FormatUint(uint64(session), 10), OfPerson: session != 0, Elevated: about.Elevated,
	}, err == nil
}

// nameOf is the description in a program's file, where only administrators could
// have written it, else the file's name: who reads the file is the system, for whom
// a path to another computer is a journey there under its own account, and what a
// person says of his own programs is not to stand where an administrator speaks.
func nameOf(image string) string {
	if trust.AdminsOnly(image) == nil {
		if description := descriptionOf(image); description != "" {
			return description
		}
	}
	return strings.TrimSuffix(filepath.Base(image), filepath.Ext(image))
}

// descriptionOf is the description in the version of a program's file, "" where it
// has none.
func descriptionOf(image string) string {
	size, err := windows.GetFileVersionInfoSize(image, nil)
	if err != nil || size == 0 || size > 1<<20 {
		return ""
	}
	block := make([]byte, size)
	if windows.GetFileVersionInfo(image, 0, size, unsafe.Pointer(&block[0])) != nil {
		return ""
	}
	var languages *[2]uint16 // of the first: language, code page
	var length uint32
	if windows.VerQueryValue(unsafe.Pointer(&block[0]), `\VarFileInfo\Translation`, unsafe.Pointer(&languages), &length) != nil || length < 4 {
		return ""
	}
	path := fmt.Sprintf(`\StringFileInfo\%04x%04x\FileDescription`, languages[0], languages[1])
	var text *uint16
	if windows.VerQueryValue(unsafe.Pointer(&block[0]), path, unsafe.Pointer(&text), &length) != nil || length == 0 {
		return ""
	}
	return strings.TrimSpace(windows.UTF16ToString(unsafe.Slice(text, length)))
}

// closePolitely sends WM_CLOSE to the windows of a program: those that are seen
// and belong to no other, as its taskbar buttons would.
func closePolitely(p Program) error {
	if !p.Running() {
		return nil
	}
	windowsOf, err := win.TopWindows(uint32(p.Pid))
	if err != nil {
		return err
	}
	if len(windowsOf) == 0 {
		return ErrNoWindow
	}
	var errs []error
	for _, w := range windowsOf {
		// One may have closed meanwhile.
		if err := win.Post(w, win.MessageClose, 0, 0); err != nil && !errors.Is(err, windows.ERROR_INVALID_WINDOW_HANDLE) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
