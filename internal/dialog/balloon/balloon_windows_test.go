package balloon

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

const taskBarClass = "Shell_TrayWnd"

var user32 = windows.NewLazySystemDLL("user32.dll")

var taskBars = sync.OnceValue(func() error {
	return win.RegisterClass(taskBarClass, windows.NewCallback(func(hwnd windows.HWND, message, w, l uintptr) uintptr {
		const copyData = 0x4A // WM_COPYDATA
		if message == copyData {
			return 1
		}
		if message == win.MessageClose {
			win.Destroy(hwnd)
			return 0
		}
		return win.Default(hwnd, uint32(message), w, l)
	}))
})

// takesNotices reports whether there is a task bar that takes a notice.
func takesNotices(t *testing.T) bool {
	t.Helper()
	taken := make(chan bool)
	go func() {
		runtime.LockOSThread() // the thread ends with its window
		err := register()
		window, windowErr := win.MessageWindow(class, 0)
		if err := errors.Join(err, windowErr); err != nil {
			t.Error(err)
			taken <- false
			return
		}
		icon := win.NotifyIcon{Size: win.NotifyIconSize, Window: uintptr(window), ID: 1, Message: event}
		added := icon.Change(win.NotifyIconAdd)
		if added {
			icon.Change(win.NotifyIconDelete)
		}
		win.Destroy(window)
		taken <- added
	}()
	return <-taken
}

// taskBar makes sure that there is a task bar for the test. Wine without a
// screen has none, or one that ends as soon as it has begun: a window of its class
// that takes what Shell_NotifyIcon sends stands in for it.
func taskBar(t *testing.T) {
	t.Helper()
	if takesNotices(t) {
		return
	}
	name := win.UTF16(taskBarClass)
	ready, done := make(chan uintptr), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := taskBars()
		if err != nil {
			t.Error(err)
		}
		h, _, err := user32.NewProc("CreateWindowExW").Call(0, uintptr(unsafe.Pointer(&name[0])), 0, win.StylePopup, 0, 0, 0, 0, 0, 0, 0, 0)
		if h == 0 {
			t.Error(err)
			close(ready)
			return
		}
		ready <- h
		win.Loop()
	}()
	h := <-ready
	t.Cleanup(func() {
		if err := win.Post(windows.HWND(h), win.MessageClose, 0, 0); err != nil {
			t.Error(err)
		}
		<-done
	})
	for deadline := time.Now().Add(time.Minute); !takesNotices(t); <-time.After(20 * time.Millisecond) { // the other has not ended yet
		if time.Now().After(deadline) {
			t.Fatal("no task bar takes a notice")
		}
	}
}

func notice() dialog.Question {
	return dialog.Question{Kind: protocol.KindNotify, Title: "Title", Text: "Text", Origin: "Origin"}
}

func TestShow(t *testing.T) {
	taskBar(t)
	d := New(nil)
	q := notice()
	for _, deadline := range []time.Time{{}, time.Now().Add(-time.Hour)} {
		q.Deadline = deadline
		reply, err := d.Show(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		if reply.Status != protocol.StatusAnswered || reply.Button != protocol.NoButton || reply.Channel != protocol.ChannelToast || reply.ShownAt.IsZero() {
			t.Errorf("%+v", reply)
		}
	}
	if err := d.(io.Closer).Close(); err != nil || open.Len() != 0 {
		t.Errorf("%d balloons are still there, %v", open.Len(), err)
	}
}

// showIn shows a balloon of n, on a thread of its own.
func showIn(t *testing.T, n *notices, b *balloon) {
	t.Helper()
	started := make(chan error, 1)
	n.shown.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		b.run(started)
	})
	if err := <-started; err != nil {
		t.Fatal(err)
	}
}

// TestGone tells balloons what the task bar says when they have gone: they
// take their icon away by themselves.
func TestGone(t *testing.T) {
	taskBar(t)
	for _, said := range []uintptr{win.BalloonOver, win.BalloonHidden, win.BalloonClicked} {
		opened := make(chan string, 1)
		n := &notices{open: func(url string) error { opened <- url; return nil }, stopped: make(chan struct{})}
		b := &balloon{question: notice(), notices: n}
		b.question.Link = "https://example.org"
		showIn(t, n, b)
		if err := win.Post(b.window, event, 0, said|1<<16); err != nil {
			t.Fatal(err)
		}
		n.shown.Wait()
		if followed := len(opened) == 1; followed != (said == win.BalloonClicked) {
			t.Errorf("%#x: link opened: %t", said, followed)
		}
	}
}

func TestCancelled(t *testing.T) {
	cause := errors.New("withdrawn")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := New(nil).Show(ctx, notice(), nil); err != cause {
		t.Error(err)
	}
}

// TestHistory chooses the icon, and a notice without a link: both lead to what
// the person was told, and the icon stays.
func TestHistory(t *testing.T) {
	taskBar(t)
	led := make(chan uintptr, 10)
	for _, said := range []uintptr{win.IconChosen, win.IconChosenByKey, win.MessageContextMenu, win.BalloonClicked} {
		n := &notices{history: func() error { led <- said; return nil }, stopped: make(chan struct{})}
		b := &balloon{question: notice(), notices: n}
		showIn(t, n, b)
		if err := win.Post(b.window, event, 0, said|1<<16); err != nil {
			t.Fatal(err)
		}
		if got := <-led; got != said {
			t.Errorf("%#x led to the history, want %#x", got, said)
		}
		if said != win.BalloonClicked {
			if err := win.Post(b.window, win.MessageClose, 0, 0); err != nil {
				t.Errorf("%#x: the icon is gone: %v", said, err)
			}
		}
		n.shown.Wait()
	}
}
