package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/windows"
)

func open(pid int) (windows.Handle, error) {
	h, err := windows.OpenProcess(windows.SYNCHRONIZE|windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) || pid <= 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return 0, fmt.Errorf("look at process %d: %w", pid, err)
	}
	return h, nil
}

// started returns the creation time in 100 ns since 1601.
func started(h windows.Handle) (int64, error) {
	var creation, exit, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(h, &creation, &exit, &kernel, &user); err != nil {
		return 0, fmt.Errorf("read the creation time of a process: %w", err)
	}
	return int64(creation.HighDateTime)<<32 | int64(creation.LowDateTime), nil
}

// ended reports whether the process has ended; its object lives on as long as
// somebody has it open.
func ended(h windows.Handle) bool {
	event, err := windows.WaitForSingleObject(h, 0)
	return err == nil && event == windows.WAIT_OBJECT_0
}

func of(pid int) (ID, error) {
	h, err := open(pid)
	if err != nil {
		return ID{}, err
	}
	defer windows.CloseHandle(h)
	if pid != os.Getpid() && ended(h) {
		return ID{}, fmt.Errorf("look at process %d: %w", pid, fs.ErrNotExist)
	}
	at, err := started(h)
	if err != nil {
		return ID{}, err
	}
	return ID{pid, strconv.FormatInt(at, 10)}, nil
}

func (id ID) running() bool {
	h, err := open(id.Pid)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer windows.CloseHandle(h)
	return id.runs(h)
}

func (id ID) runs(h windows.Handle) bool {
	if ended(h) {
		return false
	}
	at, err := started(h)
	return err != nil || id.startedAt(at)
}

// startedAt compares in whole milliseconds: what writes the record may have
// no finer clock.
func (id ID) startedAt(at int64) bool {
	const millisecond = 10_000
	if id.Started == "" {
		return true
	}
	recorded, err := strconv.ParseInt(id.Started, 10, 64)
	return err == nil && recorded/millisecond == at/millisecond
}

func (id ID) sameUser() bool {
	own, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err != nil || id.belongsTo(own.User.Sid.String())
}

func (id ID) belongsTo(user string) bool {
	h, err := open(id.Pid)
	if err != nil {
		return true
	}
	defer windows.CloseHandle(h)
	var token windows.Token
	if err := windows.OpenProcessToken(h, windows.TOKEN_QUERY, &token); err != nil {
		return true
	}
	defer token.Close()
	theirs, err := token.GetTokenUser()
	return err != nil || strings.EqualFold(theirs.User.Sid.String(), user)
}

func wait(ctx context.Context, id ID) error {
	h, err := open(id.Pid)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errUnsupported
	}
	defer windows.CloseHandle(h)
	if !id.runs(h) {
		return nil
	}
	cancelled, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return errUnsupported
	}
	defer windows.CloseHandle(cancelled)
	signalled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(signalled)
		_ = windows.SetEvent(cancelled)
	})
	defer func() {
		if !stop() {
			<-signalled
		}
	}()
	_, err = windows.WaitForMultipleObjects([]windows.Handle{h, cancelled}, false, windows.INFINITE)
	if err != nil {
		return errUnsupported
	}
	return nil
}
