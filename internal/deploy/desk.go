package deploy

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// Screen is the desk of whoever a message is for, by delivery.
type Screen struct{ Options delivery.Options }

// noticeTime is how long a notice is tried; it is no use later.
const noticeTime = 30 * time.Second

// Ask implements Desk.
func (s Screen) Ask(ctx context.Context, m protocol.Message, within time.Duration) (delivery.Result, error) {
	results, err := s.ask(ctx, m, within, false)
	if err != nil {
		return delivery.Result{}, err
	}
	return results[0], nil
}

// AskAll implements Desk.
func (s Screen) AskAll(ctx context.Context, m protocol.Message, within time.Duration) ([]delivery.Result, error) {
	return s.ask(ctx, m, within, true)
}

func (s Screen) ask(ctx context.Context, m protocol.Message, within time.Duration, everybody bool) ([]delivery.Result, error) {
	o := s.Options
	o.Within, o.Everybody = within, everybody
	results, err := delivery.Send(ctx, m, o)
	if none, err := absence(err); none != nil || err != nil {
		return none, err
	}
	return results, nil
}

// Begin implements Desk.
func (s Screen) Begin(ctx context.Context, m protocol.Message, within time.Duration) (Question, error) {
	o := s.Options
	o.Within = within
	q := asked{result: make(chan delivery.Result, 1)}
	var err error
	q.delivery, err = delivery.Open(ctx, m, o)
	if results, err := absence(err); results != nil || err != nil {
		if err == nil {
			q.result <- results[0]
		}
		return q, err
	}
	q.wait(ctx)
	return q, nil
}

// asked is what is on the screen: a question, or a bar.
type asked struct {
	delivery *delivery.Delivery // nil where nobody was there
	result   chan delivery.Result
}

// wait has the result told; whoever began reads it.
func (q asked) wait(ctx context.Context) {
	go func() { q.result <- q.delivery.Wait(ctx)[0] }()
}

func (q asked) Update(change func(*protocol.Message)) error {
	if q.delivery == nil {
		return nil
	}
	err := q.delivery.Update(change)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was answered, or closed
	}
	return err
}

func (q asked) Result() <-chan delivery.Result { return q.result }

// absence is what became of a question that nobody was there for; nil for none.
func absence(err error) ([]delivery.Result, error) {
	var absent *delivery.AbsentError
	switch {
	case errors.As(err, &absent) && absent.SetUp != "":
		return []delivery.Result{{Outcome: delivery.SetUp, Err: err}}, nil
	case errors.As(err, &absent):
		return []delivery.Result{{Outcome: delivery.NotLoggedOn, Err: err}}, nil
	}
	return nil, err
}

// Show implements Desk.
func (s Screen) Show(ctx context.Context, m protocol.Message) (Bar, error) {
	d, err := delivery.Open(ctx, m, s.Options)
	if err != nil {
		return nil, err
	}
	b := bar{asked{delivery: d, result: make(chan delivery.Result, 1)}}
	b.wait(ctx) // whatever becomes of it: the job goes on
	return b, nil
}

// Tell implements Desk.
func (s Screen) Tell(ctx context.Context, m protocol.Message) error {
	o := s.Options
	o.Within = noticeTime
	results, err := delivery.Send(ctx, m, o)
	if err != nil {
		return err
	}
	return results[0].Err
}

// Leave implements Desk.
func (s Screen) Leave(ctx context.Context, m protocol.Message) error {
	ctx, cancel := context.WithTimeout(ctx, noticeTime)
	defer cancel()
	o := s.Options
	o.Outlive = true
	d, err := delivery.Open(ctx, m, o)
	if err != nil {
		return err
	}
	if result, ok := d.Attended(ctx); !ok {
		return result.Err
	}
	return nil
}

type bar struct{ asked }

func (b bar) Close() error {
	err := b.Update(func(m *protocol.Message) { m.Percent = 100 })
	<-b.result
	return err
}
