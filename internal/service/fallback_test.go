package service

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// TestRelayFallsBack: where no monitor can be started, what was put into the
// machine mailbox goes the ways that need none, and its reply says which.
func TestRelayFallsBack(t *testing.T) {
	in(t, func(o *office) {
		o.alter = func(c *delivery.Computer) {
			c.Start = func(context.Context, session.Session, string) (process.ID, error) {
				return process.ID{}, errors.New("the program is forbidden")
			}
			c.ShowBox = func(_ context.Context, s session.Session, b session.Box) (int, error) {
				if s.ID != "s1" || !strings.Contains(b.Text, "box") {
					return 0, session.ErrNoWay
				}
				return protocol.ButtonNo, nil
			}
			c.Write = func(_ context.Context, uid, text string) (int, error) {
				if uid == "1" && strings.Contains(text, "wall") {
					return 1, nil
				}
				return 0, nil
			}
			c.Policy = func() (policy.Policy, error) { return policy.Policy{}, nil }
		}
		service := o.serve()
		o.enter("1")
		ask := func(id, fallback string) protocol.Reply {
			t.Helper()
			m := question(id, "user:user1")
			m.Fallback = fallback
			o.put(o.machine(), id, m)
			synctest.Wait()
			return o.reply(id)
		}
		if r := ask("box", ""); r.Status != protocol.StatusAnswered || r.Button != protocol.ButtonNo || r.Channel != protocol.ChannelWTS || r.User != "user1" {
			t.Errorf("by box: %+v", r)
		}
		if r := ask("wall", "wts,wall"); r.Status != protocol.StatusFailed || r.Button != protocol.NoButton || r.Channel != protocol.ChannelWall || r.Error != delivery.ErrTold.Error() {
			t.Errorf("a question on terminals: %+v", r)
		}
		if r := ask("none", "wall"); r.Status != protocol.StatusFailed || r.Channel != "" || !strings.Contains(r.Error, "the program is forbidden") || !strings.Contains(r.Error, "no terminal") {
			t.Errorf("no way: %+v", r)
		}
		m := protocol.NewMessage(protocol.KindNotify)
		m.Text, m.To, m.Fallback = "wall", "user:user1", "wall"
		o.put(o.machine(), "told", m)
		synctest.Wait()
		if r := o.reply("told"); r.Status != protocol.StatusAnswered || r.Button != protocol.NoButton || r.Channel != protocol.ChannelWall || r.User != "user1" {
			t.Errorf("a notice on terminals: %+v", r)
		}
		o.left(mailbox.ScopeAssigned, "1")
		o.end(service)
	})
}

// TestRelayFallsBackAgain: a service that is started again while a message box is on
// screen shows that anew, and no monitor the window that failed.
func TestRelayFallsBackAgain(t *testing.T) {
	in(t, func(o *office) {
		pressed, boxes := make(chan int), 0
		o.alter = func(c *delivery.Computer) {
			c.ShowBox = func(ctx context.Context, _ session.Session, _ session.Box) (int, error) {
				boxes++
				select {
				case button := <-pressed:
					return button, nil
				case <-ctx.Done():
					return 0, ctx.Err()
				}
			}
			c.Policy = func() (policy.Policy, error) { return policy.Policy{}, nil }
		}
		o.enter("1")
		first := o.serve()
		o.put(o.machine(), "a", question("now?", ""))
		o.wantWindows("1/now?")
		o.person.open["1/now?"] <- protocol.Reply{Status: protocol.StatusFailed, Button: protocol.NoButton, Error: "the window was killed"}
		o.wantWindows()
		if boxes != 1 {
			t.Fatalf("%d boxes", boxes)
		}
		first.stop()
		<-first.done
		o.signal()
		second := o.serve()
		o.wantWindows()
		if shown := o.person.shown["1/now?"]; shown != 1 || boxes != 2 {
			t.Fatalf("the window was shown %d times, the box %d times", shown, boxes)
		}
		pressed <- protocol.ButtonYes
		synctest.Wait()
		if r := o.reply("a"); r.Button != protocol.ButtonYes || r.Channel != protocol.ChannelWTS {
			t.Errorf("reply %+v", r)
		}
		o.left(mailbox.ScopeAssigned, "1")
		o.end(second)
	})
}
