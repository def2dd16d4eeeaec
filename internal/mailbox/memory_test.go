package mailbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

func TestMemory(t *testing.T) {
	mailboxtest.Run(t, func(*testing.T) mailbox.Store { return mailbox.NewMemory() })
}

// A record without a Pid is waited for, for ten seconds and no longer.
func TestAttendWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mailbox.NewMemory()
		b, err := mailbox.New(s, mailbox.Options{
			Self: process.ID{Pid: 1, Started: "1"}, Running: func(process.ID) bool { return true },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Create(mailbox.Monitor, "1", protocol.Fields{"State": "ready"}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := b.Attend("1", protocol.Presence{}); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}
