package monitor

import (
	"context"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// A monitor that starts in a session in the background shows nothing there that
// is to be skipped, however soon it finds the message.
func TestStateComesBeforeMessages(t *testing.T) {
	for range 200 {
		box, err := mailbox.New(mailbox.NewMemory(), mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := protocol.NewMessage(protocol.KindPopup)
		m.Text, m.When = "?", protocol.WhenSkip
		if err := box.Put("a", m); err != nil {
			t.Fatal(err)
		}
		states := make(chan session.State, 1)
		states <- session.State{Disconnected: true}
		person := &person{windows: map[string]*shown{}, times: map[string]int{}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		ended := make(chan error, 1)
		go func() {
			ended <- Run(ctx, Options{Queue: "q", Mailbox: box, Dialog: person, Session: "1", States: states})
		}()
		reply, err := box.Await(ctx, "a", m)
		if err != nil || reply.Status != protocol.StatusSkipped || person.shownTimes("a") > 0 {
			t.Fatalf("%+v, %v, shown %d times", reply, err, person.shownTimes("a"))
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}
