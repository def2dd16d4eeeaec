// Package occasion waits for an occasion: that somebody is free, has done
// nothing for a while, has logged on, or has closed a program.
package occasion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// Kinds of occasion.
const (
	Free     = "free"     // not busy, and the screen is neither locked nor disconnected
	Idle     = "idle"     // nothing typed or moved for so long
	Unlocked = "unlocked" // the screen is neither locked nor disconnected
	Logon    = "logon"    // somebody who is meant is logged on
	Closed   = "closed"   // a program does not run
)

// ErrOver is for the caller to cancel with when the time that he gave is over.
var ErrOver = errors.New("not within the time given")

// Occasion is what is waited for.
type Occasion struct {
	Kind    string
	For     time.Duration // of Idle
	Program string        // of Closed, without directory
}

// Options say whom it concerns. The zero value is the person of this process's
// session, and where it has none who is at the screen.
type Options struct {
	To       string // as Message.To; everybody who is meant has to be so
	Queue    string // whose monitors know whether others are busy
	Computer Computer
}

// Computer is what has to be known of the computer. Its zero value is this one;
// tests play others.
type Computer struct {
	Own      func() (id string, interactive bool) // session.Current, session.Interactive
	Watch    func(context.Context, string) (<-chan session.State, error)
	Idle     func() (time.Duration, error)
	Sessions func(context.Context) ([]session.Session, error)
	Changes  func(context.Context) (<-chan struct{}, error)
	Named    func(program string) ([]process.Instance, error)
	Wait     func(context.Context, process.ID) error
	// Desk tells what a person's monitors say, and when that changes.
	Desk func(ctx context.Context, queue, uid string) (Desk, error)
}

// Desk is where somebody's monitors write down what state he is in.
type Desk interface {
	Attending() ([]mailbox.Attendant, error)
	Watch(context.Context) (<-chan struct{}, error)
}

func (c Computer) complete() Computer {
	if c.Own == nil {
		c.Own = func() (string, bool) { return session.Current(), session.Interactive() }
	}
	if c.Watch == nil {
		c.Watch = session.Watch
	}
	if c.Idle == nil {
		c.Idle = session.Idle
	}
	if c.Sessions == nil {
		c.Sessions = session.List
	}
	if c.Changes == nil {
		c.Changes = session.Changes
	}
	if c.Named == nil {
		c.Named = process.Named
	}
	if c.Wait == nil {
		c.Wait = process.Wait
	}
	if c.Desk == nil {
		c.Desk = func(_ context.Context, queue, uid string) (Desk, error) {
			return mailbox.Open(mailbox.Place{Queue: queue, Scope: mailbox.ScopeUser, UID: uid})
		}
	}
	return c
}

// Wait blocks until it is so and returns nil. The error is a
// *delivery.AbsentError when nobody who is meant is logged on, at first or any
// more (only Logon waits for him), fs.ErrPermission where the caller may not
// look at others, or the cause of ctx. It is woken by the system; a timer runs
// only towards the moment at which somebody can have been idle for long enough.
func (o Occasion) Wait(ctx context.Context, options Options) error {
	options.Computer = options.Computer.complete()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := waiting{Occasion: o, Options: options}
	own, interactive := options.Computer.Own()
	var err error
	switch {
	case options.To != "" || !interactive:
		err = w.others(ctx)
	case o.Kind == Free, o.Kind == Unlocked:
		err = w.state(ctx, own)
	case o.Kind == Idle:
		err = w.idle(ctx)
	case o.Kind == Closed:
		err = w.closed(ctx, nil)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.Kind, err)
	}
	return nil
}

type waiting struct {
	Occasion
	Options
}

// state waits for the state of the caller's own session.
func (w waiting) state(ctx context.Context, id string) error {
	states, err := w.Computer.Watch(ctx, id)
	if err != nil {
		return err
	}
	for s := range states {
		if !s.Away() && (w.Kind == Unlocked || !s.Busy) {
			return nil
		}
	}
	<-ctx.Done()
	return nil
}

// idle waits until the caller's person has done nothing for long enough.
func (w waiting) idle(ctx context.Context) error {
	for {
		idle, err := w.Computer.Idle()
		if err != nil {
			return err
		}
		if idle >= w.For {
			return nil
		}
		if !pause(ctx, w.For-idle) {
			return nil
		}
	}
}

// pause is false when ctx was done before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// closed waits for the end of each process of the program: of the sessions, or
// of the caller's own where they are nil.
func (w waiting) closed(ctx context.Context, of []session.Session) error {
	for {
		id, found, err := w.runs(of)
		if err != nil || !found {
			return err
		}
		if err := w.Computer.Wait(ctx, id); err != nil {
			return err
		}
	}
}

// runs returns a process of the program.
func (w waiting) runs(of []session.Session) (id process.ID, found bool, err error) {
	instances, err := w.Computer.Named(w.Program)
	if err != nil {
		return id, false, err
	}
	if of == nil {
		own, _ := w.Computer.Own()
		of = []session.Session{{ID: own, UID: session.UID()}}
	}
	for _, i := range instances {
		for _, s := range of {
			if (i.UID == "" || i.UID == s.UID) && (i.Session == "" || i.Session == s.ID) {
				return i.ID, true, nil
			}
		}
	}
	return id, false, nil
}

// busy reports whether a monitor of the session says that its person is.
func busy(desk Desk, s session.Session) (bool, error) {
	attendants, err := desk.Attending()
	if err != nil {
		return false, err
	}
	for _, a := range attendants {
		if a.Session == s.ID && a.State == protocol.StateBusy {
			return true, nil
		}
	}
	return false, nil
}

func (w waiting) meant(ctx context.Context) ([]session.Session, error) {
	sessions, err := w.Computer.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	to := w.To
	if to == "" {
		to = "active"
	}
	meant := delivery.Meant(to, sessions)
	if len(meant) == 0 && w.Kind != Logon {
		return nil, &delivery.AbsentError{To: to}
	}
	return meant, nil
}
