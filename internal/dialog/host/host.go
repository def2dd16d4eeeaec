// Package host shows questions in a dialog host: a program that is started for
// one window, reads what it is to show and prints what the person did
// (docs/dialog-host.md). It may crash, hang or be killed; nothing else suffers.
package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/child"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// Version is that of docs/dialog-host.md.
	Version = 1
	// grace is how long a window may take to close.
	grace = 2 * time.Second
)

// Exit statuses by which a host says that it cannot show anything here.
const (
	exitMissing   = 3
	exitNoDisplay = 4
)

// Host is a dialog.Dialog.
type Host struct {
	path  string
	grace time.Duration

	notices context.Context // done when Close is called
	close   context.CancelFunc
	running sync.WaitGroup // notices that are still on screen
}

var _ dialog.Dialog = (*Host)(nil)

// New returns a dialog that starts the program at path for each question.
func New(path string) *Host {
	h := &Host{path: path, grace: grace}
	h.notices, h.close = context.WithCancel(context.Background())
	return h
}

// Show starts a host, blocks until the person has acted or ctx is done, and
// returns after the window has gone. A notice is the exception: it is answered
// as soon as it is on screen, and stays there for its time or until Close. The
// error wraps dialog.ErrUnavailable when the host says that it cannot show
// anything here, and when it cannot be started.
func (h *Host) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	if ctx.Err() != nil {
		return protocol.Reply{}, context.Cause(ctx)
	}
	life, end := context.WithCancel(h.notices)
	unbind := context.AfterFunc(ctx, end)
	first, err := encode(q)
	if err != nil {
		end()
		return protocol.Reply{}, err
	}
	p, err := child.Start(life, child.Command{Path: h.path, Dir: "/", Grace: h.grace, Bound: true})
	if err != nil {
		end()
		return protocol.Reply{}, fmt.Errorf("show a window: %w: %w", dialog.ErrUnavailable, err)
	}
	p.Send(first)
	err = feed(p, updates)
	reply, replyErr := h.reply(p)
	if replyErr == nil && q.Kind == protocol.KindNotify && unbind() {
		h.running.Go(func() {
			defer end()
			_ = p.Wait() // the notice was shown, whatever comes of its window
		})
		return reply, nil
	}
	end()
	_ = p.Wait()
	switch {
	case replyErr == nil:
		return reply, nil
	case ctx.Err() != nil:
		return protocol.Reply{}, context.Cause(ctx)
	}
	return protocol.Reply{}, errors.Join(replyErr, err)
}

// Close closes the notices that are still on screen and waits for them. Show
// must not be called after it.
func (h *Host) Close() {
	h.close()
	h.running.Wait()
}

// feed passes updates on until the host has replied.
func feed(p *child.Process, updates <-chan dialog.Question) error {
	var failure error
	for {
		select {
		case <-p.Given():
			return failure
		case q, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			data, err := encode(q)
			if err != nil {
				failure = err
				continue
			}
			p.Send(data)
		}
	}
}

// encode returns the line that a host reads. Its clock counts from there; one
// that stands still has its time left in Remaining already.
func encode(q dialog.Question) ([]byte, error) {
	q.Host = Version
	if !q.Deadline.IsZero() && !q.Paused {
		q.Remaining = max(1, time.Until(q.Deadline).Milliseconds())
	}
	data, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("write the question to a window: %w", err)
	}
	return data, nil
}

// reply reads what the host printed. It is believed in what the person did and
// nothing else.
func (h *Host) reply(p *child.Process) (protocol.Reply, error) {
	data, err := p.Line()
	if err != nil {
		var exit *child.ExitError
		if errors.As(err, &exit) && (exit.Code == exitMissing || exit.Code == exitNoDisplay) {
			err = fmt.Errorf("%w: %w", dialog.ErrUnavailable, err)
		}
		return protocol.Reply{}, fmt.Errorf("show a window with %s: %w", filepath.Base(h.path), err)
	}
	fields, err := protocol.ParseJSON(data)
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("read the reply of %s: %w", filepath.Base(h.path), err)
	}
	told, err := protocol.DecodeReply(fields)
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("read the reply of %s: %w", filepath.Base(h.path), err)
	}
	if told.Status != protocol.StatusAnswered && told.Status != protocol.StatusDismissed {
		return protocol.Reply{}, fmt.Errorf("read the reply of %s: its status is %q", filepath.Base(h.path), told.Status)
	}
	return protocol.Reply{
		Status: told.Status, Button: told.Button, Answer: told.Answer, Items: told.Items,
		Checked: told.Checked, ShownAt: told.ShownAt, Channel: protocol.ChannelDialog,
	}, nil
}
