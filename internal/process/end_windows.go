package process

import (
	"errors"
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

// endAccess is what is needed to look at a process and to end it.
const (
	lookAccess = windows.SYNCHRONIZE | windows.PROCESS_QUERY_LIMITED_INFORMATION | windows.PROCESS_VM_READ
	endAccess  = lookAccess | windows.PROCESS_TERMINATE
)

func (id ID) about() (about About, err error) {
	h, err := openFor(id.Pid, lookAccess)
	if err != nil {
		return about, fmt.Errorf("open process %d: %w", id.Pid, err)
	}
	defer windows.CloseHandle(h)
	if !id.runs(h) {
		return about, fs.ErrNotExist
	}
	if about, err = aboutOf(h); err != nil {
		return about, fmt.Errorf("look at process %d: %w", id.Pid, err)
	}
	return about, nil
}

// end holds the process by its handle: as long as that is open, the pid is no
// other's.
func (id ID) end(check func(About) error) error {
	h, err := openFor(id.Pid, endAccess)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", id.Pid, err)
	}
	defer windows.CloseHandle(h)
	if !id.runs(h) {
		return nil
	}
	about, err := aboutOf(h)
	if err != nil {
		return fmt.Errorf("look at process %d: %w", id.Pid, err)
	}
	if err := check(about); err != nil {
		return err
	}
	if err := windows.TerminateProcess(h, 1); err != nil && !ended(h) {
		return fmt.Errorf("end process %d: %w", id.Pid, err)
	}
	return nil
}

// openFor opens a process; another user's with the privilege that administrators
// have and must ask for.
func openFor(pid int, access uint32) (windows.Handle, error) {
	if pid <= 0 {
		return 0, fs.ErrNotExist
	}
	h, err := windows.OpenProcess(access, false, uint32(pid))
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		_ = win.WithPrivilege("SeDebugPrivilege", func() error {
			privileged, err2 := windows.OpenProcess(access, false, uint32(pid))
			if err2 == nil {
				h, err = privileged, nil
			}
			return err2
		})
	}
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		err = fs.ErrNotExist
	}
	return h, err
}

func aboutOf(h windows.Handle) (about About, err error) {
	var token windows.Token
	if err := windows.OpenProcessToken(h, windows.TOKEN_QUERY, &token); err != nil {
		return about, fmt.Errorf("open its token: %w", err)
	}
	defer token.Close()
	user, err := token.GetTokenUser()
	if err != nil {
		return about, fmt.Errorf("read its user: %w", err)
	}
	about.UID = user.User.Sid.String()
	const full = 2 // TokenElevationTypeFull
	kind, err := win.TokenNumber(token, windows.TokenElevationType)
	if err != nil {
		return about, fmt.Errorf("read its elevation: %w", err)
	}
	about.Elevated = kind == full
	image := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(image))
	if err := windows.QueryFullProcessImageName(h, 0, &image[0], &size); err != nil {
		return about, fmt.Errorf("read its image: %w", err)
	}
	about.Image = windows.UTF16ToString(image[:size])
	line, err := commandLineOf(h)
	if err != nil {
		return about, fmt.Errorf("read its command line: %w", err)
	}
	if about.Args, err = windows.DecomposeCommandLine(line); err != nil {
		return about, fmt.Errorf("read its command line: %w", err)
	}
	return about, nil
}

// commandLineOf reads it where the process has it, in its memory: Wine and
// Windows before 8.1 do not tell it otherwise (ProcessCommandLineInformation).
// Addresses there are no pointers here.
func commandLineOf(h windows.Handle) (string, error) {
	var basic windows.PROCESS_BASIC_INFORMATION
	var words [unsafe.Sizeof(basic) / unsafe.Sizeof(uintptr(0))]uintptr
	size := uint32(unsafe.Sizeof(basic))
	if err := windows.NtQueryInformationProcess(h, windows.ProcessBasicInformation, unsafe.Pointer(&words), size, &size); err != nil {
		return "", err
	}
	peb := words[unsafe.Offsetof(basic.PebBaseAddress)/unsafe.Sizeof(uintptr(0))]
	parameters, err := wordAt(h, peb+unsafe.Offsetof(windows.PEB{}.ProcessParameters))
	if err != nil {
		return "", err
	}
	line := parameters + unsafe.Offsetof(windows.RTL_USER_PROCESS_PARAMETERS{}.CommandLine)
	length, err := wordAt(h, line+unsafe.Offsetof(windows.NTUnicodeString{}.Length))
	if err != nil {
		return "", err
	}
	text, err := wordAt(h, line+unsafe.Offsetof(windows.NTUnicodeString{}.Buffer))
	if err != nil {
		return "", err
	}
	units := make([]uint16, uint16(length)/2)
	if len(units) == 0 {
		return "", nil
	}
	err = windows.ReadProcessMemory(h, text, (*byte)(unsafe.Pointer(&units[0])), uintptr(2*len(units)), nil)
	return windows.UTF16ToString(units), err
}

// wordAt reads a word of another process's memory.
func wordAt(h windows.Handle, address uintptr) (word uintptr, err error) {
	err = windows.ReadProcessMemory(h, address, (*byte)(unsafe.Pointer(&word)), unsafe.Sizeof(word), nil)
	return word, err
}
