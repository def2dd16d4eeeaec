package monitor

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// omitting is a store whose listing leaves a record out, as that of the registry
// may while others are being removed.
type omitting struct {
	mailbox.Store
	name *atomic.Pointer[string] // nil = none
}

func (s omitting) List(box mailbox.Box) ([]string, error) {
	names, err := s.Store.List(box)
	return slices.DeleteFunc(names, func(name string) bool {
		omitted := s.name.Load()
		return box == mailbox.Inbox && omitted != nil && name == *omitted
	}), err
}

// A message that a listing leaves out stays on screen, and its answer counts.
func TestListingLeavesOneOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left atomic.Pointer[string]
		box, err := mailbox.New(omitting{mailbox.NewMemory(), &left}, mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		put := func(id string) protocol.Message {
			m := protocol.NewMessage(protocol.KindPopup)
			m.Text, m.Buttons = "?", []string{"Yes", "No"}
			if err := box.Put(id, m); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return m
		}
		somebody := &person{windows: map[string]*shown{}, times: map[string]int{}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- Run(ctx, Options{Queue: "q", Mailbox: box, Dialog: somebody, Session: "1"}) }()
		synctest.Wait()
		m := put("a")
		id := "a"
		left.Store(&id)
		put("b") // it looks again
		left.Store(nil)
		somebody.windows["a"].answer <- protocol.Reply{Status: protocol.StatusAnswered, Button: 102}
		if r, err := box.Await(ctx, "a", m); err != nil || r.Button != 102 {
			t.Errorf("%+v, %v", r, err)
		}
		if n := somebody.shownTimes("a"); n != 1 {
			t.Errorf("it was shown %d times", n)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	})
}
