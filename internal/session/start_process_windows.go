package session

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"

	processes "github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/win"
)

// desktop is where a person's windows are.
const desktop = `winsta0\default`

// launch starts the program with a token, or with 0 as the caller, on the desktop of
// the token's session. It gets no handle but one to nothing, as its streams, and is
// no part of the caller's job where that lets it go.
func launch(token windows.Token, p Program, env []string) (id processes.ID, err error) {
	null, err := win.OpenNull()
	if err != nil {
		return id, err
	}
	defer windows.CloseHandle(null) //nolint:errcheck // a handle to nothing
	n := win.NewProcess{
		// A folder that it keeps from being removed while it runs anyway.
		Path: p.Path, Dir: filepath.Dir(p.Path), Args: append([]string{p.Path}, p.Args...),
		Env: newEnviron(sameName, env, p.Env).list(), Desktop: desktop, Token: token,
		Streams: [3]windows.Handle{null, null, null},
		Flags:   windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_BREAKAWAY_FROM_JOB,
	}
	station, err := wineStation()
	if err != nil {
		return id, err
	}
	if station != 0 {
		defer closeWindowStation.Call(uintptr(station))
		n.Handles = append(n.Handles, station)
	}
	started, err := n.Start()
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		n.Flags &^= windows.CREATE_BREAKAWAY_FROM_JOB // of a job that lets none go, or it may not be executed
		started, err = n.Start()
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
