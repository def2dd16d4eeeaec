package mailbox_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// neverReady is a store in which somebody goes on writing a message, of every id.
type neverReady struct{ *mailbox.Memory }

func (s neverReady) record() mailbox.Record {
	return mailbox.Record{Fields: protocol.Fields{"Text": "?"}, Written: time.Now()}
}

func (s neverReady) Create(mailbox.Box, string, protocol.Fields) error { return fs.ErrExist }

func (s neverReady) Read(box mailbox.Box, _ string) (mailbox.Record, error) {
	if box != mailbox.Inbox {
		return mailbox.Record{}, fs.ErrNotExist
	}
	return s.record(), nil
}

func (s neverReady) TakeOver(_ mailbox.Box, _ string, _ protocol.Fields, void func(mailbox.Record) bool) error {
	if void(s.record()) {
		return errors.New("what somebody is putting is taken for void")
	}
	return fs.ErrExist
}

// TestPutInTurnEnds: who puts a message does not wait for ever for somebody who
// never gets done with one of the same id.
func TestPutInTurnEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := mailbox.New(neverReady{mailbox.NewMemory()}, mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := b.PutInTurn(t.Context(), "id", asked("?")); !errors.Is(err, mailbox.ErrBeingPut) {
			t.Error(err)
		}
		if took := time.Since(began); took < 10*time.Second || took > time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}
