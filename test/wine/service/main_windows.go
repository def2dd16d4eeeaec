// Command service is a Windows service that asks a person something, written as
// a stranger to this project would write it who has only docs/protocol.md: plain
// registry calls, nothing of ours.
//
// It asks in the user mailbox by HKEY_CURRENT_USER, because under Wine the
// service has the user's SID. On Windows it would write to the assigned mailbox,
// below HKEY_LOCAL_MACHINE.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// report is what the service leaves for the test to read.
type report struct {
	Station string `json:"station"` // the window station it runs in
	Status  string `json:"status"`
	Button  uint64 `json:"button"`
	Choice  string `json:"choice"`
	Error   string `json:"error,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("want install|run NAME QUEUE REPORT, got %q", args)
	}
	name, queue, file := args[1], args[2], args[3]
	switch args[0] {
	case "install":
		return install(name, queue, file)
	case "run":
		return svc.Run(name, &asker{queue: queue, file: file})
	}
	return fmt.Errorf("unknown command %q", args[0])
}

// install makes a service of this program and starts it.
func install(name, queue, file string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	manager, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("connect to the service manager: %w", err)
	}
	defer manager.Disconnect()
	service, err := manager.CreateService(name, exe, mgr.Config{}, "run", name, queue, file)
	if err != nil {
		return fmt.Errorf("create service: %w", err)
	}
	defer service.Close()
	if err := service.Start(); err != nil {
		return fmt.Errorf("start service: %w", err)
	}
	return nil
}

// asker is the service: it asks once, writes its report and stops.
type asker struct {
	queue, file string
}

func (a *asker) Execute(_ []string, requests <-chan svc.ChangeRequest, changes chan<- svc.Status) (bool, uint32) {
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return true, 1
	}
	defer windows.CloseHandle(stop)
	done := make(chan error, 1)
	go func() { done <- a.ask(stop) }()
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	changes <- running
	for {
		select {
		case err := <-done:
			changes <- svc.Status{State: svc.StopPending}
			if err != nil {
				return true, 2
			}
			return false, 0
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				changes <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				if err := windows.SetEvent(stop); err != nil {
					return true, 3
				}
			}
		}
	}
}

// ask asks and writes the report, whole, under its name.
func (a *asker) ask(stop windows.Handle) error {
	station, err := stationName()
	r := report{Station: station}
	if err == nil {
		err = ask(a.queue, fmt.Sprintf("service-%d", time.Now().UnixNano()), stop, &r)
	}
	if err != nil {
		r.Error = err.Error()
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.file+".part", text, 0o644); err != nil {
		return err
	}
	return os.Rename(a.file+".part", a.file)
}
