package service

import (
	"testing"
	"testing/synctest"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// TestRelayCombines makes one reply of several people's answers, also when the
// service is killed between them.
func TestRelayCombines(t *testing.T) {
	in(t, func(o *office) {
		service := o.serve()
		o.enter("1", "2", "3")
		ask := func(id, combine, absent, to string) {
			m := question(id, to)
			m.Combine, m.Absent = combine, absent
			o.put(o.machine(), id, m)
		}
		want := func(id string, status protocol.Status, button int, user, why string) {
			t.Helper()
			if r := o.reply(id); r.Status != status || r.Button != button || r.User != user || r.Error != why {
				t.Errorf("%s: %+v", id, r)
			}
		}
		ask("veto", protocol.CombineVeto, "", "all")
		o.press("1/veto", protocol.ButtonYes)
		o.wantWindows("2/veto", "3/veto")
		service.stop()
		<-service.done
		o.press("2/veto", protocol.ButtonNo)
		service = o.serve()
		o.signal()
		o.wantWindows()
		want("veto", protocol.StatusAnswered, protocol.ButtonNo, "user2", "")

		ask("quorum", "quorum=2", "", "all")
		o.press("3/quorum", protocol.ButtonYes)
		o.wantWindows("1/quorum", "2/quorum")
		o.press("1/quorum", protocol.ButtonYes)
		o.wantWindows()
		want("quorum", protocol.StatusAnswered, protocol.ButtonYes, "user1", "")

		ask("no", protocol.CombineAll, protocol.AbsentNo, "user:user1,user:user4")
		o.wantWindows()
		want("no", protocol.StatusAnswered, protocol.ButtonNo, "", "counted as no: user:user4 is not logged on")

		ask("yes", protocol.CombineVeto, protocol.AbsentYes, "user:user4")
		want("yes", protocol.StatusAnswered, protocol.ButtonYes, "", "counted as yes: user:user4 is not logged on")
		synctest.Wait()
		for _, uid := range []string{"1", "2", "3"} {
			o.left(mailbox.ScopeAssigned, uid)
		}
		o.end(service)
	})
}

// TestRelayForgetsAnEarlierLife: who was asked by a service that was killed, and
// has gone when the next one comes, is not asked when he is back, as nobody waits
// any more.
func TestRelayForgetsAnEarlierLife(t *testing.T) {
	in(t, func(o *office) {
		service := o.serve()
		o.enter("1", "2")
		o.put(o.machine(), "q", question("q", "all"))
		o.wantWindows("1/q", "2/q")
		service.stop()
		<-service.done
		o.leave("1")
		o.leave("2")
		service = o.serve()
		o.signal()
		synctest.Wait()
		if r := o.reply("q"); r.Status != protocol.StatusFailed || r.Error != "nobody is logged on" {
			t.Errorf("%+v", r)
		}
		o.left(mailbox.ScopeAssigned, "1")
		o.left(mailbox.ScopeAssigned, "2")
		o.enter("1")
		o.wantWindows()
		o.end(service)
	})
}
