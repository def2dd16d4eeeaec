package session

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"

	processes "github.com/deskbell/deskbell/internal/process"
)

// desktop is where a person's windows are.
const desktop = `winsta0\default`

// launch starts the program with a token (CreateProcessAsUser), or with 0 as the
// caller, on the desktop of the token's session. It gets no handle but one to nothing, as its streams, and
// is no part of the caller's job where that lets it go.
func launch(token windows.Token, p Program, env []string) (id processes.ID, err error) {
	null, err := openNull()
	if err != nil {
		return id, err
	}
	defer windows.CloseHandle(null) //nolint:errcheck // a handle to nothing
	handles := []windows.Handle{null}
	station, err := wineStation()
	if err != nil {
		return id, err
	}
	if station != 0 {
		defer closeWindowStation.Call(uintptr(station))
		handles = append(handles, station)
	}
	attributes, err := windows.NewProcThreadAttributeList(1)
	if err != nil {
		return id, fmt.Errorf("make a list of attributes: %w", err)
	}
	defer attributes.Delete()
	err = attributes.Update(windows.PROC_THREAD_ATTRIBUTE_HANDLE_LIST, unsafe.Pointer(&handles[0]),
		uintptr(len(handles))*unsafe.Sizeof(handles[0]))
	if err != nil {
		return id, fmt.Errorf("make a list of handles: %w", err)
	}
	startup := windows.StartupInfoEx{ProcThreadAttributeList: attributes.List()}
	startup.Cb = uint32(unsafe.Sizeof(startup))
	startup.Flags = windows.STARTF_USESTDHANDLES
	startup.StdInput, startup.StdOutput, startup.StdErr = null, null, null
	if startup.Desktop, err = windows.UTF16PtrFromString(desktop); err != nil {
		return id, err
	}
	path, err := windows.UTF16PtrFromString(p.Path)
	if err != nil {
		return id, err
	}
	// A folder that it keeps from being removed while it runs anyway.
	dir, err := windows.UTF16PtrFromString(filepath.Dir(p.Path))
	if err != nil {
		return id, err
	}
	line := windows.ComposeCommandLine(append([]string{p.Path}, p.Args...))
	block := environmentBlock(newEnviron(sameName, env, p.Env).list())
	var started windows.ProcessInformation
	create := func(flags uint32) error {
		line, err := windows.UTF16PtrFromString(line) // CreateProcess may write in it
		if err != nil {
			return err
		}
		if token == 0 {
			return windows.CreateProcess(path, line, nil, nil, true, flags, &block[0], dir, &startup.StartupInfo, &started)
		}
		return windows.CreateProcessAsUser(token, path, line, nil, nil, true, flags, &block[0], dir, &startup.StartupInfo, &started)
	}
	const flags = windows.CREATE_UNICODE_ENVIRONMENT | windows.EXTENDED_STARTUPINFO_PRESENT |
		windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP
	err = create(flags | windows.CREATE_BREAKAWAY_FROM_JOB)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		err = create(flags) // of a job that lets none go, or it may not be executed
	}
	if err != nil {
		return id, startError(fmt.Errorf("create the process: %w", err))
	}
	// The handle keeps the pid from being another's meanwhile.
	defer windows.CloseHandle(started.Process) //nolint:errcheck // of ours
	if err := windows.CloseHandle(started.Thread); err != nil {
		return id, err
	}
	id, err = processes.Of(int(started.ProcessId))
	if err != nil {
		return processes.ID{}, nil // it has ended, or may not be looked at
	}
	return id, nil
}

// openNull opens NUL so that a child may inherit it.
func openNull() (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString("NUL")
	if err != nil {
		return 0, err
	}
	inherit := windows.SecurityAttributes{InheritHandle: 1}
	inherit.Length = uint32(unsafe.Sizeof(inherit))
	null, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, &inherit, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return 0, fmt.Errorf("open NUL: %w", err)
	}
	return null, nil
}

// environmentBlock is an environment as CreateProcess takes it: sorted, each
// variable and the whole with a final NUL.
func environmentBlock(env []string) []uint16 {
	env = slices.Clone(env)
	slices.SortStableFunc(env, func(a, b string) int { return strings.Compare(strings.ToUpper(a), strings.ToUpper(b)) })
	var block []uint16
	for _, v := range env {
		block = append(append(block, utf16.Encode([]rune(v))...), 0)
	}
	if len(block) == 0 {
		block = append(block, 0)
	}
	return append(block, 0)
}
