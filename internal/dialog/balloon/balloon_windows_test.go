package balloon

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

func TestShow(t *testing.T) {
	d := New()
	q := dialog.Question{Kind: protocol.KindNotify, Title: "Title", Text: "Text", Origin: "Origin"}
	for _, deadline := range []time.Time{{}, time.Now().Add(-time.Hour)} {
		q.Deadline = deadline
		reply, err := d.Show(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		if reply.Status != protocol.StatusAnswered || reply.Button != protocol.NoButton || reply.Channel != protocol.ChannelToast || reply.ShownAt.IsZero() {
			t.Errorf("%+v", reply)
		}
	}
	if err := d.(io.Closer).Close(); err != nil || open.Len() != 0 {
		t.Errorf("%d balloons are still there, %v", open.Len(), err)
	}
}

func TestCancelled(t *testing.T) {
	cause := errors.New("withdrawn")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := New().Show(ctx, dialog.Question{}, nil); err != cause {
		t.Error(err)
	}
}
