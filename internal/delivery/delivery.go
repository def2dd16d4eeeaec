// Package delivery is the sender's side: it finds out who is meant, puts the
// message where their monitors look, makes sure that somebody attends, waits
// for the replies, and clears all away.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// Options say how to send. The zero value sends to the user who calls, by the
// queue of this executable, and starts no monitor.
type Options struct {
	Queue  string
	Scope  string        // one of Scopes, "" = auto
	ID     string        // of the message, "" = a new one
	Within time.Duration // all of it from here, 0 = for ever
	// Outlive leaves SenderPid out: the question stays when its sender goes.
	Outlive bool
	// WaitLogon asks who is named and not logged on as soon as he is. He is
	// asked by the mailbox that administrators assign to him, where the message
	// stays though its sender ends.
	WaitLogon bool
	// Everybody waits for each person's own answer to a question: none counts for
	// all. Message.Combine is left empty then.
	Everybody bool
	// Adopt takes a message of this ID that is there already for the one that
	// is to be put, if it is the same: an earlier life of the sender put it.
	Adopt bool
	// Keep leaves message and reply where they are; Forget removes them. What
	// an answer of somebody else makes pointless is removed all the same.
	Keep bool
	// Launch has a monitor started in the caller's own session. It is called
	// when nobody attends and returns when one is about to. nil starts nobody,
	// for others neither.
	Launch func(ctx context.Context) error
	// Mailbox is the caller's own, and he the only recipient; nil = as the
	// recipient says.
	Mailbox  *mailbox.Mailbox
	Computer Computer
	// Ledger is told what happens to what is sent to others; it must not block.
	// nil = nobody. What the caller is asked himself his monitor tells of.
	Ledger func(ledger.Event)
	Log    *slog.Logger // nil = none
}

// complete fills in what is nil.
func (o Options) complete() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Computer = o.Computer.Complete()
	return o
}

// Delivery is one message on its way. Wait takes it away again, Withdraw
// without waiting; one that outlives its sender is left.
type Delivery struct {
	id      string
	options Options
	key     *protocol.SealKey
	until   time.Time // the end of Within

	letters []*letter
	absent  []*AbsentError // who was named and is not there

	message protocol.Message // as it was first put

	mu     sync.Mutex
	latest protocol.Message // guarded by mu, as it was last put
}

// Send puts m and waits for what becomes of it. The error says that it could
// not be put: a *protocol.FieldError for a malformed one, or
// what the mailbox says (fs.ErrPermission, fs.ErrExist for an ID in use).
// Everything after that is in the results, one for each recipient, the one
// that counts first. Cancelling ctx withdraws the message. When Send returns,
// message and reply are gone.
func Send(ctx context.Context, m protocol.Message, o Options) ([]Result, error) {
	d, err := Open(ctx, m, o)
	if err != nil {
		return nil, err
	}
	return d.Wait(ctx), nil
}

// Open puts m and returns at once; see Send for its errors. A masked answer
// is sealed to a key that only this process has.
func Open(ctx context.Context, m protocol.Message, o Options) (*Delivery, error) {
	o = o.complete()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("put the message: %w", context.Cause(ctx))
	}
	o.Outlive = o.Outlive || o.WaitLogon
	d := &Delivery{id: o.ID, options: o, message: m}
	if err := d.prepare(); err != nil {
		return nil, err
	}
	if err := d.message.Validate(); err != nil {
		return nil, err
	}
	d.latest = d.message
	recipients, absent, err := o.recipients(ctx, m)
	if err != nil {
		return nil, err
	}
	if err := onlyForService(d.message, recipients, o); err != nil {
		return nil, err
	}
	d.absent = absent
	d.noteAbsent()
	if err := d.put(ctx, recipients); err != nil {
		return nil, fmt.Errorf("put the message: %w", err)
	}
	o.Log.Info("put", "id", d.id, "kind", m.Kind, "recipients", len(d.letters))
	return d, nil
}

// onlyForService refuses what asks the service for something where it would not
// do it.
func onlyForService(m protocol.Message, recipients []recipient, o Options) error {
	if m.Combine != "" && len(recipients) > 1 && o.Outlive && !o.WaitLogon && !o.Keep {
		return &protocol.FieldError{Field: "Combine", Problem: "who does not wait for several people's answers leaves it to the service, by the machine mailbox"}
	}
	if m.OnAnswer == "" {
		return nil
	}
	for _, r := range recipients {
		if r.place.Scope != mailbox.ScopeAssigned && r.place.Scope != mailbox.ScopeMachine {
			return &protocol.FieldError{Field: "OnAnswer", Problem: "is for what an administrator asks others, by an assigned or the machine mailbox"}
		}
	}
	if !o.Outlive {
		return &protocol.FieldError{Field: "OnAnswer", Problem: "the service gets the reply: nobody else waits for it"}
	}
	return nil
}

// prepare fills in what a sender adds to a message.
func (d *Delivery) prepare() error {
	if d.id == "" {
		d.id = protocol.NewID()
	}
	m := &d.message
	if d.options.Within > 0 {
		// In whole milliseconds, as the message can say it: then its end is not
		// seen earlier there than here.
		d.until = time.Now().Add(d.options.Within).Truncate(time.Millisecond)
		if m.Expires.IsZero() || d.until.Before(m.Expires) {
			m.Expires = d.until
		}
	}
	if m.Mask && m.SealTo == "" && m.OnAnswer == "" {
		key, err := protocol.NewSealKey()
		if err != nil {
			return err
		}
		d.key, m.SealTo = &key, key.Public()
	}
	if m.SenderPid == 0 && !d.options.Outlive {
		self, err := process.Self()
		if err != nil {
			return fmt.Errorf("say which process waits: %w", err)
		}
		m.SenderPid, m.SenderStarted = self.Pid, self.Started
	}
	return nil
}

// put puts the message for each recipient, or for none.
func (d *Delivery) put(ctx context.Context, recipients []recipient) error {
	for _, r := range recipients {
		l, err := d.letter(r)
		if err == nil {
			err = l.put(ctx)
		}
		if err != nil {
			d.Forget()
			return err
		}
		l.note(ledger.Event{Event: ledger.Put})
		d.letters = append(d.letters, l)
	}
	return nil
}

// letter is the message as it is put for one recipient.
func (d *Delivery) letter(r recipient) (*letter, error) {
	l := &letter{delivery: d, to: r, message: d.message, box: d.options.Mailbox}
	if r.place.Scope != mailbox.ScopeMachine {
		l.message.To, l.message.Combine, l.message.Absent = "", "", ""
	}
	if r.only {
		l.message.Session = r.session.ID
	}
	if l.box != nil {
		return l, nil
	}
	var err error
	l.box, err = d.options.Computer.Open(r.place)
	return l, err
}

// ID is the message's.
func (d *Delivery) ID() string { return d.id }

// Update puts the live fields of the message anew, as change leaves them. The
// error is fs.ErrNotExist, wrapped, when the message is gone from everywhere.
func (d *Delivery) Update(change func(*protocol.Message)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.latest
	change(&m)
	err := fmt.Errorf("nobody has it: %w", fs.ErrNotExist)
	for _, l := range d.letters {
		switch updateErr := l.box.Update(d.id, l.message.Follow(m)); {
		case updateErr == nil:
			err = nil
		case !errors.Is(updateErr, fs.ErrNotExist):
			return fmt.Errorf("update the message: %w", updateErr)
		}
	}
	if err != nil {
		return fmt.Errorf("update the message: %w", err)
	}
	d.latest = m
	return nil
}

// Attended makes sure that somebody attends the message for each recipient, which
// Wait does else. Where nobody does for any of them, it is taken back and the Result
// says why.
func (d *Delivery) Attended(ctx context.Context) (Result, bool) {
	var first Result
	attended := false
	for _, l := range d.letters {
		result, ok := l.attended(ctx)
		if ok {
			attended = true
			continue
		}
		result = l.named(result)
		l.noteResult(result)
		if first.Outcome == "" {
			first = result
		}
	}
	if attended {
		return Result{}, true
	}
	if len(d.letters) == 0 {
		return d.absent[0].result(), false
	}
	d.Forget()
	return first, false
}

// Withdraw takes the message back. Nobody may be waiting for it.
func (d *Delivery) Withdraw() error {
	var errs []error
	for _, l := range d.letters {
		errs = append(errs, l.box.Forget(d.id))
		l.note(ledger.Event{Event: ledger.Withdrawn})
	}
	return errors.Join(errs...)
}

// Forget removes what Keep has left. That it cannot is logged.
func (d *Delivery) Forget() {
	for _, l := range d.letters {
		l.forget()
	}
}

// Wait makes sure that somebody attends, waits for the replies and removes
// all. It blocks until there is a result; cancelling ctx withdraws the
// message. Of a question it is for Message.Combine to say whose answer counts,
// and when it is no use to wait any longer: the others' windows close then. Of
// what is only told, everybody's counts.
func (d *Delivery) Wait(ctx context.Context) []Result {
	limited := ctx
	if !d.until.IsZero() {
		var cancel context.CancelFunc
		limited, cancel = context.WithDeadlineCause(ctx, d.until, ErrOver)
		defer cancel()
	}
	results := d.collect(limited)
	for _, r := range results {
		d.options.Log.Info(string(r.Outcome), "id", d.id, "session", r.Session)
	}
	return results
}

// collect waits for all letters, until it is decided. The result that counts is
// the first one.
func (d *Delivery) collect(ctx context.Context) []Result {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	type arrival struct {
		n      int
		result Result
	}
	arrivals := make(chan arrival)
	for n, l := range d.letters {
		go func() { arrivals <- arrival{n, l.finish(ctx)} }()
	}
	count := newCount(d.message, len(d.letters)+len(d.absent), d.options.Everybody)
	for n, absent := range d.absent {
		count.add(len(d.letters)+n, absent.result())
	}
	for range d.letters {
		if count.decided {
			end(errDecided)
		}
		a := <-arrivals
		count.add(a.n, a.result)
	}
	return count.inOrder()
}

// asks reports whether one answer to a message of the kind is enough.
func asks(kind string) bool {
	return kind != protocol.KindNotify && kind != protocol.KindProgress && kind != protocol.KindControl
}

// ended is the result of a context that ended.
func ended(ctx context.Context) Result {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrOver):
		return Result{Outcome: Over, Err: ErrOver}
	case errors.Is(cause, errDecided):
		return Result{Outcome: Withdrawn, Err: errDecided}
	default:
		return Result{Outcome: Interrupted, Err: cause}
	}
}
