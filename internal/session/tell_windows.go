package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var wtsSendMessageW = wtsapi32.NewProc("WTSSendMessageW")

func showBox(ctx context.Context, s Session, b Box) (int, error) {
	id, err := strconv.ParseUint(s.ID, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("show a message box in session %q: %w", s.ID, err)
	}
	title, err := windows.UTF16FromString(b.Title)
	if err != nil {
		return 0, fmt.Errorf("show a message box: the title: %w", err)
	}
	text, err := windows.UTF16FromString(b.Text)
	if err != nil {
		return 0, fmt.Errorf("show a message box: the text: %w", err)
	}
	type answer struct {
		button int
		err    error
	}
	answered := make(chan answer, 1)
	// When ctx ends nobody waits for it any more: it ends with the box.
	go func() {
		button, err := sendMessage(uint32(id), title, text, b)
		answered <- answer{button, err}
	}()
	select {
	case a := <-answered:
		if a.err != nil {
			return 0, fmt.Errorf("show a message box in session %s: %w", s.ID, a.err)
		}
		return a.button, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// sendMessage is WTSSendMessage. It takes lengths in bytes, without the NUL.
func sendMessage(id uint32, title, text []uint16, b Box) (int, error) {
	var response uint32
	var wait uintptr
	if b.Wait {
		wait = 1
	}
	seconds := (b.Timeout + time.Second - 1) / time.Second
	ok, _, err := wtsSendMessageW.Call(0, uintptr(id),
		uintptr(unsafe.Pointer(&title[0])), uintptr(2*(len(title)-1)),
		uintptr(unsafe.Pointer(&text[0])), uintptr(2*(len(text)-1)),
		uintptr(b.Style), uintptr(seconds), uintptr(unsafe.Pointer(&response)), wait)
	switch {
	case ok != 0:
		return int(response), nil
	case errors.Is(err, windows.ERROR_SUCCESS): // as in Wine, which has not got it
		return 0, ErrNoWay
	}
	return 0, err
}

func write(context.Context, string, string) (int, error) {
	return 0, fmt.Errorf("write on terminals: %w", ErrNoWay)
}
