package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"
)

// Idle returns for how long the person has neither typed nor moved the
// pointer. On X it asks the MIT-SCREEN-SAVER extension; on Wayland nobody may
// know, which is an error.
func Idle() (time.Duration, error) {
	display, err := dialX()
	if err != nil {
		return 0, fmt.Errorf("ask for the idle time: %w", err)
	}
	defer display.Close()
	if err := screensaver.Init(display); err != nil {
		return 0, fmt.Errorf("ask for the idle time: %w", err)
	}
	root := xproto.Setup(display).DefaultScreen(display).Root
	info, err := screensaver.QueryInfo(display, xproto.Drawable(root)).Reply()
	if err != nil {
		return 0, fmt.Errorf("ask for the idle time: %w", err)
	}
	return time.Duration(info.MsSinceUserInput) * time.Millisecond, nil
}

func dialX() (*xgb.Conn, error) {
	if os.Getenv("DISPLAY") == "" {
		return nil, errors.New("there is no X display")
	}
	xgb.Logger.SetOutput(io.Discard)
	return xgb.NewConn()
}

// Gone blocks until the display of this process goes away, or ctx is done,
// whose error it returns then. Without a display it waits for ctx alone.
func Gone(ctx context.Context) error {
	if display, err := dialX(); err == nil {
		return goneX(ctx, display)
	}
	if name := os.Getenv("WAYLAND_DISPLAY"); name != "" {
		if display, err := dialWayland(name); err == nil {
			stop := context.AfterFunc(ctx, func() { display.Close() })
			defer stop()
			defer display.Close()
			// A compositor says nothing to a client that asks nothing.
			_, _ = display.Read(make([]byte, 1))
			return ctx.Err()
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func goneX(ctx context.Context, display *xgb.Conn) error {
	stop := context.AfterFunc(ctx, display.Close)
	defer stop()
	for {
		// Both nil: the connection is closed. It closes itself when the
		// server goes.
		if event, err := display.WaitForEvent(); event == nil && err == nil {
			return ctx.Err()
		}
	}
}
