package monitor

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// collections is how often memory was collected because somebody wanted it.
func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumForcedGC
}

// A monitor gives memory back once nothing has happened for a while, once, and
// again after the next message.
func TestMemoryIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, err := mailbox.New(mailbox.NewMemory(), mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		begin := collections()
		go func() {
			ended <- Run(ctx, Options{Queue: "q", Mailbox: box, Dialog: &person{windows: map[string]*shown{}, times: map[string]int{}}, Session: "1"})
		}()
		synctest.Wait()
		for round := range uint32(3) {
			<-time.After(restAfter - time.Millisecond) // virtual time
			synctest.Wait()
			if n := collections() - begin; n != round {
				t.Errorf("round %d: %d times, before it has rested", round, n)
			}
			<-time.After(time.Hour) // likewise
			synctest.Wait()
			if n := collections() - begin; n != round+1 {
				t.Errorf("round %d: %d times after an hour of rest", round, n)
			}
			ping := protocol.NewMessage(protocol.KindControl)
			ping.Command = protocol.CommandPing
			if err := box.Put("ping", ping); err != nil {
				t.Fatal(err)
			}
			if _, err := box.Await(ctx, "ping", ping); err != nil {
				t.Fatal(err)
			}
			if err := box.Forget("ping"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	})
}
