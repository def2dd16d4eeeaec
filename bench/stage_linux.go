package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/deskbell/deskbell/test/bed"
)

// stage is what the test bed takes for a test: here it lasts for one row.
type stage struct {
	testing.TB // for what the bed does not ask of it
	cleanups   []func()
}

// fatal is what ends a row from inside the bed.
type fatal struct{ error }

// onStage runs a row that needs the test bed.
func onStage(row func(*stage) error) (err error) {
	s := &stage{}
	defer func() {
		for i := len(s.cleanups) - 1; i >= 0; i-- {
			s.cleanups[i]()
		}
	}()
	defer func() {
		if f, ok := recover().(fatal); ok {
			err = f.error
		}
	}()
	return row(s)
}

func (s *stage) Helper()                   {}
func (s *stage) Name() string              { return "bench" }
func (s *stage) Cleanup(f func())          { s.cleanups = append(s.cleanups, f) }
func (s *stage) Error(args ...any)         { fmt.Fprintln(os.Stderr, append([]any{"bench:"}, args...)...) }
func (s *stage) Fatal(args ...any)         { panic(fatal{errors.New(fmt.Sprint(args...))}) }
func (s *stage) Fatalf(f string, a ...any) { panic(fatal{fmt.Errorf(f, a...)}) }

func (s *stage) TempDir() string {
	dir, err := os.MkdirTemp("", "deskbell-bench-")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// screen tells when windows come and go, as the X server says it.
type screen struct {
	conn   *xgb.Conn
	events chan sighting
}

// sighting is a window that was mapped or unmapped.
type sighting struct {
	window xproto.Window
	shown  bool
	at     time.Time
}

func watch(s *stage, d *bed.Display) (*screen, error) {
	xgb.Logger.SetOutput(io.Discard) // it would say that there is no authority file
	conn, err := xgb.NewConnDisplay(d.Name)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", d.Name, err)
	}
	s.Cleanup(conn.Close)
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	err = xproto.ChangeWindowAttributesChecked(conn, root, xproto.CwEventMask, []uint32{xproto.EventMaskSubstructureNotify}).Check()
	if err != nil {
		return nil, fmt.Errorf("watch the windows of %s: %w", d.Name, err)
	}
	x := &screen{conn, make(chan sighting, 256)}
	go x.run() // until conn is closed
	return x, nil
}

func (x *screen) run() {
	for {
		event, err := x.conn.WaitForEvent()
		if event == nil && err == nil {
			return
		}
		now := time.Now()
		switch e := event.(type) {
		case xproto.MapNotifyEvent:
			if x.large(e.Window) {
				x.events <- sighting{e.Window, true, now}
			}
		case xproto.UnmapNotifyEvent:
			x.events <- sighting{e.Window, false, now}
		}
	}
}

// large tells a dialog in its frame from the windows that toolkits and window
// managers have for themselves.
func (x *screen) large(w xproto.Window) bool {
	g, err := xproto.GetGeometry(x.conn, xproto.Drawable(w)).Reply()
	return err == nil && g.Width >= 50 && g.Height >= 50
}

// patience is how long a window may take.
const patience = 30 * time.Second

// next waits for a window to come, or for one to go.
func (x *screen) next(ctx context.Context, suits func(sighting) bool) (sighting, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case e := <-x.events:
			if suits(e) {
				return e, nil
			}
		case <-late.C:
			return sighting{}, errors.New("no window came, or it did not go")
		case <-ctx.Done():
			return sighting{}, ctx.Err()
		}
	}
}
