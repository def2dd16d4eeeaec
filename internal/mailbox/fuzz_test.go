package mailbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// FuzzStore does the same to the store of this system and to the model: every
// call has the same outcome.
func FuzzStore(f *testing.F) {
	f.Add([]byte{0, 3, 5, 9, 1, 2})
	f.Add([]byte{0, 30, 60, 50, 70, 31, 61, 20, 4, 80})
	f.Add([]byte("every letter is a call of its own, of which there are many"))
	f.Fuzz(func(t *testing.T, calls []byte) {
		if len(calls) > 200 {
			calls = calls[:200]
		}
		model, real := newStage(t, mailbox.NewMemory()), newStage(t, storeAt(newPlace(t)))
		for i, call := range calls {
			want, got := model.do(call), real.do(call)
			if got != want {
				t.Fatalf("call %d (%d): %s, the model says %s", i, call, got, want)
			}
		}
	})
}

// stage is two live processes and a dead one at one mailbox.
type stage struct {
	store mailbox.Store
	boxes [3]*mailbox.Mailbox
	here  [3]*mailbox.Attendance
}

func newStage(t *testing.T, s mailbox.Store) *stage {
	t.Helper()
	g := &stage{store: s}
	for i := range g.boxes {
		b, err := mailbox.New(s, mailbox.Options{
			Self:    process.ID{Pid: 1 + i, Started: "1"},
			Running: func(id process.ID) bool { return id.Pid != 3 },
		})
		if err != nil {
			t.Fatal(err)
		}
		g.boxes[i] = b
	}
	return g
}

// do makes one call, chosen by a byte, and describes its outcome.
func (g *stage) do(call byte) string {
	who := int(call) % len(g.boxes)
	b, id, what := g.boxes[who], fmt.Sprintf("m%d", call/3%2), call/6
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = fmt.Sprintf("text %d", call)
	var said any
	var err error
	switch what % 14 {
	case 0, 1:
		err = b.Put(id, m)
	case 2:
		err = b.Update(id, m)
	case 3:
		err = b.Withdraw(id)
	case 4, 5, 6:
		err = b.Claim(id, protocol.Reply{})
	case 7, 8:
		err = b.Reply(id, protocol.Reply{Status: protocol.StatusAnswered, Button: 1})
	case 9:
		err = b.Drop(id)
	case 10:
		err = b.Forget(id)
	case 11:
		g.here[who], err = b.Attend(id, protocol.Presence{State: protocol.StateReady})
	case 12:
		if a := g.here[who]; a != nil {
			err = a.Leave()
		}
	case 13:
		err = b.Sweep()
	}
	ids, idsErr := b.IDs()
	state, reply, stateErr := b.State(id)
	e, getErr := b.Get(id)
	attending, attendErr := b.Attending()
	said = []any{ids, kind(idsErr), state, reply, kind(stateErr), e.Message.Text, e.Ready, kind(getErr), len(attending), kind(attendErr)}
	return fmt.Sprint(what%14, kind(err), said)
}

// kind is what an error is, without its words.
func kind(err error) string {
	var attended *mailbox.AttendedError
	switch {
	case err == nil:
		return "well"
	case errors.As(err, &attended):
		return fmt.Sprint("attended by ", attended.Pid)
	}
	for _, known := range []error{fs.ErrExist, fs.ErrNotExist, mailbox.ErrClaimed, mailbox.ErrSpent, mailbox.ErrClaimLost} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "error"
}
