// Command starter is a service of Windows that starts a program in the session
// at the console, which is itself: it shows a box, and says where it ran.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
)

// report is what the service and what it has started say of themselves.
type report struct {
	Station string     `json:"station"` // the window station it runs in
	Process process.ID `json:"process"` // its own; of the service, what it has started
	Button  int32      `json:"button"`
	Error   string     `json:"error,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "starter:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("want install|run|show NAME REPORT, got %q", args)
	}
	name, file := args[1], args[2]
	switch args[0] {
	case "install":
		return install(name, file)
	case "run":
		return svc.Run(name, &starter{file: file})
	case "show":
		return show(name, file)
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func install(name, file string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	manager, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("connect to the service manager: %w", err)
	}
	defer manager.Disconnect()
	service, err := manager.CreateService(name, exe, mgr.Config{}, "run", name, file)
	if err != nil {
		return fmt.Errorf("create service: %w", err)
	}
	defer service.Close()
	if err := service.Start(); err != nil {
		return fmt.Errorf("start service: %w", err)
	}
	return nil
}

// starter is the service: it starts the program, says so and stops.
type starter struct{ file string }

func (s *starter) Execute(_ []string, _ <-chan svc.ChangeRequest, changes chan<- svc.Status) (bool, uint32) {
	changes <- svc.Status{State: svc.Running}
	var r report
	var err error
	if r.Station, err = stationName(); err == nil {
		r.Process, err = start(s.file)
	}
	if err != nil {
		r.Error = err.Error()
	}
	err = r.write(s.file)
	changes <- svc.Status{State: svc.StopPending}
	return err != nil, 1
}

func start(file string) (process.ID, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sessions, err := session.List(ctx)
	if err != nil {
		return process.ID{}, err
	}
	if len(sessions) == 0 {
		return process.ID{}, errors.New("nobody is logged on")
	}
	exe, err := os.Executable()
	if err != nil {
		return process.ID{}, err
	}
	return session.Start(ctx, sessions[0], session.Program{Path: exe, Args: []string{"show", "Started by a service", file + ".shown"}})
}

// show asks something on whatever desktop this is.
func show(title, file string) error {
	var r report
	var err error
	if r.Process, err = process.Self(); err != nil {
		return err
	}
	if r.Station, err = stationName(); err != nil {
		return err
	}
	text, err := windows.UTF16PtrFromString("Is this your desktop?")
	if err != nil {
		return err
	}
	caption, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return err
	}
	// The box has a thread of its own, as windows have. This one is kept from it.
	runtime.LockOSThread()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		var err error
		r.Button, err = windows.MessageBox(0, text, caption, windows.MB_YESNO)
		done <- err
	}()
	if err := <-done; err != nil {
		r.Error = err.Error()
	}
	return r.write(file)
}

func (r report) write(file string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".part", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

func stationName() (string, error) {
	user32 := windows.NewLazySystemDLL("user32.dll")
	station, _, err := user32.NewProc("GetProcessWindowStation").Call()
	if station == 0 {
		return "", fmt.Errorf("GetProcessWindowStation: %w", err)
	}
	const nameOf = 2 // UOI_NAME
	name := make([]uint16, 256)
	ok, _, err := user32.NewProc("GetUserObjectInformationW").Call(station, nameOf,
		uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)*2), 0)
	if ok == 0 {
		return "", fmt.Errorf("GetUserObjectInformation: %w", err)
	}
	return windows.UTF16ToString(name), nil
}
