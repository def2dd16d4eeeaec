package deskbell

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/ui"
	"github.com/deskbell/deskbell/internal/monitor"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/protocol"
)

// Processor handles the messages of one kind. Process blocks until the message
// is answered; the latest of updates replaces it. When ctx is cancelled it
// takes down what it shows and returns context.Cause(ctx), unless it has an
// answer already. The reply needs Status and what was answered; a Button of
// protocol.NoButton says that none was pressed.
type Processor interface {
	Process(ctx context.Context, m protocol.Message, updates <-chan protocol.Message) (protocol.Reply, error)
}

// AttendOption says how to attend.
type AttendOption interface{ attend(*attending) }

type attending struct {
	queue      string
	ui         string
	untilIdle  time.Duration
	log        *slog.Logger
	processors map[string]processor.Processor
}

type attendOption func(*attending)

func (o attendOption) attend(a *attending) { o(a) }

// UI says how to show questions: "auto" (the default), "native", "tty",
// "host:PATH" or "script:FILE".
func UI(spec string) AttendOption { return attendOption(func(a *attending) { a.ui = spec }) }

// Handle has messages of a kind handled by p: a kind of your own, or one of
// Deskbell's in another way.
func Handle(kind string, p Processor) AttendOption {
	return attendOption(func(a *attending) { a.processors[kind] = p })
}

// UntilIdle makes Attend return when there was nothing to do for so long.
func UntilIdle(d time.Duration) AttendOption {
	return attendOption(func(a *attending) { a.untilIdle = d })
}

// Attend attends the queue of the user who runs the program, in this session:
// it shows questions and writes the replies, until ctx is done or a control
// message stops it, and then returns nil. It returns an error at once when
// another monitor attends already.
func Attend(ctx context.Context, options ...AttendOption) error {
	a := &attending{processors: map[string]processor.Processor{}}
	for _, o := range options {
		o.attend(a)
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	queue, err := queueName(a.queue)
	if err != nil {
		return err
	}
	dialog, err := ui.Open(a.ui, ui.Options{Log: a.log})
	if err != nil {
		return err
	}
	if c, ok := dialog.(interface{ Close() }); ok {
		defer c.Close()
	}
	for {
		if err := a.attendOnce(ctx, queue, dialog); !errors.Is(err, monitor.ErrRestart) {
			return err
		}
	}
}

// attendOnce attends until the monitor ends, or is told to start anew.
func (a *attending) attendOnce(ctx context.Context, queue string, dialog dialog.Dialog) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	o, err := monitor.Local(ctx, queue)
	if err != nil {
		return err
	}
	o.Dialog, o.UntilIdle, o.Log = dialog, a.untilIdle, a.log
	o.Processors = func(trusted bool) map[string]processor.Processor {
		found, err := processor.Programs{Queue: queue, User: o.Sender(trusted)}.Processors()
		if err != nil {
			a.log.Warn("not all processors are there", "err", err)
		}
		maps.Copy(found, a.processors)
		return found
	}
	return monitor.Run(ctx, o)
}
