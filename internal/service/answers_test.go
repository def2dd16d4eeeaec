package service

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// programs notes what a program of the administrator's is told.
type programs struct {
	mu    sync.Mutex
	fails int // how often, before it succeeds
	told  []protocol.Fields
}

func (p *programs) run(_ context.Context, program string, reply protocol.Fields) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if program != "/opt/next" {
		return errors.New("another program: " + program)
	}
	if p.fails > 0 {
		p.fails--
		return errors.New("it failed")
	}
	p.told = append(p.told, reply)
	return nil
}

// serveWith runs the service with the administrator's programs.
func (o *office) serveWith(p *programs) *running {
	return o.begin(func(ctx context.Context, pid int) error {
		return Attendance{
			Queue: "q", Log: slog.New(slog.NewTextHandler(o.t.Output(), nil)), Computer: o.computer(pid), OnAnswer: p.run,
		}.Attend(ctx, o.signals)
	})
}

// TestOnAnswer has programs run with replies: once, when they succeed, also for
// somebody who has gone and by a service that was not there; never with what the
// user wrote in for another.
func TestOnAnswer(t *testing.T) {
	in(t, func(o *office) {
		p := &programs{}
		service := o.serveWith(p)
		o.enter("1")
		m := question("now?", "user:user1")
		m.OnAnswer = "/opt/next"
		o.put(o.machine(), "machine", m)
		o.press("1/now?", protocol.ButtonYes)
		want := func(n int, id, status, user string) {
			t.Helper()
			synctest.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.told) != n || p.told[n-1]["Id"] != id || p.told[n-1]["Status"] != status || p.told[n-1]["User"] != user {
				t.Fatalf("the program was told %v, want %d, the last %s %s of %s", p.told, n, id, status, user)
			}
		}
		want(1, "machine", "answered", "user1")
		o.left(mailbox.ScopeMachine, "")

		p.fails = 2
		m.Text = "later?"
		o.put(o.box(1, mailbox.ScopeAssigned, "1"), "assigned", m)
		o.press("1/later?", protocol.ButtonNo)
		o.leave("1")
		want(1, "machine", "answered", "user1")
		<-time.After(retryFirst + time.Second)
		want(1, "machine", "answered", "user1")
		o.left(mailbox.ScopeAssigned, "1", "assigned")
		service.stop()
		<-service.done
		service = o.serveWith(p)
		<-time.After(retryFirst + time.Second)
		want(2, "assigned", "answered", "user1")
		if p.told[1]["Button"] != protocol.ButtonNo || p.told[1]["Uid"] != "1" {
			t.Errorf("told %v", p.told[1])
		}
		o.left(mailbox.ScopeAssigned, "1")

		box := o.box(1, mailbox.ScopeAssigned, "1")
		o.put(box, "forged", m)
		if err := errors.Join(box.Claim("forged", protocol.Reply{}), box.Reply("forged", protocol.Reply{
			Status: protocol.StatusAnswered, Button: 101, User: "root",
		})); err != nil {
			t.Fatal(err)
		}
		want(3, "forged", "rejected", "user1")
		o.end(service)
	})
}

// TestOnAnswerOfAnother has somebody else fetch a reply, whose program failed
// before, and somebody end while he was fetching: the service does not wake for
// what is gone, and comes again for what is there.
func TestOnAnswerOfAnother(t *testing.T) {
	in(t, func(o *office) {
		p := &programs{fails: 1}
		service := o.serveWith(p)
		o.enter("1")
		m := question("now?", "user:user1")
		m.OnAnswer = "/opt/next"
		o.put(o.machine(), "other", m)
		o.press("1/now?", protocol.ButtonYes)
		synctest.Wait()
		if err := o.machine().Fetch("other", func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		// In a bubble, who wakes again and again at once lets no time pass.
		<-time.After(2 * retryFirst)
		o.left(mailbox.ScopeMachine, "")

		m.Text = "later?"
		box := o.machine()
		err := box.Claim("fetch.held", protocol.Reply{Status: protocol.StatusWaiting})
		if err != nil {
			t.Fatal(err)
		}
		o.put(box, "held", m)
		o.press("1/later?", protocol.ButtonYes)
		synctest.Wait()
		if len(p.told) > 0 {
			t.Fatalf("the program was told %v, which another is fetching", p.told)
		}
		if err := box.Drop("fetch.held"); err != nil {
			t.Fatal(err)
		}
		<-time.After(retryFirst + time.Second)
		synctest.Wait()
		if len(p.told) != 1 {
			t.Errorf("the program was told %v, want one", p.told)
		}
		o.left(mailbox.ScopeMachine, "")
		o.end(service)
	})
}
