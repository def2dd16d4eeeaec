// Package delivery is the sender's side: it puts a message where its
// recipient's monitor looks, makes sure that somebody attends, waits for the
// reply, and clears both away.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
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
	// Launch has a monitor started in the caller's own session. It is called
	// when nobody attends and returns when one is about to. nil starts nobody.
	Launch  func(ctx context.Context) error
	Mailbox *mailbox.Mailbox // nil = the caller's own of Queue
	Log     *slog.Logger     // nil = none
}

// Delivery is one message on its way. Wait takes it
// away again, Withdraw without waiting; one that outlives its sender is left.
type Delivery struct {
	id      string
	box     *mailbox.Mailbox
	options Options
	key     *protocol.SealKey
	until   time.Time // the end of Within

	message protocol.Message // as it was first put

	mu     sync.Mutex
	latest protocol.Message // guarded by mu, as it was last put
}

// Send puts m and waits for what becomes of it. The error says that it could
// not be put: a *protocol.FieldError for a malformed one, a *RecipientError, or
// what the mailbox says (fs.ErrPermission, fs.ErrExist for an ID in use).
// Everything after that is in the results, one for each recipient. Cancelling
// ctx withdraws the message. When Send returns, message and reply are gone.
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
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := checkRecipient(m, o.Scope); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("put the message: %w", context.Cause(ctx))
	}
	d := &Delivery{id: o.ID, box: o.Mailbox, options: o, message: m}
	if err := d.prepare(); err != nil {
		return nil, err
	}
	if err := d.message.Validate(); err != nil {
		return nil, err
	}
	d.latest = d.message
	if d.box == nil {
		box, err := mailbox.OpenUser(o.Queue)
		if err != nil {
			return nil, err
		}
		d.box = box
	}
	if err := d.box.Put(d.id, d.message); err != nil {
		return nil, fmt.Errorf("put the message: %w", err)
	}
	o.Log.Info("put", "id", d.id, "kind", m.Kind)
	return d, nil
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
	if m.Mask && m.SealTo == "" {
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

// ID is the message's.
func (d *Delivery) ID() string { return d.id }

// Update puts the live fields of the message anew, as change leaves them. The
// error is fs.ErrNotExist, wrapped, when the message is gone.
func (d *Delivery) Update(change func(*protocol.Message)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.latest
	change(&m)
	if err := d.box.Update(d.id, m); err != nil {
		return fmt.Errorf("update the message: %w", err)
	}
	d.latest = m
	return nil
}

// Attended makes sure that somebody attends the message, which Wait does else.
// Where nobody does, it is taken back and the Result says why.
func (d *Delivery) Attended(ctx context.Context) (Result, bool) {
	result, ok := d.attended(ctx)
	if !ok {
		d.forget()
	}
	return result, ok
}

// Withdraw takes the message back. Nobody may be waiting for it.
func (d *Delivery) Withdraw() error { return d.box.Forget(d.id) }

// Wait makes sure that somebody attends, waits for the reply and removes both.
// It blocks until there is a result; cancelling ctx withdraws the message.
func (d *Delivery) Wait(ctx context.Context) []Result {
	limited := ctx
	if !d.until.IsZero() {
		var cancel context.CancelFunc
		limited, cancel = context.WithDeadlineCause(ctx, d.until, ErrOver)
		defer cancel()
	}
	result, ok := d.attended(limited)
	if ok {
		result = d.await(limited)
	}
	if result.Outcome == Expired && !d.until.IsZero() && !time.Now().Before(d.until) {
		result = Result{Outcome: Over, Err: ErrOver}
	}
	d.forget()
	d.options.Log.Info(string(result.Outcome), "id", d.id, "session", result.Session)
	return []Result{result}
}

// forget removes message and reply. That it cannot is no reason to keep the
// answer from its sender; the monitor sweeps.
func (d *Delivery) forget() {
	if err := d.box.Forget(d.id); err != nil {
		d.options.Log.Warn("not removed", "id", d.id, "err", err)
	}
}

// attended makes sure of a monitor; without one it says so in the Result.
func (d *Delivery) attended(ctx context.Context) (Result, bool) {
	found, err := d.reached()
	switch {
	case err != nil:
		return Result{Outcome: Broken, Err: err}, false
	case found:
		return Result{}, true
	case d.options.Launch == nil:
		return Result{Outcome: Nobody, Err: ErrNobody}, false
	case d.message.Session != "" && d.message.Session != session.Current():
		return Result{Outcome: Nobody, Err: fmt.Errorf("%w in session %q", ErrNobody, d.message.Session)}, false
	}
	err = d.options.Launch(ctx)
	switch {
	case err == nil:
		return Result{}, true
	case ctx.Err() != nil:
		return ended(ctx), false
	case errors.Is(err, ErrNobody):
		return Result{Outcome: Nobody, Err: err}, false
	}
	return Result{Outcome: NoMonitor, Err: &LaunchError{err}}, false
}

// reached reports whether a monitor will take the message, or one has replied
// and gone.
func (d *Delivery) reached() (bool, error) {
	found, err := d.attends()
	if err != nil || found {
		return found, err
	}
	state, _, err := d.box.State(d.id)
	return state == mailbox.Spent, err
}

// attends reports whether a live monitor will take the message.
func (d *Delivery) attends() (bool, error) {
	attendants, err := d.box.Attending()
	if err != nil {
		return false, fmt.Errorf("look who attends: %w", err)
	}
	for _, a := range attendants {
		if d.message.Session == "" || a.Session == d.message.Session {
			return true, nil
		}
	}
	return false, nil
}

func (d *Delivery) await(ctx context.Context) Result {
	reply, err := d.box.Await(ctx, d.id, d.message)
	var misfit *mailbox.MisfitError
	switch {
	case err == nil:
		return d.unseal(reply)
	case ctx.Err() != nil:
		return ended(ctx)
	case errors.Is(err, mailbox.ErrWithdrawn):
		return Result{Outcome: Withdrawn, Err: err}
	case errors.As(err, &misfit):
		return Result{Outcome: Rejected, Err: err}
	}
	return Result{Outcome: Broken, Err: err}
}

// ended is the result of a context that ended.
func ended(ctx context.Context) Result {
	if cause := context.Cause(ctx); !errors.Is(cause, ErrOver) {
		return Result{Outcome: Interrupted, Err: cause}
	}
	return Result{Outcome: Over, Err: ErrOver}
}

// unseal opens an answer sealed to our own key and checks what came out.
func (d *Delivery) unseal(r protocol.Reply) Result {
	if d.key == nil || r.Status != protocol.StatusAnswered || !d.message.Accepts(r.Button) {
		return resultOf(r)
	}
	sealed := r.Answer
	text, err := d.key.Open(sealed)
	if err == nil {
		r.Answer = text
		plain := d.message
		plain.SealTo = ""
		r, err = plain.Fit(r)
	}
	if err != nil {
		return Result{Outcome: Rejected, Session: r.Session, Err: fmt.Errorf("the reply does not fit the question: %w", err)}
	}
	return resultOf(r)
}

// Await waits for the reply to a message that was put before, by whomever, and
// removes both. Cancelling ctx leaves them where they are. The error is
// fs.ErrNotExist, wrapped, when there is no such message.
func Await(ctx context.Context, id string, o Options) (protocol.Message, Result, error) {
	box := o.Mailbox
	if box == nil {
		var err error
		if box, err = mailbox.OpenUser(o.Queue); err != nil {
			return protocol.Message{}, Result{}, err
		}
	}
	entry, err := box.Get(id)
	if err == nil && !entry.Ready {
		err = fs.ErrNotExist
	}
	if err != nil {
		return protocol.Message{}, Result{}, fmt.Errorf("await %s: %w", id, err)
	}
	d := &Delivery{id: id, box: box, options: o, message: entry.Message}
	if o.Within > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, o.Within, ErrOver)
		defer cancel()
		ctx = limited
	}
	result := d.await(ctx)
	if result.Outcome == Interrupted || result.Outcome == Over || result.Outcome == Broken {
		return entry.Message, result, nil
	}
	if err := box.Forget(id); err != nil {
		return entry.Message, result, fmt.Errorf("remove %s: %w", id, err)
	}
	return entry.Message, result, nil
}
