package mailboxtest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// contend has n monitors claim a message at the same moment and returns how
// many got it.
func contend(t *testing.T, boxes []*mailbox.Mailbox, id string) int {
	t.Helper()
	var winners atomic.Int32
	var group sync.WaitGroup
	begin := make(chan struct{})
	for _, b := range boxes {
		group.Go(func() {
			<-begin
			switch err := b.Claim(id, protocol.Reply{}); {
			case err == nil:
				winners.Add(1)
			case !errors.Is(err, mailbox.ErrClaimed):
				t.Errorf("claim: %v", err)
			}
		})
	}
	close(begin)
	group.Wait()
	return int(winners.Load())
}

func monitors(t *testing.T, s mailbox.Store, n int) []*mailbox.Mailbox {
	t.Helper()
	boxes := make([]*mailbox.Mailbox, n)
	for i := range boxes {
		boxes[i] = open(t, s, process.ID{Pid: 2000 + i, Started: fmt.Sprint(i)})
	}
	return boxes
}

func testClaim(t *testing.T, s mailbox.Store) {
	boxes := monitors(t, s, 50)
	for round := range 10 {
		id := fmt.Sprintf("m%d", round)
		check(t, boxes[0].Put(id, question("?")))
		if n := contend(t, boxes, id); n != 1 {
			t.Fatalf("round %d: %d winners", round, n)
		}
	}
}

// Rounds is how often take-over is tried by four at once.
const Rounds = 2000

func testTakeOver(t *testing.T, s mailbox.Store, rounds int) {
	boxes := monitors(t, s, 4)
	corpse := open(t, s, dead)
	for round := range rounds {
		check(t, corpse.Claim("a", protocol.Reply{}))
		if n := contend(t, boxes, "a"); n != 1 {
			t.Fatalf("round %d: %d winners", round, n)
		}
		ours := 0
		for _, b := range boxes {
			if state, _, err := b.State("a"); err != nil {
				t.Fatal(err)
			} else if state == mailbox.Ours {
				ours++
				check(t, b.Drop("a"))
				break
			}
		}
		if ours != 1 {
			t.Fatalf("round %d: the claim is nobody's", round)
		}
	}
}

func testWithoutPid(t *testing.T, s mailbox.Store) {
	check(t, s.Create(mailbox.Outbox, "a", protocol.Fields{"Status": "shown"}))
	b := open(t, s, first)
	wantState(t, b, "a", mailbox.Others)
	wantError(t, b.Claim("a", protocol.Reply{}), mailbox.ErrClaimed)
	later := openLater(t, s, first, 11*time.Second)
	wantState(t, later, "a", mailbox.Void)
	check(t, later.Claim("a", protocol.Reply{}))
	wantState(t, later, "a", mailbox.Ours)
}

func testEarlierLife(t *testing.T, s mailbox.Store) {
	claimed(t, s, "a", first)
	wantState(t, open(t, s, first), "a", mailbox.Ours)
	b := open(t, s, first)
	_, err := b.Attend("1", protocol.Presence{})
	check(t, err)
	wantState(t, b, "a", mailbox.Void)
	check(t, b.Claim("a", protocol.Reply{}))
	wantState(t, b, "a", mailbox.Ours)
	check(t, b.Reply("a", answer(101)))
}

// testDisown is testEarlierLife where nobody writes down that he attends.
func testDisown(t *testing.T, s mailbox.Store) {
	claimed(t, s, "a", first)
	claimed(t, s, "theirs", second)
	b := open(t, s, first)
	wantState(t, b, "a", mailbox.Ours)
	check(t, b.Disown())
	wantState(t, b, "a", mailbox.Void)
	wantState(t, b, "theirs", mailbox.Others)
	check(t, b.Claim("a", protocol.Reply{}))
	check(t, b.Reply("a", answer(101)))
}

func testStates(t *testing.T, s mailbox.Store) {
	claimed(t, s, "mine", first)
	claimed(t, s, "theirs", second)
	claimed(t, s, "void", dead)
	replied(t, s, "spent")
	b := open(t, s, first)
	wantState(t, b, "free", mailbox.Free)
	wantState(t, b, "mine", mailbox.Ours)
	wantState(t, b, "theirs", mailbox.Others)
	wantState(t, b, "void", mailbox.Void)
	wantState(t, b, "spent", mailbox.Spent)
	wantError(t, b.Claim("theirs", protocol.Reply{}), mailbox.ErrClaimed)
	wantError(t, b.Claim("spent", protocol.Reply{}), mailbox.ErrSpent)
	_, claim, err := b.State("theirs")
	check(t, err)
	if claim.Pid != second.Pid || claim.Started != second.Started || claim.Status != protocol.StatusShown || claim.Ready {
		t.Errorf("the claim is %+v", claim)
	}
}

func testReply(t *testing.T, s mailbox.Store) {
	claimed(t, s, "a", first)
	b := open(t, s, first)
	r := answer(101)
	r.Choice, r.Seen, r.User, r.Session = "Now", true, `PC\user`, "1"
	r.AnsweredAt = time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	check(t, b.Reply("a", r))
	state, got, err := b.State("a")
	check(t, err)
	if state != mailbox.Spent || got.Button != 101 || got.Choice != "Now" || !got.Seen || got.User != r.User ||
		!got.AnsweredAt.Equal(r.AnsweredAt) || got.Pid != first.Pid || got.Started != first.Started {
		t.Errorf("state %d, reply %+v", state, got)
	}
	wantError(t, b.Reply("a", answer(102)), mailbox.ErrClaimLost)
	wantError(t, b.Drop("a"), mailbox.ErrClaimLost)
	if _, got, err := b.State("a"); err != nil || got.Button != 101 {
		t.Errorf("the reply became %+v, %v", got, err)
	}
}

func testClaimLost(t *testing.T, s mailbox.Store) {
	claimed(t, s, "taken", dead)
	check(t, open(t, s, first).Claim("taken", protocol.Reply{}))
	wantError(t, open(t, s, dead).Reply("taken", answer(101)), mailbox.ErrClaimLost)
	wantState(t, open(t, s, first), "taken", mailbox.Ours)

	claimed(t, s, "removed", first)
	check(t, s.Remove(mailbox.Outbox, "removed"))
	wantError(t, open(t, s, first).Reply("removed", answer(101)), mailbox.ErrClaimLost)
	if there(s, mailbox.Outbox, "removed") {
		t.Error("a reply was made without a claim")
	}
}

func testDrop(t *testing.T, s mailbox.Store) {
	claimed(t, s, "a", first)
	wantError(t, open(t, s, second).Drop("a"), mailbox.ErrClaimLost)
	b := open(t, s, first)
	check(t, b.Drop("a"))
	check(t, b.Drop("a"))
	wantState(t, b, "a", mailbox.Free)
	check(t, open(t, s, second).Claim("a", protocol.Reply{}))
}
