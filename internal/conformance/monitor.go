package conformance

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// MonitorUnderTest is how a monitor is tried.
type MonitorUnderTest struct {
	Queue string
	// Kinds are what it handles; nil for those in its record.
	Kinds []string
	// Patience is how long one reply is waited for.
	Patience time.Duration
	// Known are the numbers of requirements that it is known not to meet.
	Known []string
	// Command makes a command that runs the monitor until it is told to stop;
	// nil where it runs already.
	Command func() *exec.Cmd
	// Stop has a monitor that runs already be stopped at the end.
	Stop bool
	// Waiter makes a command that runs until its standard input is closed.
	Waiter func() *exec.Cmd
	// Throwaway tells that the queue is to be removed afterwards.
	Throwaway bool
	Progress  Progress
}

// ErrNobody tells that nobody attends the queue.
var ErrNobody = errors.New("no monitor attends the queue")

// monitorRun is one run against a monitor.
type monitorRun struct {
	MonitorUnderTest
	waiter
	place    place
	box      *mailbox.Mailbox
	recorder recorder
	self     process.ID
	monitor  mailbox.Attendant
	kinds    []string
	started  *child // nil where it ran already
	n        int    // of messages so far

	replies []seenReply
	orphan  *orphan
	again   string // what was handled again though it had its reply; "": nothing
}

// seenReply is a final reply that was read.
type seenReply struct {
	what     string
	id       string
	question protocol.Fields
	reply    record
}

// monitorChecks are what is done, in order; several may need one message.
var monitorChecks = map[string]func(*monitorRun, *Result){
	"1.1": (*monitorRun).boxesAreThere, "1.2": (*monitorRun).accessIsTheUsers,
	"2.1": (*monitorRun).foldsIDs, "2.2": (*monitorRun).leavesBadNames, "2.3": (*monitorRun).foldsFields,
	"3.1": (*monitorRun).waitsForReady, "3.2": (*monitorRun).readsNumbers, "3.3": (*monitorRun).readsLists, "3.4": (*monitorRun).readsFlags,
	"3.5": (*monitorRun).readsOddForms, "3.6": (*monitorRun).leavesBadFiles,
	"3.7": (*monitorRun).rejectsVersion, "3.8": (*monitorRun).rejectsKinds, "3.9": (*monitorRun).rejectsMalformed,
	"3.10": (*monitorRun).rejectsLargeField, "3.11": (*monitorRun).rejectsLargeMessage, "3.12": (*monitorRun).rejectsLongList, "3.13": (*monitorRun).rejectsManyFields,
	"3.14": (*monitorRun).ignoresUnknown, "3.15": (*monitorRun).offersType, "3.16": (*monitorRun).offersButtons, "3.17": (*monitorRun).submits,
	"3.18": (*monitorRun).asksForText, "3.19": (*monitorRun).seals, "3.20": (*monitorRun).asksForChoice, "3.21": (*monitorRun).ticks,
	"3.22": (*monitorRun).notifies, "3.23": (*monitorRun).showsProgress, "3.24": (*monitorRun).cancelsProgress, "3.25": (*monitorRun).obeys,
	"3.26": (*monitorRun).timesOut, "3.27": (*monitorRun).keepsTTL, "3.28": (*monitorRun).renewsTTL, "3.29": (*monitorRun).keepsExpires,
	"3.30": (*monitorRun).followsChanges, "3.31": (*monitorRun).noticesWithdrawal, "3.32": (*monitorRun).seesThatSenderIsGone, "3.33": (*monitorRun).seesSenderGo,
	"3.34": (*monitorRun).leavesOtherSessions, "3.35": (*monitorRun).keepsQuiet,
	"4.1": (*monitorRun).claims, "4.2": (*monitorRun).respectsClaims, "4.3": (*monitorRun).takesOver, "4.4": (*monitorRun).takesOverWithoutPid,
	"4.5": (*monitorRun).repliesWhole, "4.6": (*monitorRun).losesClaim, "4.7": (*monitorRun).writesForms, "4.8": (*monitorRun).saysWho, "4.9": (*monitorRun).fits,
	"4.10": (*monitorRun).closes, "4.11": (*monitorRun).showsOnce,
	"5.1": (*monitorRun).hasRecord, "5.2": (*monitorRun).namesProcess, "5.3": (*monitorRun).isAlone, "5.4": (*monitorRun).stops,
	"6.1": (*monitorRun).followsNoLink,
}

// last are checked behind all others: they look at all that was done, need
// time, or end the monitor.
var last = []string{"4.4", "4.5", "4.7", "4.8", "4.9", "5.3", "5.4"}

// Run tries the monitor. An error tells that it could not be done, as where
// nobody attends.
func (m MonitorUnderTest) Run(ctx context.Context) (results []Result, err error) {
	r := &monitorRun{MonitorUnderTest: m}
	if r.place, err = openPlace(m.Queue); err != nil {
		return nil, err
	}
	if r.box, err = mailbox.OpenUser(m.Queue); err != nil {
		return nil, err
	}
	if r.self, err = process.Self(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	changes, err := r.box.Watch(ctx)
	if err != nil {
		return nil, err
	}
	r.waiter = waiter{ctx, changes}
	defer func() {
		stop()
		r.drain()
		if m.Throwaway {
			err = errors.Join(err, mailbox.Delete(mailbox.Place{Queue: m.Queue, Scope: mailbox.ScopeUser}))
		}
	}()
	if m.Command != nil {
		if r.started, err = startChild(m.Command()); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.started.kill()) }()
	}
	if err := r.find(); err != nil {
		return nil, err
	}
	if r.recorder, err = r.place.watch(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.recorder.close()) }()
	return r.checkAll()
}

// find waits until somebody attends, and his record is whole: one that is
// written value by value may have its Pid first.
func (r *monitorRun) find() error {
	var attending []mailbox.Attendant
	var err error
	limit := r.Patience
	if r.started == nil {
		limit = 0
	}
	r.until(limit, func() bool {
		attending, err = r.box.Attending()
		return err != nil || len(attending) > 0 && whole(attending[0].Presence) || r.started != nil && r.started.over()
	})
	switch {
	case err != nil:
		return err
	case len(attending) > 1:
		return fmt.Errorf("%d monitors attend the queue %s, want one", len(attending), r.Queue)
	case len(attending) == 0 && r.started != nil && r.started.over():
		return fmt.Errorf("%w: the command has ended: %s", ErrNobody, r.started.said())
	case len(attending) == 0:
		return fmt.Errorf("%w %s", ErrNobody, r.Queue)
	}
	r.monitor = attending[0]
	if r.kinds = r.Kinds; r.kinds == nil {
		r.kinds = r.monitor.Kinds
	}
	return nil
}

func whole(p protocol.Presence) bool {
	return p.Pid != 0 && p.Started != "" && p.Version != "" && p.Protocol != 0 && len(p.Kinds) > 0 && p.State != ""
}

func (r *monitorRun) checkAll() ([]Result, error) {
	all := checked(Monitor)
	if r.Progress != nil {
		r.Progress.Plan(len(all))
	}
	rank := func(q Requirement) int { return slices.Index(last, q.ID) }
	slices.SortStableFunc(all, func(a, b Requirement) int { return rank(a) - rank(b) })
	var err error
	if r.orphan, err = r.plantOrphan(); err != nil {
		return nil, err
	}
	var results []Result
	for _, q := range all {
		result := Result{Requirement: q}
		monitorChecks[q.ID](r, &result)
		if r.ctx.Err() != nil {
			return results, r.ctx.Err()
		}
		result.Known = len(result.Problems) > 0 && slices.Contains(r.Known, q.ID)
		results = append(results, result)
		if r.Progress != nil {
			r.Progress.Result(result)
		}
	}
	return results, nil
}

// handles reports whether the monitor has a processor for a kind; if not, the
// check is skipped.
func (r *monitorRun) handles(c *Result, kind string) bool {
	if slices.Contains(r.kinds, kind) {
		return true
	}
	c.skip("it does not handle %s", kind)
	return false
}

// id makes one that nobody has had.
func (r *monitorRun) id() string {
	r.n++
	return fmt.Sprintf("conformance-%d-%d", r.self.Pid, r.n)
}

// ping is a message that needs nobody at the screen.
func ping() protocol.Fields {
	return protocol.Fields{"Kind": protocol.KindControl, "Command": protocol.CommandPing}
}

// ask puts a message and waits for its reply; false where there is none, which
// is a problem of the check.
func (r *monitorRun) ask(c *Result, what string, fields protocol.Fields) (record, bool) {
	id := r.id()
	if err := r.place.put(id, fields); err != nil {
		c.fail("%s could not be put: %v", what, err)
		return record{}, false
	}
	defer r.forget(c, id)
	return r.replied(c, what, id, fields)
}

// replied waits for a reply and leaves it.
func (r *monitorRun) replied(c *Result, what, id string, question protocol.Fields) (record, bool) {
	var reply record
	var err error
	found := r.until(r.Patience, func() bool {
		r.orphan.look(r)
		reply, err = r.place.read(mailbox.Outbox, protocol.Fold(id))
		return err == nil && reply.ready()
	})
	if !found {
		c.fail("%s: no reply within %v; there is %s", what, r.Patience, describe(reply, err))
		return reply, false
	}
	r.replies = append(r.replies, seenReply{what, protocol.Fold(id), question, reply})
	return reply, true
}

// claimed waits until the monitor has claimed a message.
func (r *monitorRun) claimed(c *Result, what, id string) (record, bool) {
	var claim record
	var err error
	found := r.until(r.Patience, func() bool {
		claim, err = r.place.read(mailbox.Outbox, id)
		return err == nil && claim.get("Pid") != nil && claim.get("Started") != nil && claim.get("Status") != nil
	})
	switch {
	case !found:
		c.fail("%s: it was not claimed within %v; there is %s", what, r.Patience, describe(claim, err))
	case claim.ready():
		c.fail("%s: it has its reply already: %s", what, describe(claim, nil))
		found = false
	}
	return claim, found
}

func (r *monitorRun) forget(c *Result, id string) {
	err := errors.Join(r.place.remove(mailbox.Inbox, id), r.place.remove(mailbox.Outbox, protocol.Fold(id)))
	if err != nil {
		c.fail("clearing away: %v", err)
	}
}

// fence waits until the monitor has looked at all that was put so far.
func (r *monitorRun) fence(c *Result) bool {
	_, ok := r.ask(c, "a ping", ping())
	return ok
}

// wantStatus asks and compares the Status of the reply.
func (r *monitorRun) wantStatus(c *Result, what string, fields protocol.Fields, status protocol.Status) {
	reply, ok := r.ask(c, what, fields)
	if ok {
		c.status(what, reply, status)
	}
}

func (c *Result) status(what string, reply record, status protocol.Status) bool {
	if reply.get("Status") == string(status) {
		return true
	}
	c.fail("%s: the reply is %s, want Status %s", what, describe(reply, nil), status)
	return false
}

// describe is a record in words.
func describe(r record, err error) string {
	if err != nil {
		return "nothing (" + err.Error() + ")"
	}
	var values []string
	for _, name := range []string{"Ready", "Status", "Button", "Choice", "Answer", "Checked", "Error", "Pid"} {
		if value := r.get(name); value != nil {
			values = append(values, name+"="+fmt.Sprintf("%.200s", fmt.Sprint(value)))
		}
	}
	if len(values) == 0 {
		return "an empty record"
	}
	return strings.Join(values, " ")
}

// orphan is a claim that nobody put a Pid in.
type orphan struct {
	id      string
	made    time.Time
	changed time.Time // zero: not yet
}

const withoutPid = 10 * time.Second

func (r *monitorRun) plantOrphan() (*orphan, error) {
	o := &orphan{id: r.id(), made: time.Now()}
	if err := r.place.claim(o.id, protocol.Fields{"Status": string(protocol.StatusShown)}); err != nil {
		return nil, err
	}
	return o, r.place.put(o.id, ping())
}

// look notices when somebody takes the claim.
func (o *orphan) look(r *monitorRun) {
	if !o.changed.IsZero() {
		return
	}
	claim, err := r.place.read(mailbox.Outbox, o.id)
	if err == nil && claim.get("Pid") != nil {
		o.changed = time.Now()
	}
}

func (r *monitorRun) takesOverWithoutPid(c *Result) {
	defer r.forget(c, r.orphan.id)
	found := r.until(r.Patience+withoutPid, func() bool {
		r.orphan.look(r)
		return !r.orphan.changed.IsZero()
	})
	// Clocks of file systems are coarser than ours.
	const coarse = 100 * time.Millisecond
	switch after := r.orphan.changed.Sub(r.orphan.made); {
	case !found:
		c.fail("a claim without Pid is still there after %v", time.Since(r.orphan.made).Round(time.Second))
	case after < withoutPid-coarse:
		c.fail("a claim without Pid was taken over after %v", after.Round(10*time.Millisecond))
	default:
		r.replied(c, "its message", r.orphan.id, ping())
	}
}
