package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// rung is a dialog to try.
type rung struct {
	name    string
	channel string   // how a reply says that it was shown by this one
	kinds   []string // what it shows; nil = everything
	dialog  dialog.Dialog
}

// ladder tries one dialog after the other until one can show the question.
type ladder struct {
	rungs []rung
	log   *slog.Logger
}

// Show implements dialog.Dialog. The reply has its Channel with an error too.
// Only an error that wraps ErrUnavailable leads
// to the next dialog: with any other the question may have been seen already.
func (l ladder) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	var reasons []string
	for _, r := range l.arranged(q) {
		if ctx.Err() != nil {
			return protocol.Reply{}, context.Cause(ctx)
		}
		reply, latest, err := r.try(ctx, q, updates)
		if err == nil || !errors.Is(err, dialog.ErrUnavailable) {
			if reply.Channel == "" { // it was closed, and so gave no reply of its own
				reply.Channel = r.channel
			}
			return reply, err
		}
		l.log.Debug("cannot show a window in this way", "id", q.ID, "ui", r.name, "error", err)
		reasons = append(reasons, r.name+": "+err.Error())
		q = latest
	}
	if ctx.Err() != nil {
		return protocol.Reply{}, context.Cause(ctx)
	}
	if len(reasons) == 0 {
		return protocol.Reply{}, fmt.Errorf("%w: nothing is there that shows %s", dialog.ErrUnavailable, q.Kind)
	}
	return protocol.Reply{}, fmt.Errorf("%w (%s)", dialog.ErrUnavailable, strings.Join(reasons, "; "))
}

// arranged are the rungs that show the question's kind, in the order of its
// Ways. Where none of them is among these, as with a dialog host for everything,
// all of them are tried.
func (l ladder) arranged(q dialog.Question) []rung {
	var all, ordered []rung
	for _, r := range l.rungs {
		if r.kinds != nil && !slices.Contains(r.kinds, q.Kind) {
			continue
		}
		all = append(all, r)
		if r.way() == "" { // as a script's user, who is asked in any case
			ordered = append(ordered, r)
		}
	}
	for _, way := range q.Ways {
		for _, r := range all {
			if r.way() == way {
				ordered = append(ordered, r)
			}
		}
	}
	if q.Ways == nil || len(ordered) == 0 {
		return all
	}
	return ordered
}

// way is the word of Message.Fallback for the rung, "" = there is none.
func (r rung) way() string {
	switch r.channel {
	case protocol.ChannelDialog, protocol.ChannelTTY:
		return protocol.ChannelDialog
	case protocol.ChannelToast:
		return protocol.ChannelToast
	}
	return ""
}

// Close closes the dialogs that hold something open, and blocks until they
// are.
func (l ladder) Close() {
	for _, r := range l.rungs {
		switch c := r.dialog.(type) {
		case interface{ Close() }:
			c.Close()
		case io.Closer:
			if err := c.Close(); err != nil {
				l.log.Warn("close what is still shown", "ui", r.name, "err", err)
			}
		}
	}
}

// try shows the question by this rung and returns it as it was last changed:
// an update that a dialog has taken before it gave up must not be lost.
func (r rung) try(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, dialog.Question, error) {
	passed := make(chan dialog.Question)
	stop, done := make(chan struct{}), make(chan struct{})
	latest := q
	go func() {
		defer close(done)
		latest = pass(stop, q, updates, passed)
	}()
	reply, err := r.dialog.Show(ctx, q, passed)
	close(stop)
	<-done
	return reply, latest, err
}

// pass hands updates on until stop is closed; of those that have not been
// taken yet only the latest is kept. It returns the last one.
func pass(stop <-chan struct{}, q dialog.Question, updates <-chan dialog.Question, to chan<- dialog.Question) dialog.Question {
	var pending chan<- dialog.Question
	for {
		select {
		case newer, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			newer.Raise = newer.Raise || pending != nil && q.Raise
			q, pending = newer, to
		case pending <- q:
			pending = nil
		case <-stop:
			return q
		}
	}
}
