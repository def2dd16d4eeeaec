package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// AttendedError tells that a live monitor attends the session already.
type AttendedError struct {
	Session string
	Pid     int
}

func (e *AttendedError) Error() string {
	return fmt.Sprintf("session %s is attended already, by process %d", e.Session, e.Pid)
}

// Attendance is our own record of attending a mailbox.
type Attendance struct {
	box      *Mailbox
	session  string
	mu       sync.Mutex
	presence protocol.Presence // guarded by mu
}

// Renew puts the record back where somebody has removed it, with the whole
// mailbox perhaps. The error is an *AttendedError where another monitor has
// taken its place.
func (a *Attendance) Renew() error {
	_, err := a.box.store.Read(Monitor, a.session)
	if !errors.Is(err, fs.ErrNotExist) {
		return nil // there, or not to be judged now
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.box.attend(a.session, a.presence); err != nil {
		return fmt.Errorf("attend session %s again: %w", a.session, err)
	}
	return nil
}

// Attendant is somebody who attends a mailbox.
type Attendant struct {
	Session string
	protocol.Presence
}

// Attend writes down that this process attends the mailbox for a session. Pid
// and Started are filled in. Where a live monitor does already it returns an
// *AttendedError; for a record that has no Pid yet it blocks until there is
// one, at most 10 seconds. From then on the claims with our own pid and start
// time that are there already, left by an earlier life of this process, are
// void.
func (b *Mailbox) Attend(session string, p protocol.Presence) (*Attendance, error) {
	p.Pid, p.Started = b.self.Pid, b.self.Started
	err := b.attendInTime(session, p)
	if err == nil {
		err = b.disown()
	}
	if err != nil {
		return nil, fmt.Errorf("attend session %s: %w", session, err)
	}
	return &Attendance{box: b, session: session, presence: p}, nil
}

// attendInTime is attend, tried again when a record without a Pid has changed
// or is void.
func (b *Mailbox) attendInTime(session string, p protocol.Presence) error {
	var without *withoutPid
	err := b.attend(session, p)
	if !errors.As(err, &without) {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	changes, err := b.store.Watch(ctx, Monitor)
	if err != nil {
		stop()
		return err
	}
	defer drain(stop, changes)
	for {
		timer := time.NewTimer(without.left)
		select {
		case _, open := <-changes:
			if !open {
				changes = nil
			}
		case <-timer.C:
		}
		timer.Stop()
		if err := b.attend(session, p); !errors.As(err, &without) {
			return err
		}
	}
}

// withoutPid is a presence record that nobody has put a Pid in, and how long
// it may stay so.
type withoutPid struct{ left time.Duration }

func (*withoutPid) Error() string { return "a record without a Pid" }

func (b *Mailbox) attend(session string, p protocol.Presence) error {
	err := b.store.Create(Monitor, session, p.Fields())
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	found := error(&AttendedError{Session: session})
	err = b.store.TakeOver(Monitor, session, p.Fields(), func(r Record) bool {
		r.Written = b.believable(Monitor, session, r.Written)
		other, live := b.live(r)
		left := writeWait - b.now().Sub(r.Written)
		switch {
		case live:
			found = &AttendedError{session, other.Pid}
		case other.Pid == 0 && left > 0:
			found = &withoutPid{left}
		default:
			return true
		}
		return false
	})
	if errors.Is(err, fs.ErrExist) {
		return found
	}
	return err
}

// live reads a presence record and tells whether its process attends.
func (b *Mailbox) live(r Record) (protocol.Presence, bool) {
	p, err := protocol.DecodePresence(r.Fields)
	if err != nil || p.Pid == 0 {
		return protocol.Presence{}, false
	}
	id := process.ID{Pid: p.Pid, Started: p.Started}
	return p, id == b.self || b.attends(id)
}

// Attending returns who attends the mailbox now, by live records only.
func (b *Mailbox) Attending() ([]Attendant, error) {
	sessions, err := b.store.List(Monitor)
	if err != nil {
		return nil, fmt.Errorf("list the monitors: %w", err)
	}
	var attending []Attendant
	for _, session := range sessions {
		r, err := b.store.Read(Monitor, session)
		if errors.Is(err, fs.ErrNotExist) || isFieldError(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the monitor of session %s: %w", session, err)
		}
		if p, live := b.live(r); live {
			attending = append(attending, Attendant{session, p})
		}
	}
	return attending, nil
}

// SetState writes down whether the session can be asked: ready, busy, locked.
// ErrClaimLost tells that another process attends in our place.
func (a *Attendance) SetState(state string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.presence.State == state {
		return nil
	}
	p := a.presence
	p.State = state
	return a.replace(p)
}

// SetKinds writes down what there are processors for. ErrClaimLost tells that
// another process attends in our place.
func (a *Attendance) SetKinds(kinds []string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.Equal(a.presence.Kinds, kinds) {
		return nil
	}
	p := a.presence
	p.Kinds = kinds
	return a.replace(p)
}

// replace writes the record anew; mu is held.
func (a *Attendance) replace(p protocol.Presence) error {
	if err := a.box.store.Replace(Monitor, a.session, p.Fields(), a.own); err != nil {
		return fmt.Errorf("write the record of session %s: %w", a.session, err)
	}
	a.presence = p
	return nil
}

// Leave removes the record. No error when it is not there, or not ours, any
// more.
func (a *Attendance) Leave() error {
	r, err := a.box.store.Read(Monitor, a.session)
	if errors.Is(err, fs.ErrNotExist) || isFieldError(err) || err == nil && a.own(r) != nil {
		return nil
	}
	if err == nil {
		err = a.box.store.Remove(Monitor, a.session)
	}
	if err != nil {
		return fmt.Errorf("leave session %s: %w", a.session, err)
	}
	return nil
}

func (a *Attendance) own(r Record) error {
	p, err := protocol.DecodePresence(r.Fields)
	if err != nil || p.Pid != a.box.self.Pid || p.Started != a.box.self.Started {
		return ErrClaimLost
	}
	return nil
}
