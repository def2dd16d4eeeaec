// Package balloon shows notices on the task bar of Windows
// (Shell_NotifyIcon), which modern Windows shows as notifications.
package balloon

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

const (
	class = "DeskbellBalloon"
	event = win.MessageApp + 1 // what the task bar says of the balloon
	// longest is how long an icon is kept where the task bar never says that
	// its balloon has gone.
	longest = 5 * time.Minute
)

// New returns a dialog for notify. It is also an io.Closer, which takes away
// the balloons that are still there; else they go when the process ends. The
// icon, and a balloon without a link, lead to history, unless that is nil.
func New(history func() error) dialog.Dialog {
	return &notices{open: win.OpenURL, history: history, stopped: make(chan struct{})}
}

// notices are the balloons on screen. Each has a thread of its own.
type notices struct {
	open    func(url string) error
	history func() error // nil: there is none to lead to
	shown   sync.WaitGroup
	once    sync.Once
	stopped chan struct{}
}

// Show implements dialog.Dialog. A notice is answered as soon as it is shown;
// it stays until the person or the system closes it, or its Deadline.
func (n *notices) Show(ctx context.Context, q dialog.Question, _ <-chan dialog.Question) (protocol.Reply, error) {
	if ctx.Err() != nil {
		return protocol.Reply{}, context.Cause(ctx)
	}
	b := &balloon{question: q, notices: n}
	started := make(chan error, 1)
	gone := make(chan struct{})
	n.shown.Go(func() {
		defer close(gone)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		b.run(started)
	})
	if err := <-started; err != nil {
		return protocol.Reply{}, fmt.Errorf("%w: %w", dialog.ErrUnavailable, err)
	}
	hwnd := b.window
	n.shown.Go(func() {
		select {
		case <-gone:
		case <-n.stopped:
			// A window that cannot be told is closing already.
			_ = win.Post(hwnd, win.MessageClose, 0, 0)
		}
	})
	return protocol.Reply{
		Status: protocol.StatusAnswered, Button: protocol.NoButton,
		Channel: protocol.ChannelToast, ShownAt: time.Now(),
	}, nil
}

// Close takes all balloons away and waits until they have gone. No Show may
// follow.
func (n *notices) Close() error {
	n.once.Do(func() { close(n.stopped) })
	n.shown.Wait()
	return nil
}

// open numbers the balloons for procedure.
var open win.Handles[interface {
	handle(message uint32, argument uintptr) bool
}]

// register registers the one class of all windows, with its one callback.
var register = sync.OnceValue(func() error {
	return win.RegisterClass(class, windows.NewCallback(func(hwnd windows.HWND, message, w, l uintptr) uintptr {
		b := open.Get(win.Field(hwnd, win.FieldUser))
		if b != nil && b.handle(uint32(message), l) {
			return 0
		}
		return win.Default(hwnd, uint32(message), w, l)
	}))
})

// balloon is one notice and belongs to its thread.
type balloon struct {
	question dialog.Question
	notices  *notices
	window   windows.HWND
	until    time.Time
}

// run shows the balloon, says in started whether it could, and keeps it.
func (b *balloon) run(started chan<- error) {
	if err := register(); err != nil {
		started <- err
		return
	}
	self := open.Add(b)
	defer open.Remove(self)
	window, err := win.MessageWindow(class, self)
	if err != nil {
		started <- err
		return
	}
	b.window = window
	icon := win.NotifyIcon{
		Size: win.NotifyIconSize, Window: uintptr(window), ID: 1, Message: event, Icon: win.ProgramIcon(),
		Flags: win.NotifyIconHasMessage | win.NotifyIconHasIcon | win.NotifyIconHasTip |
			win.NotifyIconHasBalloon | win.NotifyIconShowsTip,
	}
	if icon.Icon == 0 {
		icon.Icon = win.Icon(win.IconInformation)
	}
	fill(&icon, b.question)
	if !icon.Change(win.NotifyIconAdd) {
		win.Destroy(window)
		win.Loop()
		started <- fmt.Errorf("show a notice: no task bar")
		return
	}
	icon.Version = 4 // NOTIFYICON_VERSION_4
	icon.Change(win.NotifyIconVersion)
	b.until = time.Now().Add(longest)
	if d := b.question.Deadline; !d.IsZero() && d.Before(b.until) {
		b.until = d
	}
	win.StartTimer(window, int(max(time.Until(b.until), time.Millisecond)/time.Millisecond))
	started <- nil
	win.Loop()
	icon.Change(win.NotifyIconDelete)
}

func (b *balloon) handle(message uint32, argument uintptr) bool {
	switch message {
	case win.MessageTimer, win.MessageClose:
		win.Destroy(b.window)
	case event:
		switch argument & 0xFFFF {
		case win.BalloonClicked:
			if b.question.Link != "" {
				b.follow("open a link", func() error { return b.notices.open(b.question.Link) })
			} else {
				b.readAgain()
			}
			win.Destroy(b.window)
		case win.IconChosen, win.IconChosenByKey, win.MessageContextMenu:
			b.readAgain()
		case win.BalloonOver, win.BalloonHidden:
			win.Destroy(b.window)
		}
	default:
		return false
	}
	return true
}

// readAgain opens what the person was told.
func (b *balloon) readAgain() {
	if b.notices.history != nil {
		b.follow("open what was told", b.notices.history)
	}
}

// follow opens something outside this thread, which has a window to run.
func (b *balloon) follow(doing string, open func() error) {
	b.notices.shown.Go(func() {
		if err := open(); err != nil {
			slog.Warn(doing, "id", b.question.ID, "error", err)
		}
	})
}
