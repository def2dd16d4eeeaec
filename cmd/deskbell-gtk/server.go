//go:build linux

package main

import (
	"fmt"
	"io"
	"log"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"
)

// connect makes a connection of our own to the X server.
func connect() (*xgb.Conn, error) {
	xgb.Logger = log.New(io.Discard, "", 0)
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("connect to the X server: %w", err)
	}
	return conn, nil
}

// newIdle returns a function that tells how long there has been no input at
// the X server, by its screen saver extension, and whether that is known.
func newIdle() func() (time.Duration, bool) {
	unknown := func() (time.Duration, bool) { return 0, false }
	conn, err := connect()
	if err != nil {
		return unknown
	}
	if err := screensaver.Init(conn); err != nil {
		conn.Close()
		return unknown
	}
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	return func() (time.Duration, bool) {
		info, err := screensaver.QueryInfo(conn, xproto.Drawable(root)).Reply()
		if err != nil {
			return 0, false
		}
		return time.Duration(info.MsSinceUserInput) * time.Millisecond, true
	}
}

// mapUnmanaged asks again for a window that is neither on screen nor known to a
// window manager, which tells by WM_STATE that it has a window elsewhere, or as an
// icon (ICCCM 4.1.3.1), and reports whether it had to. GTK does not hear of it: it
// would not wish again for the place of the window, nor not to be focused.
func mapUnmanaged(window uint32) (bool, error) {
	conn, err := connect()
	if err != nil {
		return false, err
	}
	defer conn.Close()
	id := xproto.Window(window)
	attributes, err := xproto.GetWindowAttributes(conn, id).Reply()
	if err != nil {
		return false, fmt.Errorf("look for the window: %w", err)
	}
	if attributes.MapState != xproto.MapStateUnmapped {
		return false, nil
	}
	const name = "WM_STATE"
	atom, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return false, fmt.Errorf("look for the window's state: %w", err)
	}
	state, err := xproto.GetProperty(conn, false, id, atom.Atom, atom.Atom, 0, 1).Reply()
	if err != nil {
		return false, fmt.Errorf("look for the window's state: %w", err)
	}
	const withdrawn = 0
	if state.ValueLen > 0 && xgb.Get32(state.Value) != withdrawn {
		return false, nil
	}
	if err := xproto.MapWindowChecked(conn, id).Check(); err != nil {
		return false, fmt.Errorf("ask for the window again: %w", err)
	}
	return true, nil
}
