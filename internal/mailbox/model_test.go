package mailbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// FuzzMailbox has three processes, each of which may die and begin anew, do
// whatever they like to one mailbox, in memory and on the store of this system,
// and compares each outcome, and all that is seen after it, with what the
// protocol says in the plainest words: reference.
func FuzzMailbox(f *testing.F) {
	f.Add([]byte{opPut, 0, opClaim, 1, opReply, 1, opFetch, 0, opFetch, 0})
	f.Add([]byte{opPut, 0, opClaim, 1, opDie, 1, opClaim, 2, opReply, 2, opReply, 1, opSweepLater, 0})
	f.Add([]byte{opPut, 6, opUpdate, 0, opPut, 9, opSweepLater, 0, opSweepLater, 0, opClaim, 3, opSweepMuchLater, 0})
	f.Add([]byte{opAttend, 0, opAttend, 1, opDie, 0, opAttend, 1, opClaim, 1, opAttend, 4, opClaim, 1, opReply, 1, opLeave, 1})
	f.Add([]byte{opPut, 0, opClaim, 12, opFetch, 1, opSweepLater, 0, opDie, 0, opFetch, 1, opSweepLater, 0, opWithdraw, 0, opForget, 0})
	f.Add([]byte{opPut, 3, opClaim, 3, opDrop, 4, opDrop, 3, opWithdraw, 3, opClaim, 4, opSweep, 0, opPut, 3, opFetch, 9})
	random := rand.NewChaCha8([32]byte{})
	for range 12 {
		calls := make([]byte, 200)
		_, _ = random.Read(calls) // never fails
		f.Add(calls)
	}
	f.Fuzz(func(t *testing.T, calls []byte) {
		calls = calls[:min(len(calls), 200)]
		for name, store := range map[string]mailbox.Store{"memory": mailbox.NewMemory(), "system": storeAt(newPlace(t))} {
			a := newActors(t, store)
			for i := 0; i+1 < len(calls); i += 2 {
				said, got, want := a.do(calls[i]%ops, calls[i+1])
				if got != want {
					t.Fatalf("%s, call %d, %s: %s, want %s", name, i/2, said, got, want)
				}
				a.compare(name + ", call " + fmt.Sprint(i/2) + ", " + said)
			}
		}
	})
}

const (
	opPut byte = iota
	opUpdate
	opWithdraw
	opClaim
	opReply
	opDrop
	opFetch
	opForget
	opSweep
	opSweepLater
	opSweepMuchLater
	opAttend
	opLeave
	opDie
	ops
)

// letter, claim and reference are a mailbox as the protocol describes it.
type letter struct {
	text string
	ttl  bool // of no use after a minute
}

type claim struct {
	holder int // pid
	status protocol.Status
}

type reference struct {
	inbox    map[string]letter
	outbox   map[string]claim // with its reply where status is not ""
	monitors map[string]int   // pid by session
	dead     map[int]bool     // by pid
}

// actors are the processes at a mailbox, and the reference.
type actors struct {
	reference
	t     *testing.T
	store mailbox.Store
	boxes [3]*mailbox.Mailbox
	pids  [3]int
	here  [3]*mailbox.Attendance
	at    [3]string          // the session of here
	stale [3]map[string]bool // claims of an earlier life, as who began to attend takes them
	next  int                // pid
}

func newActors(t *testing.T, s mailbox.Store) *actors {
	t.Helper()
	a := &actors{t: t, store: s, next: 1, reference: reference{
		inbox: map[string]letter{}, outbox: map[string]claim{}, monitors: map[string]int{}, dead: map[int]bool{},
	}}
	for i := range a.boxes {
		a.begin(i)
	}
	// From now on it is known when the Inbox changed last.
	if err := errors.Join(a.boxes[0].Put("first", asked("?")), a.boxes[0].Withdraw("first")); err != nil {
		t.Fatal(err)
	}
	return a
}

// begin begins a process, which is ahead of its time by nothing.
func (a *actors) begin(i int) {
	a.boxes[i], a.pids[i] = a.open(0)
	a.here[i], a.stale[i] = nil, map[string]bool{}
}

// open returns the mailbox as a new process sees it whose clock is ahead.
func (a *actors) open(ahead time.Duration) (*mailbox.Mailbox, int) {
	a.t.Helper()
	pid := a.next
	a.next++
	b, err := mailbox.New(a.store, mailbox.Options{
		Now:     func() time.Time { return time.Now().Add(ahead) },
		Self:    process.ID{Pid: pid, Started: "1"},
		Running: func(id process.ID) bool { return !a.dead[id.Pid] },
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return b, pid
}

var errUse = errors.New("it could not be used")

// do makes one call and tells what came of it, and what should have.
func (a *actors) do(op, arg byte) (said, got, want string) {
	who, n := int(arg)%3, int(arg)/3%2
	id, more := fmt.Sprintf("m%d", n), int(arg)/6
	b, pid := a.boxes[who], a.pids[who]
	m := asked(fmt.Sprintf("text %d", more))
	if more%2 == 1 {
		m.TTL = 60
	}
	name := id
	if more%4 == 2 { // who fetches claims so
		name = "fetch." + id
	}
	said = fmt.Sprintf("op %d of %d, %s", op, who, name)
	var err, wanted error
	switch op {
	case opPut:
		err = b.Put(id, m)
		if _, there := a.inbox[id]; there {
			wanted = fs.ErrExist
		} else {
			a.inbox[id] = letter{m.Text, m.TTL > 0}
			delete(a.outbox, id)
		}
	case opUpdate:
		err = b.Update(id, m)
		if _, there := a.inbox[id]; !there {
			wanted = fs.ErrNotExist
		} else {
			a.inbox[id] = letter{m.Text, m.TTL > 0}
		}
	case opWithdraw:
		err = b.Withdraw(id)
		delete(a.inbox, id)
	case opClaim:
		err = b.Claim(name, protocol.Reply{})
		wanted = a.claim(who, name)
	case opReply:
		err = b.Reply(name, protocol.Reply{Status: protocol.StatusAnswered, Button: 101})
		if c := a.outbox[name]; c.holder != pid || c.status != "" {
			wanted = mailbox.ErrClaimLost
		} else {
			a.outbox[name] = claim{pid, protocol.StatusAnswered}
		}
	case opDrop:
		err = b.Drop(name)
		if c, there := a.outbox[name]; there && (c.holder != pid || c.status != "") {
			wanted = mailbox.ErrClaimLost
		} else {
			delete(a.outbox, name)
		}
	case opFetch:
		var use error
		if more%3 == 1 {
			use = errUse
		}
		err = b.Fetch(id, func() error { return use })
		wanted = a.fetch(who, id, use)
	case opForget:
		err = b.Forget(id)
		delete(a.inbox, id)
		delete(a.outbox, id)
	case opSweep: // nothing is old yet
		err = b.Sweep()
	case opSweepLater:
		err = a.sweep(2 * time.Minute)
	case opSweepMuchLater:
		err = a.sweep(48 * time.Hour)
	case opAttend:
		here, attendErr := b.Attend(id, protocol.Presence{State: protocol.StateReady})
		err = attendErr
		if holder, there := a.monitors[id]; there && !a.dead[holder] {
			wanted = &mailbox.AttendedError{Session: id, Pid: holder}
			break
		}
		a.monitors[id], a.here[who], a.at[who] = pid, here, id
		for name, c := range a.outbox {
			if c.holder == pid && c.status == "" {
				a.stale[who][name] = true
			}
		}
	case opLeave:
		if a.here[who] == nil {
			break
		}
		err = a.here[who].Leave()
		if a.monitors[a.at[who]] == pid {
			delete(a.monitors, a.at[who])
		}
	case opDie:
		a.dead[pid] = true
		a.begin(who)
	}
	return said, outcome(err), outcome(wanted)
}

// claim is what a claim comes to.
func (a *actors) claim(who int, name string) error {
	c, there := a.outbox[name]
	switch {
	case there && c.status != "":
		return mailbox.ErrSpent
	case there && !a.dead[c.holder] && !(c.holder == a.pids[who] && a.stale[who][name]):
		return mailbox.ErrClaimed
	}
	a.outbox[name] = claim{holder: a.pids[who]}
	delete(a.stale[who], name)
	return nil
}

// fetch is what fetching comes to: of several who do, one has it.
func (a *actors) fetch(who int, id string, use error) error {
	switch err := a.claim(who, "fetch."+id); {
	case errors.Is(err, mailbox.ErrClaimed):
		return mailbox.ErrBeingFetched
	case err != nil:
		return mailbox.ErrFetched
	}
	delete(a.outbox, "fetch."+id)
	if _, there := a.inbox[id]; !there {
		return mailbox.ErrFetched
	}
	if use == nil {
		delete(a.inbox, id)
		delete(a.outbox, id)
	}
	return use
}

// sweep sweeps when all that is there is old, by a minute at least.
func (a *actors) sweep(ahead time.Duration) error {
	b, pid := a.open(ahead)
	err := b.Sweep()
	for name, c := range a.outbox {
		_, asked := a.inbox[name]
		fetching := strings.HasPrefix(name, "fetch.") && c.status == "" && !a.dead[c.holder]
		if !asked && !fetching {
			delete(a.outbox, name)
		}
	}
	for id, q := range a.inbox {
		c, there := a.outbox[id]
		switch {
		case there && (c.status == protocol.StatusExpired || c.status != "" && ahead > 24*time.Hour):
			delete(a.inbox, id)
			delete(a.outbox, id)
		case q.ttl && (!there || c.status == "" && a.dead[c.holder]):
			a.outbox[id] = claim{pid, protocol.StatusExpired}
		}
	}
	return err
}

// outcome is what an error is, without its words.
func outcome(err error) string {
	for _, known := range []error{mailbox.ErrFetched, mailbox.ErrBeingFetched, errUse} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return kind(err)
}

// compare compares what each process sees with the reference.
func (a *actors) compare(when string) {
	a.t.Helper()
	for who, b := range a.boxes {
		ids, err := b.IDs()
		if want := slices.Sorted(maps.Keys(a.inbox)); err != nil || !slices.Equal(ids, want) {
			a.t.Fatalf("%s: messages %q, %v, want %q", when, ids, err, want)
		}
		for id, q := range a.inbox {
			if e, err := b.Get(id); err != nil || e.Message.Text != q.text || !e.Ready {
				a.t.Fatalf("%s: message %s is %+v, %v, want %q", when, id, e, err, q.text)
			}
		}
		for _, name := range []string{"m0", "m1", "fetch.m0", "fetch.m1"} {
			state, r, err := b.State(name)
			c, there := a.outbox[name]
			want := mailbox.Others
			switch {
			case !there:
				want = mailbox.Free
			case c.status != "":
				want = mailbox.Spent
			case a.dead[c.holder], c.holder == a.pids[who] && a.stale[who][name]:
				want = mailbox.Void
			case c.holder == a.pids[who]:
				want = mailbox.Ours
			}
			if err != nil || state != want || r.Pid != c.holder || state == mailbox.Spent && r.Status != c.status {
				a.t.Fatalf("%s: to %d reply %s is %d by %d, %s, %v, want %d, %+v", when, who, name, state, r.Pid, r.Status, err, want, c)
			}
		}
		attending, err := b.Attending()
		got, want := map[string]int{}, maps.Clone(a.monitors)
		for _, here := range attending {
			got[here.Session] = here.Pid
		}
		maps.DeleteFunc(want, func(_ string, pid int) bool { return a.dead[pid] })
		if err != nil || !maps.Equal(got, want) {
			a.t.Fatalf("%s: there attend %v, %v, want %v", when, got, err, want)
		}
	}
}
