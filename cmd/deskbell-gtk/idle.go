//go:build linux

package main

import (
	"io"
	"log"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"
)

// newIdle returns a function that tells how long there has been no input at
// the X server, by its screen saver extension, and whether that is known.
func newIdle() func() (time.Duration, bool) {
	unknown := func() (time.Duration, bool) { return 0, false }
	xgb.Logger = log.New(io.Discard, "", 0)
	conn, err := xgb.NewConn()
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
