package mailbox_test

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// empty is a store whose listing leaves out every message, as that of the registry
// may leave out some while others are being removed.
type empty struct{ mailbox.Store }

func (s empty) List(box mailbox.Box) ([]string, error) {
	if box == mailbox.Inbox {
		return nil, nil
	}
	return s.Store.List(box)
}

// The claim to a message that is there is not swept, whatever the listing says; that
// to one that is not, is.
func TestSweepByListing(t *testing.T) {
	store := mailbox.NewMemory()
	box, err := mailbox.New(empty{store}, mailbox.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }})
	check(t, err)
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = "?"
	check(t, box.Put("there", m))
	for _, id := range []string{"there", "gone"} {
		check(t, box.Claim(id, protocol.Reply{}))
	}
	check(t, box.Sweep())
	for id, want := range map[string]mailbox.ReplyState{"there": mailbox.Ours, "gone": mailbox.Free} {
		if state, _, err := box.State(id); err != nil || state != want {
			t.Errorf("%s: state %v, %v", id, state, err)
		}
	}
}
