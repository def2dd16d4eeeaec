package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/google/uuid"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	processes "github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/win"
)

// taskStart is how long the scheduler may take to start a program.
const taskStart = 20 * time.Second

// startByTask has the task scheduler start the program, by a task that is
// deleted as soon as it has. That is how an administrator who is not the system
// gets at another person's token.
func startByTask(ctx context.Context, s Session, number uint32, p Program) (id processes.ID, err error) {
	if len(p.Env) > 0 {
		return id, errors.New("a program that the task scheduler starts cannot be given variables")
	}
	// Nobody can look at the token first, so it must be sure what it will be.
	if !accountControlOf().splits(s.UID) {
		return id, &StartError{
			Reason: StartRefused, Err: errors.New("without user account control the program could have an administrator's rights"),
			hint: "install the Deskbell service, or run as SYSTEM",
		}
	}
	definition, err := taskXML(s.UID, p.Path, windows.ComposeCommandLine(p.Args), filepath.Dir(p.Path), time.Now())
	if err != nil {
		return id, err
	}
	tasks, err := win.OpenTasks()
	if err != nil {
		return id, taskError(fmt.Errorf("connect to the task scheduler: %w", err))
	}
	defer tasks.Close()
	name := "Deskbell-" + uuid.NewString()
	task, err := tasks.Register(name, definition)
	if err != nil {
		return id, taskError(fmt.Errorf("make a task: %w", err))
	}
	defer task.Close()
	defer func() {
		if gone := tasks.Delete(name); gone != nil {
			err = errors.Join(err, fmt.Errorf("delete the task %s: %w", name, gone))
		}
	}()
	before := time.Now().Add(-time.Second)
	running, err := task.Run(number, s.UID)
	if err != nil {
		// Not in every Windows may the session be chosen.
		running, err = task.Run(0, "")
	}
	if err != nil {
		return id, taskError(fmt.Errorf("run a task: %w", err))
	}
	defer running.Close()
	pid, err := underWay(ctx, task, running)
	if err != nil {
		return id, err
	}
	return taskProcess(pid, s, number, p, before)
}

// underWay waits until the scheduler has started the program, and returns its
// process, or 0 where it is over already. The scheduler tells nobody, so it is
// asked.
func underWay(ctx context.Context, task *win.Task, running *win.RunningTask) (uint32, error) {
	for end := time.Now().Add(taskStart); ; {
		pid, err := running.Pid()
		if pid != 0 {
			return pid, nil
		}
		if err != nil { // it is over
			result, err := task.LastResult()
			if err != nil || result>>16 != 0x8007 {
				return 0, nil
			}
			return 0, startError(fmt.Errorf("run a task: %w", win.HResult(result)))
		}
		if time.Now().After(end) {
			return 0, fmt.Errorf("the task scheduler has not started it within %s", taskStart)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// taskProcess finds the process of the program: that which the scheduler
// names, if that is the program, or the only one of that program that has begun
// in the session since. Where there is none, or several, it is not known.
func taskProcess(pid uint32, s Session, number uint32, p Program, since time.Time) (processes.ID, error) {
	id, ok := startedProgram(pid, number, p.Path, since)
	if !ok {
		var found []processes.ID
		for _, pid := range processesIn(number) {
			if id, ok := startedProgram(pid, number, p.Path, since); ok {
				found = append(found, id)
			}
		}
		if len(found) != 1 {
			return processes.ID{}, nil
		}
		id = found[0]
	}
	return id, unsuspicious(id, s)
}

// unsuspicious ends a process that is another person's or has an
// administrator's rights. One whose token may not be looked at is what the
// scheduler was told.
func unsuspicious(id processes.ID, s Session) error {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION|windows.PROCESS_TERMINATE, false, uint32(id.Pid))
	if err != nil {
		return nil
	}
	defer windows.CloseHandle(process) //nolint:errcheck // opened to look only
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return nil
	}
	defer token.Close()
	facts, err := factsOf(token)
	if err != nil || facts.user == s.UID && !facts.elevated() {
		return err
	}
	return &StartError{
		Reason: StartRefused,
		Err:    errors.Join(fmt.Errorf("the task scheduler started it as %s, elevated: %t", facts.user, facts.elevated()), windows.TerminateProcess(process, 1)),
	}
}

// startedProgram is the process, if it is one of the program that has begun in
// the session since then.
func startedProgram(pid, number uint32, path string, since time.Time) (id processes.ID, ok bool) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return id, false
	}
	defer windows.CloseHandle(process) //nolint:errcheck // opened to look only
	name := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(name))
	if err := windows.QueryFullProcessImageName(process, 0, &name[0], &size); err != nil {
		return id, false
	}
	var in uint32
	if err := windows.ProcessIdToSessionId(pid, &in); err != nil {
		return id, false
	}
	var creation, exit, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(process, &creation, &exit, &kernel, &user); err != nil {
		return id, false
	}
	at := int64(creation.HighDateTime)<<32 | int64(creation.LowDateTime)
	ok = in == number && strings.EqualFold(windows.UTF16ToString(name[:size]), path) && !time.Unix(0, creation.Nanoseconds()).Before(since)
	return processes.ID{Pid: int(pid), Started: strconv.FormatInt(at, 10)}, ok
}

func processesIn(number uint32) (pids []uint32) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil
	}
	defer windows.CloseHandle(snapshot) //nolint:errcheck // opened to look only
	entry := windows.ProcessEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		var in uint32
		if windows.ProcessIdToSessionId(entry.ProcessID, &in) == nil && in == number {
			pids = append(pids, entry.ProcessID)
		}
	}
	return pids
}

// accountControlOf reads how user account control is set.
func accountControlOf() accountControl {
	const path = `SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return accountControl{}
	}
	defer key.Close()
	on, _, err := key.GetIntegerValue("EnableLUA")
	if err != nil {
		return accountControl{}
	}
	builtIn, _, err := key.GetIntegerValue("FilterAdministratorToken")
	return accountControl{on: on != 0, builtIn: err == nil && builtIn != 0}
}

// taskError tells apart what the task scheduler says.
func taskError(err error) error {
	const help = "install the Deskbell service, or run as SYSTEM"
	var result win.HResult
	if errors.As(err, &result) {
		switch result {
		case 0x80070005: // E_ACCESSDENIED
			return &StartError{Reason: StartNotPermitted, Err: err, hint: help}
		case 0x80070534, // ERROR_NONE_MAPPED
			0x80041320: // SCHED_E_USER_NOT_LOGGED_ON
			return &StartError{Reason: StartNoSession, Err: err}
		}
	}
	return &StartError{Reason: StartFailed, Err: err, hint: help}
}
