package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// letter is the message as it lies at one recipient.
type letter struct {
	delivery *Delivery
	to       recipient
	box      *mailbox.Mailbox
	message  protocol.Message
	starts   int // of monitors for it
	// unknown tells that a monitor was started, and not which process it is, or
	// that it has ended already. It is keep's.
	unknown bool
}

// put makes the place where that is missing and puts the message there. With
// Options.Adopt one that is there already, the same, is taken for it.
func (l *letter) put(ctx context.Context) error {
	o := &l.delivery.options
	if l.to.place.Scope == mailbox.ScopeAssigned {
		if err := o.Computer.Make(l.to.place); err != nil {
			return fmt.Errorf("make a mailbox for %s: %w", l.to.session.User, err)
		}
	}
	err := l.box.PutInTurn(ctx, l.delivery.id, l.message)
	if !errors.Is(err, fs.ErrExist) || !o.Adopt {
		return err
	}
	entry, getErr := l.box.Get(l.delivery.id)
	if getErr == nil && entry.Ready && entry.Problem == nil && entry.Message.Same(l.message) {
		return l.box.Update(l.delivery.id, l.message)
	}
	if err := l.retract(ctx); err != nil {
		return err
	}
	return l.box.Put(l.delivery.id, l.message)
}

// retractWait is how long a monitor may take to close the window of a message
// that was withdrawn.
const retractWait = 10 * time.Second

// retract removes another question of the id. A window that shows it has to
// close first, or it would be taken for the new one's.
func (l *letter) retract(ctx context.Context) error {
	if err := l.box.Withdraw(l.delivery.id); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, retractWait)
	defer cancel()
	if err := l.box.Unclaimed(waiting, l.delivery.id); err != nil && waiting.Err() == nil {
		return err
	}
	return l.box.Forget(l.delivery.id)
}

// forget removes message and reply. That it cannot is no reason to keep the
// answer from its sender; the mailbox is swept.
func (l *letter) forget() {
	forget := l.box.Forget
	if l.to.place.Scope == mailbox.ScopeService {
		forget = l.box.Withdraw // the reply is the service's to remove
	}
	if err := forget(l.delivery.id); err != nil {
		l.delivery.options.Log.Warn("not removed", "id", l.delivery.id, "err", err)
	}
}

// finish waits for the reply and removes it with its message.
func (l *letter) finish(ctx context.Context) Result {
	result := l.fallBack(ctx, l.run(ctx))
	d := l.delivery
	if result.Outcome == Expired && !d.until.IsZero() && !time.Now().Before(d.until) {
		result = Result{Outcome: Over, Err: ErrOver}
	}
	result = l.named(l.explained(result))
	l.noteResult(result)
	if !d.options.Keep || result.Outcome == Withdrawn {
		l.forget()
	}
	return result
}

// run makes sure that somebody attends, and goes on to, and waits for the
// reply.
func (l *letter) run(ctx context.Context) Result {
	if l.to.self {
		// One after the other: what starts a monitor here is itself a sender,
		// and is not to be ended in the middle of it.
		if result, ok := l.attended(ctx); !ok {
			return result
		}
		return l.await(ctx)
	}
	attending, unattended := context.WithCancelCause(ctx)
	defer unattended(nil)
	kept := make(chan Result, 1)
	go func() {
		result, ok := l.keep(attending)
		if !ok {
			unattended(errUnattended)
		}
		kept <- result
	}()
	result := l.await(attending)
	unattended(nil)
	if why := <-kept; errors.Is(context.Cause(attending), errUnattended) && result.Outcome == Interrupted {
		result = why
	}
	return result
}

var errUnattended = errors.New("nobody attends any more")

// named says whose result it is.
func (l *letter) named(r Result) Result {
	r.User, r.UID = r.Reply.User, l.to.session.UID
	if !l.to.self && l.to.session.User != "" {
		r.User = l.to.session.User // the system's word, not the reply's
	}
	if r.Session == "" {
		r.Session = l.to.session.ID
	}
	return r
}

// attended makes sure of a monitor; without one it says so in the Result.
func (l *letter) attended(ctx context.Context) (Result, bool) {
	_, result, ok := l.attendant(ctx)
	return result, ok
}

// attendant returns the monitor that will take the message, starting one where
// there is none; the zero ID where it is not known which.
func (l *letter) attendant(ctx context.Context) (process.ID, Result, bool) {
	switch l.to.place.Scope {
	case mailbox.ScopeMachine, mailbox.ScopeService:
		return process.ID{}, Result{}, true // the service says so by its claim
	}
	if l.to.waits {
		if there, err := l.seek(ctx); err != nil || !there {
			return process.ID{}, Result{Outcome: Broken, Err: err}, err == nil
		}
	}
	id, found, err := l.reached()
	switch {
	case err != nil && !l.to.self && session.Hidden(l.to.session.UID):
		return id, Result{Outcome: Denied, Err: &HiddenError{err}}, false
	case err != nil:
		return id, Result{Outcome: Broken, Err: err}, false
	case found:
		return id, Result{}, true
	case l.to.self:
		return l.launchHere(ctx)
	}
	return l.launchThere(ctx)
}

// launchHere starts a monitor in the caller's own session.
func (l *letter) launchHere(ctx context.Context) (id process.ID, result Result, ok bool) {
	o := &l.delivery.options
	switch {
	case o.Launch == nil:
		return id, Result{Outcome: Nobody, Err: ErrNobody}, false
	case l.message.Session != "" && l.message.Session != session.Current():
		return id, Result{Outcome: Nobody, Err: fmt.Errorf("%w in session %q", ErrNobody, l.message.Session)}, false
	}
	err := o.Launch(ctx)
	switch {
	case err == nil:
		return id, Result{}, true
	case ctx.Err() != nil:
		return id, ended(ctx), false
	case errors.Is(err, ErrNobody):
		return id, Result{Outcome: Nobody, Err: err}, false
	}
	return id, Result{Outcome: NoMonitor, Err: &LaunchError{err}}, false
}

// launchThere starts one in somebody else's, or leaves that to the service.
func (l *letter) launchThere(ctx context.Context) (id process.ID, result Result, ok bool) {
	o := &l.delivery.options
	switch {
	case o.Launch == nil:
		return id, Result{Outcome: Nobody, Err: ErrNobody}, false
	case !o.Computer.Direct() && o.Computer.Served(o.Queue):
		return id, Result{}, true
	}
	id, err := o.Computer.Start(ctx, l.to.session, o.Queue)
	for err != nil && ctx.Err() == nil && l.justLoggedOn() {
		// What a monitor needs may not be there yet, and nothing tells when.
		pause(ctx, time.Second)
		id, err = o.Computer.Start(ctx, l.to.session, o.Queue)
	}
	switch {
	case err == nil:
		l.unknown = id == process.ID{}
		o.Log.Info("started", "id", l.delivery.id, "session", l.to.session.ID, "pid", id.Pid)
		l.starts++
		l.note(ledger.Event{Event: ledger.Started, Count: l.starts})
		return id, Result{}, true
	case ctx.Err() != nil:
		return id, ended(ctx), false
	}
	result.Outcome, result.Err = NoMonitor, &LaunchError{err}
	var start *session.StartError
	if errors.As(err, &start) && (start.Reason == session.StartNotPermitted || start.Reason == session.StartHidden) {
		result.Outcome = Denied
	}
	return id, result, false
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// justLoggedOn reports whether the recipient's session is still being set up. At
// a terminal there is nothing to come.
func (l *letter) justLoggedOn() bool {
	const atMost = time.Minute
	since := l.to.session.Since
	return !since.IsZero() && l.to.session.Type != "tty" && time.Since(since) < atMost
}

// reached reports whether a monitor will take the message, or one has replied
// and gone.
func (l *letter) reached() (process.ID, bool, error) {
	id, found, err := l.attends()
	if err != nil || found {
		return id, found, err
	}
	state, _, err := l.box.State(l.delivery.id)
	return id, state == mailbox.Spent, err
}

// attends looks for a live monitor that will take the message.
func (l *letter) attends() (process.ID, bool, error) {
	attendants, err := l.attendants()
	if err != nil {
		return process.ID{}, false, fmt.Errorf("look who attends: %w", err)
	}
	for _, a := range attendants {
		if l.message.Session == "" || a.Session == l.message.Session {
			return process.ID{Pid: a.Pid, Started: a.Started}, true, nil
		}
	}
	return process.ID{}, false, nil
}

// attendants are who attends the recipient's mailboxes, as his own one says.
func (l *letter) attendants() ([]mailbox.Attendant, error) {
	if l.to.self {
		return l.box.Attending()
	}
	place := l.to.place
	place.Scope = mailbox.ScopeUser
	box, err := l.delivery.options.Computer.Open(place)
	if err != nil {
		return nil, err
	}
	return box.Attending()
}

// A monitor that ends sooner than this after it was started has failed; after
// so many in a row no other is started.
const (
	shortLife = displayWait + 10*time.Second
	maxStarts = 3
)

// keep makes sure that somebody attends until ctx is done: where the monitor
// ends, and the person is still there, another is started. A Result that is
// not ok says why there is nobody.
func (l *letter) keep(ctx context.Context) (Result, bool) {
	for failed := 0; ; {
		if l.to.waits {
			if err := l.awaitLogon(ctx); err != nil {
				return Result{Outcome: Broken, Err: err}, ctx.Err() != nil
			}
		}
		id, result, ok := l.attendant(ctx)
		if !ok || id == (process.ID{}) && !l.unknown {
			if there, err := l.there(ctx); ok && l.to.waits && err == nil && !there && ctx.Err() == nil {
				continue // he has gone again
			}
			if ok {
				result, ok = l.others(ctx)
			}
			return result, ok
		}
		began := time.Now()
		if err := l.outlast(ctx, id); err != nil {
			return Result{}, true // ctx is done
		}
		if state, _, err := l.box.State(l.delivery.id); err == nil && state == mailbox.Spent {
			return Result{}, true
		}
		if there, err := l.there(ctx); err != nil {
			return Result{Outcome: Broken, Err: err}, ctx.Err() != nil
		} else if !there && l.to.waits {
			failed = 0
			continue
		} else if !there {
			return Result{Outcome: LoggedOff, Err: ErrLoggedOff}, false
		}
		if failed++; time.Since(began) >= shortLife {
			failed = 0
		} else if l.justLoggedOn() {
			failed = 0
			pause(ctx, time.Second)
		}
		if failed == maxStarts {
			return Result{Outcome: NoMonitor, Err: &LaunchError{errEnds}}, false
		}
	}
}

var errEnds = fmt.Errorf("%d have ended at once", maxStarts)

// serviceWait is how long the service may take to claim a message.
const serviceWait = 10 * time.Second

// others looks after what somebody else starts monitors for, the service: it
// has to claim what is in its own mailboxes, and a user may log off.
func (l *letter) others(ctx context.Context) (Result, bool) {
	if l.to.place.Scope != mailbox.ScopeAssigned {
		return l.claimedInTime(ctx)
	}
	changes, err := l.delivery.options.Computer.Changes(ctx)
	if err != nil {
		l.delivery.options.Log.Warn("nobody tells whether the user logs off", "err", err)
		return Result{}, true
	}
	for range changes {
		if there, err := l.there(ctx); err == nil && !there {
			return Result{Outcome: LoggedOff, Err: ErrLoggedOff}, false
		}
	}
	return Result{}, true
}

// claimedInTime waits until the service has claimed a message in one of its
// mailboxes; where it does not, nobody attends them.
func (l *letter) claimedInTime(ctx context.Context) (Result, bool) {
	timer := time.NewTimer(serviceWait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return Result{}, true
	case <-timer.C:
	}
	state, _, err := l.box.State(l.delivery.id)
	if err == nil && (state == mailbox.Free || state == mailbox.Void) {
		return Result{Outcome: Nobody, Err: ErrNoService}, false
	}
	return Result{}, true
}

// there reports whether the recipient is still logged on where he was.
func (l *letter) there(ctx context.Context) (bool, error) {
	_, found, err := l.session(ctx)
	return found, err
}

// session is the one in which the recipient is to be asked.
func (l *letter) session(ctx context.Context) (s session.Session, found bool, err error) {
	sessions, err := l.delivery.options.Computer.Sessions(ctx)
	if err != nil {
		return s, false, err
	}
	for _, s := range sessions {
		if s.UID == l.to.session.UID && (!l.to.only || s.ID == l.to.session.ID) {
			return s, true, nil
		}
	}
	return s, false, nil
}

// explained tells why nothing was answered in time, where the session can say.
func (l *letter) explained(r Result) Result {
	if r.Outcome != Over && r.Outcome != Skipped && r.Outcome != Expired {
		return r
	}
	switch o := l.sessionOutcome(); o {
	case "":
	case NotLoggedOn:
		r.Outcome, r.Err = o, &AbsentError{To: toUser + l.to.session.User}
	default:
		r.Outcome, r.Err = o, &AwayError{o}
	}
	return r
}

// sessionOutcome is what the state of the recipient's session comes to, "" for
// one that can be asked.
func (l *letter) sessionOutcome() Outcome {
	if !l.to.self {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		s, found, err := l.session(ctx)
		switch {
		case err != nil:
		case found && s.State.Disconnected && s.ID == l.to.session.ID:
			return Disconnected
		case !found && l.to.waits:
			return NotLoggedOn
		}
	}
	attendants, err := l.attendants()
	if err != nil {
		return ""
	}
	for _, a := range attendants {
		switch {
		case l.message.Session != "" && a.Session != l.message.Session:
		case a.State == protocol.StateLocked:
			return Locked
		case a.State == protocol.StateBusy:
			return Busy
		}
	}
	return ""
}

func (l *letter) await(ctx context.Context) Result {
	reply, err := l.box.Await(ctx, l.delivery.id, l.message)
	var misfit *mailbox.MisfitError
	switch {
	case err == nil:
		return l.unseal(reply)
	case ctx.Err() != nil:
		return ended(ctx)
	case errors.Is(err, mailbox.ErrWithdrawn):
		return Result{Outcome: Withdrawn, Err: err}
	case errors.As(err, &misfit):
		return Result{Outcome: Rejected, Err: err}
	}
	return Result{Outcome: Broken, Err: err}
}

// unseal opens an answer sealed to our own key and checks what came out.
func (l *letter) unseal(r protocol.Reply) Result {
	key := l.delivery.key
	if key == nil || r.Status != protocol.StatusAnswered || !l.message.Accepts(r.Button) {
		return resultOf(r)
	}
	text, err := key.Open(r.Answer)
	if err == nil {
		r.Answer = text
		plain := l.message
		plain.SealTo = ""
		r, err = plain.Fit(r)
	}
	if err != nil {
		return Result{Outcome: Rejected, Session: r.Session, Err: fmt.Errorf("the reply does not fit the question: %w", err)}
	}
	return resultOf(r)
}
