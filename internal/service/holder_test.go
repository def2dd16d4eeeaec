package service

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/session"
)

// TestCallsAfterAnothersMonitor starts a monitor when one ends that somebody
// else has started, with a question on screen: for who put it waits nobody but
// the service.
func TestCallsAfterAnothersMonitor(t *testing.T) {
	in(t, func(o *office) {
		service := o.serve()
		o.enter("1")
		o.wantWindows()
		if _, err := o.start(t.Context(), session.Session{ID: "s1", User: "user1", UID: "1"}, "q"); err != nil {
			t.Fatal(err)
		}
		o.wantWindows()
		o.put(o.box(1, mailbox.ScopeAssigned, "1"), "a", question("now?", ""))
		o.wantWindows("1/now?")
		for range 2 {
			o.endMonitors("1")
			<-time.After(startPause)
			o.wantWindows("1/now?")
		}
		// So it does when the service has come later than the claim.
		service.stop()
		<-service.done
		service = o.serve()
		o.signal()
		o.wantWindows("1/now?")
		starts := o.starts
		o.endMonitors("1")
		<-time.After(startPause)
		o.wantWindows("1/now?")
		if o.starts != starts+1 {
			t.Errorf("%d were started", o.starts-starts)
		}
		o.press("1/now?", 6)
		o.end(service)
	})
}
