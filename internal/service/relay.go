package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/protocol"
)

// relayedField marks a message in an assigned mailbox as one that the service
// passed on from the machine mailbox, where it has the same id. It is spelled as
// a spool file spells it, so that it comes back as it went.
const relayedField = "relayed"

// relay is the processor of the machine mailbox: it passes a message on to the
// people whom it is for, and brings back the reply that counts. What it puts
// outlives the service: the next one, which finds the message claimed by
// nobody who runs, takes over what is there.
type relay struct {
	queue    string
	computer delivery.Computer
	ledger   func(ledger.Event)
	log      *slog.Logger

	mu       sync.Mutex
	underway map[string]*delivery.Delivery // guarded by mu, by id; nil: about to be put
}

func newRelay(queue string, computer delivery.Computer, ledger func(ledger.Event), log *slog.Logger) *relay {
	return &relay{queue: queue, computer: computer, ledger: ledger, log: log, underway: map[string]*delivery.Delivery{}}
}

var (
	_ processor.Processor = (*relay)(nil)
	_ processor.Finisher  = (*relay)(nil)
)

// Process implements processor.Processor. When the service stops, the message
// stays where it has been passed on to.
func (r *relay) Process(ctx context.Context, m protocol.Message, updates <-chan protocol.Message) (protocol.Reply, error) {
	// Before it is there for others to see, who would start monitors for it too.
	r.begin(m.ID, nil)
	d, err := delivery.Open(ctx, passedOn(m), delivery.Options{
		Queue: r.queue, Scope: delivery.ScopeAssigned, ID: m.ID,
		Outlive: true, Adopt: true, Keep: true, Computer: r.computer, Ledger: r.ledger, Log: r.log,
		Launch: func(context.Context) error { return delivery.ErrNobody },
	})
	if err != nil {
		r.end(m.ID)
		return protocol.Reply{}, fmt.Errorf("pass it on: %w", err)
	}
	r.begin(m.ID, d)
	arrived := make(chan []delivery.Result, 1)
	go func() { arrived <- d.Wait(ctx) }()
	results := r.follow(d, updates, arrived)
	if results[0].CountsAs != "" {
		return counted(m, results[0]), nil
	}
	if results[0].Outcome == delivery.Told {
		return r.told(m, results[0])
	}
	if reply := results[0].Reply; reply.Status != "" {
		reply.User, reply.Session = results[0].User, results[0].Session
		return reply, nil
	}
	r.end(m.ID)
	if cause := context.Cause(ctx); cause != nil {
		if !errors.Is(cause, processor.ErrStopping) {
			d.Forget()
		}
		return protocol.Reply{}, cause
	}
	d.Forget()
	return protocol.Reply{}, results[0].Err
}

// told is the reply where somebody was told on terminals: a notice has been
// shown, a question could not be.
func (r *relay) told(m protocol.Message, result delivery.Result) (protocol.Reply, error) {
	reply := result.Reply
	reply.Status, reply.User = protocol.StatusAnswered, result.User
	if result.Err != nil {
		if d := r.end(m.ID); d != nil {
			d.Forget()
		}
	}
	return reply, result.Err
}

// counted is the reply where nobody's own answer says what the sender made of
// everybody's by Combine and Absent. It is from nobody, and says why.
func counted(m protocol.Message, r delivery.Result) protocol.Reply {
	reply := protocol.Reply{Status: protocol.StatusDismissed, Button: protocol.NoButton, Error: "counted as " + r.CountsAs}
	if r.Err != nil {
		reply.Error += ": " + r.Err.Error()
	}
	yes := r.CountsAs == protocol.AbsentYes
	for _, b := range m.Offered() {
		if protocol.Agreed(b.Number) == yes && m.Kind == protocol.KindPopup {
			reply.Status, reply.Button, reply.Choice = protocol.StatusAnswered, b.Number, b.Caption
			return reply
		}
	}
	if yes {
		reply.Status, reply.Button = protocol.StatusSkipped, protocol.NoButton
	}
	return reply
}

// follow passes on what changes until the results are there.
func (r *relay) follow(d *delivery.Delivery, updates <-chan protocol.Message, arrived <-chan []delivery.Result) []delivery.Result {
	for {
		select {
		case results := <-arrived:
			return results
		case newer, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			err := d.Update(func(m *protocol.Message) { *m = m.Follow(passedOn(newer)) })
			if err != nil {
				r.log.Warn("pass an update on", "id", d.ID(), "err", err)
			}
		}
	}
}

// Finished implements processor.Finisher.
func (r *relay) Finished(m protocol.Message) {
	if d := r.end(m.ID); d != nil {
		d.Forget()
	}
	if err := r.forgetEarlier(m.ID); err != nil {
		r.log.Warn("remove what was passed on before", "id", m.ID, "err", err)
	}
}

// forgetEarlier removes what an earlier life of the service has passed on to
// people whom this one has not asked: they had gone when it came.
func (r *relay) forgetEarlier(id string) error {
	uids, err := r.computer.Users(r.queue)
	if err != nil {
		return err
	}
	var errs []error
	for _, uid := range uids {
		box, err := r.computer.Open(mailbox.Place{Queue: r.queue, Scope: mailbox.ScopeAssigned, UID: uid})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if entry, err := box.Get(id); err == nil && entry.Message.Extra[relayedField] != nil {
			errs = append(errs, box.Forget(id))
		}
	}
	return errors.Join(errs...)
}

func (r *relay) begin(id string, d *delivery.Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.underway[id] = d
}

func (r *relay) end(id string) *delivery.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.underway[id]
	delete(r.underway, id)
	return d
}

// has reports whether the message is being passed on, and monitors started for
// it.
func (r *relay) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, is := r.underway[id]
	return is
}

// passedOn is the message as it is put into an assigned mailbox. Whether its
// sender still waits the service looks itself.
func passedOn(m protocol.Message) protocol.Message {
	m.SenderPid, m.SenderStarted, m.OnAnswer = 0, "", ""
	if m.TTL > 0 { // counts from when it was put here, not there
		end := time.Now().Add(time.Duration(m.TTL) * time.Second)
		if m.TTL = 0; m.Expires.IsZero() || end.Before(m.Expires) {
			m.Expires = end
		}
	}
	extra := protocol.Fields{relayedField: "1"}
	for name, value := range m.Extra {
		extra[name] = value
	}
	m.Extra = extra
	return m
}
