package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// Scopes say through which kind of mailbox a message goes. Auto is the user
// mailbox to oneself and the assigned one to others.
const (
	ScopeAuto     = "auto"
	ScopeUser     = string(mailbox.ScopeUser)
	ScopeAssigned = string(mailbox.ScopeAssigned)
	ScopeMachine  = string(mailbox.ScopeMachine)
	ScopeService  = string(mailbox.ScopeService)
)

// Scopes lists them all.
func Scopes() []string {
	return []string{ScopeAuto, ScopeUser, ScopeAssigned, ScopeMachine, ScopeService}
}

// Forms of Message.To.
const (
	toActive  = "active"
	toAll     = "all"
	toUser    = "user:"
	toSID     = "sid:"
	toUID     = "uid:"
	toSession = "session:"
)

// recipient is one who is to be asked.
type recipient struct {
	place mailbox.Place
	self  bool // the caller, in his own session
	// session is where somebody else is logged on.
	session session.Session
	// only that session's monitor is to take the message.
	only bool
	// waits tells that he is asked when he logs on, if he is not.
	waits bool
}

// AbsentError says that nobody who was meant is logged on.
type AbsentError struct {
	To    string // as Message.To has it
	SetUp string // which set-up of the computer is under way; "" = none
	// Unknown tells that the system knows nobody of that name.
	Unknown bool
}

func (e *AbsentError) Error() string {
	switch {
	case e.SetUp != "":
		return "nobody can be asked yet: set-up is running (" + e.SetUp + ")"
	case e.To == toActive, e.To == toAll, e.To == "":
		return "nobody is logged on"
	}
	if e.Unknown {
		return "there is no " + e.To
	}
	return e.To + " is not logged on"
}

// result is that of a message which nobody got.
func (e *AbsentError) result() Result {
	r := Result{Outcome: NotLoggedOn, Err: e}
	if e.SetUp != "" {
		r.Outcome = SetUp
	}
	r.User, _ = strings.CutPrefix(e.To, toUser)
	if e.To == toActive || e.To == toAll {
		r.User = ""
	}
	return r
}

// recipients finds out who is meant, and who of those that are named is not
// there. The error says that the sessions could not be listed.
func (o *Options) recipients(ctx context.Context, m protocol.Message) ([]recipient, []*AbsentError, error) {
	if o.WaitLogon {
		return o.whenTheyCome(ctx, m.To)
	}
	self := recipient{place: mailbox.Place{Queue: o.Queue, Scope: mailbox.ScopeUser}, self: true}
	switch o.Scope {
	case ScopeMachine, ScopeService:
		return []recipient{{place: mailbox.Place{Queue: o.Queue, Scope: mailbox.Scope(o.Scope)}}}, nil, nil
	case ScopeUser:
		if m.To == "" {
			return []recipient{self}, nil, nil
		}
	}
	if o.Mailbox != nil || m.To == "" && o.Scope != ScopeAssigned && o.toOneself() {
		return []recipient{self}, nil, nil
	}
	to := m.To
	if to == "" {
		to = toActive
	}
	if o.Scope != ScopeAssigned && to == toActive && os.Getenv("DESKBELL_RUNTIME_DIR") != "" {
		return []recipient{self}, nil, nil // a container, or a test: there is no other
	}
	sessions, err := o.Computer.Sessions(ctx)
	if err != nil {
		return nil, nil, err
	}
	meant, missing := pick(to, sessions)
	if len(missing) == 0 {
		return o.places(meant, self), nil, nil
	}
	setUp := ""
	if len(meant) == 0 {
		if setUp, err = o.Computer.SetUp(ctx); err != nil {
			o.Log.Warn("look whether set-up is running", "err", err)
		}
	}
	var absent []*AbsentError
	for _, one := range missing {
		absent = append(absent, &AbsentError{To: one, SetUp: setUp})
	}
	return o.places(meant, self), absent, nil
}

// Whom returns whom a message with that To would be put for now, by name; "" is the
// caller. The error is an *AbsentError where nobody is there, or says that the
// sessions could not be listed.
func Whom(ctx context.Context, to string, o Options) (names []string, err error) {
	o = o.complete()
	found, absent, err := o.recipients(ctx, protocol.Message{To: to})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, absent[0]
	}
	for _, r := range found {
		names = append(names, r.session.User)
	}
	return names, nil
}

// whenTheyCome finds out who is named, logged on or not. Who is not known at all
// is absent.
func (o *Options) whenTheyCome(ctx context.Context, to string) (named []recipient, absent []*AbsentError, err error) {
	if !o.Computer.Administrator() {
		return nil, nil, fmt.Errorf("wait for somebody's log-on: administrators alone may: %w", fs.ErrPermission)
	}
	sessions, err := o.Computer.Sessions(ctx)
	if err != nil {
		return nil, nil, err
	}
	for one := range strings.SplitSeq(to, ",") {
		one = strings.TrimSpace(one)
		meant := Meant(one, sessions)
		if how, _, _ := strings.Cut(one, ":"); how != "user" && how != "uid" && how != "sid" {
			return nil, nil, &protocol.FieldError{Field: "To", Problem: fmt.Sprintf("%q names nobody who could log on: it is user:NAME, sid:SID or uid:N", one)}
		}
		if len(meant) == 0 {
			found, err := o.Computer.Find(one)
			if errors.Is(err, fs.ErrNotExist) {
				absent = append(absent, &AbsentError{To: one, Unknown: true})
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			meant = []session.Session{found}
		}
		if !slices.ContainsFunc(named, func(r recipient) bool { return r.session.UID == meant[0].UID }) {
			place := mailbox.Place{Queue: o.Queue, Scope: mailbox.ScopeAssigned, UID: meant[0].UID}
			named = append(named, recipient{place: place, session: meant[0], waits: true})
		}
	}
	return named, absent, nil
}

// toOneself reports whether a message to nobody in particular is for the
// caller: a monitor attends his mailbox, or one could be started that he sees.
//
// Who attends is asked first: in Windows the screen is asked for by the library
// that all windows need, and takes far longer to come than the answer.
func (o *Options) toOneself() bool {
	if box, err := mailbox.OpenUser(o.Queue); err == nil {
		if attendants, err := box.Attending(); err == nil && len(attendants) > 0 {
			return true
		}
	}
	return reachesScreen()
}

// places says through which mailbox each recipient is reached: the caller by
// his own, others by the one that an administrator assigns to them.
func (o *Options) places(meant []recipient, self recipient) []recipient {
	for i, r := range meant {
		scope := mailbox.ScopeAssigned
		if o.Scope == ScopeUser {
			scope = mailbox.ScopeUser
		}
		meant[i].place = mailbox.Place{Queue: o.Queue, Scope: scope, UID: r.session.UID}
		if o.Scope != ScopeAssigned && r.session.UID == o.Computer.UID() && (!r.only || r.session.ID == session.Current()) {
			meant[i] = self
		}
	}
	return meant
}

// pick returns those of the sessions, the one to be asked first in front, whom
// to means, one for each person, and those forms in it that mean nobody; of
// active and all only where nobody is there at all.
func pick(to string, sessions []session.Session) (meant []recipient, missing []string) {
	add := func(s session.Session, only bool) {
		for _, r := range meant {
			if r.session.UID == s.UID {
				return
			}
		}
		meant = append(meant, recipient{session: s, only: only})
	}
	for one := range strings.SplitSeq(to, ",") {
		one = strings.TrimSpace(one)
		found := false
		for i, s := range sessions {
			switch {
			case one == toActive:
				if i == 0 {
					add(s, several(sessions, s.UID))
					found = true
				}
			case strings.HasPrefix(one, toSession):
				if strings.EqualFold(s.ID, one[len(toSession):]) {
					add(s, true)
					found = true
				}
			case one == toAll, isPerson(one, s):
				add(s, false)
				found = true
			}
		}
		if !found && !slices.Contains(missing, one) {
			missing = append(missing, one)
		}
	}
	return meant, missing
}

// Meant returns those of the sessions whom to means, one for each person.
func Meant(to string, sessions []session.Session) []session.Session {
	recipients, _ := pick(to, sessions)
	meant := make([]session.Session, len(recipients))
	for i, r := range recipients {
		meant[i] = r.session
	}
	return meant
}

func several(sessions []session.Session, uid string) bool {
	n := 0
	for _, s := range sessions {
		if s.UID == uid {
			n++
		}
	}
	return n > 1
}

// isPerson compares with user:NAME, sid:SID and uid:N. Of DOMAIN\name the name
// alone is enough; case does not count, as it does not for Windows and as Linux
// has no two names that differ in it.
func isPerson(to string, s session.Session) bool {
	if name, ok := strings.CutPrefix(to, toUser); ok {
		_, plain, qualified := strings.Cut(s.User, `\`)
		return strings.EqualFold(name, s.User) || qualified && strings.EqualFold(name, plain)
	}
	for _, prefix := range []string{toSID, toUID} {
		if id, ok := strings.CutPrefix(to, prefix); ok {
			return s.UID != "" && strings.EqualFold(id, s.UID)
		}
	}
	return false
}
