package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// SenderUnderTest is how a sender is tried.
type SenderUnderTest struct {
	Queue string
	// Command makes a command that asks one question in the queue and ends; nil
	// where a sender is started by hand. It may wait for so many seconds.
	Command func(seconds string) *exec.Cmd
	// Limited tells that the command keeps to the seconds.
	Limited bool
	// Answer is what to answer a question that asks for text; "" for a guess.
	Answer string
	// Patience is how long one step of the sender is waited for.
	Patience time.Duration
	// Known are the numbers of requirements that it is known not to meet.
	Known []string
	// Throwaway tells that the queue is to be removed afterwards.
	Throwaway bool
	Progress  Progress
}

// Captions that are never offered: a sender that prints one has taken what it
// was not to take.
const (
	fromClaim = "CONFORMANCE-CLAIM"
	fromOther = "CONFORMANCE-OTHER"
	misfit    = "CONFORMANCE-MISFIT"
	noAnswer  = "CONFORMANCE-NO-ANSWER"
)

const (
	// settle is how long something that is to be left alone lies there, for a
	// sender that looks once a second.
	settle = 1500 * time.Millisecond
	// gentle is how often a second a sender may look.
	gentle = 40
	// session is what we attend as.
	session = "1"
)

// senderRun is one run against a sender.
type senderRun struct {
	SenderUnderTest
	waiter
	place    place
	box      *mailbox.Mailbox
	recorder recorder // nil while the boxes are not there
	self     process.ID
	results  map[string]*Result
	// neighbours are the id of a message, and a reply, of somebody else.
	neighbours string
	before     []record        // they themselves
	left       []string        // what lay in the Inbox before, and is no message
	ids        map[string]bool // of messages that are there and were looked at
	spent      map[string]bool // of those that were there
	unread     error           // why the message that was looked at last cannot be read
	agreed     int             // exit status where the answer was given; −1 until then
}

// asked is a question as the sender put it.
type asked struct {
	id      string
	written record
	message protocol.Message
}

// Run tries the sender. An error tells that it could not be done, as where the
// queue is in use.
func (s SenderUnderTest) Run(ctx context.Context) (results []Result, err error) {
	r := &senderRun{SenderUnderTest: s, results: map[string]*Result{}, ids: map[string]bool{}, spent: map[string]bool{}, agreed: -1}
	if err := r.open(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.waiter = waiter{ctx: ctx}
	attendance, err := r.box.Attend(session, protocol.Presence{
		Version: "conformance", Protocol: protocol.Version, State: protocol.StateReady,
		Kinds: []string{protocol.KindPopup, protocol.KindInput, protocol.KindChoose, protocol.KindNotify, protocol.KindProgress, protocol.KindControl},
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		stop()
		r.drain() // who watches makes what is missing
		err = errors.Join(err, r.close(attendance))
	}()
	all := checked(Sender)
	for _, q := range all {
		r.results[q.ID] = &Result{Requirement: q}
	}
	if s.Progress != nil {
		s.Progress.Plan(len(all))
	}
	r.comesFirst()
	if err := r.watch(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.recorder.close()) }()
	if r.before, err = r.putNeighbours(); err != nil {
		return nil, err
	}
	if r.left, err = r.place.leftovers(); err != nil {
		return nil, err
	}
	for _, scenario := range []func(){r.isAnswered, r.getsMisfit, r.getsNoAnswer, r.isInterrupted, r.runsOutOfTime} {
		scenario()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	for _, q := range all {
		result := r.results[q.ID]
		result.Known = len(result.Problems) > 0 && slices.Contains(s.Known, q.ID)
		results = append(results, *result)
		if s.Progress != nil {
			s.Progress.Result(*result)
		}
	}
	return results, nil
}

func (r *senderRun) open() (err error) {
	if r.place, err = openPlace(r.Queue); err != nil {
		return err
	}
	if r.box, err = mailbox.OpenUser(r.Queue); err != nil {
		return err
	}
	if r.self, err = process.Self(); err != nil {
		return err
	}
	for _, box := range []mailbox.Box{mailbox.Inbox, mailbox.Outbox} {
		names, err := r.place.names(box)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return fmt.Errorf("the queue %s is in use, there are messages or replies in it: take another", r.Queue)
		}
	}
	return nil
}

func (r *senderRun) watch(ctx context.Context) (err error) {
	if r.changes, err = r.box.Watch(ctx); err != nil {
		return err
	}
	r.recorder, err = r.place.watch(ctx)
	return err
}

// close takes away what is ours.
func (r *senderRun) close(attendance *mailbox.Attendance) error {
	err := attendance.Leave()
	if r.neighbours != "" {
		err = errors.Join(err, r.place.remove(mailbox.Inbox, r.neighbours), r.place.remove(mailbox.Outbox, r.neighbours))
	}
	if r.Throwaway {
		err = errors.Join(err, mailbox.Delete(mailbox.Place{Queue: r.Queue, Scope: mailbox.ScopeUser}))
	}
	return err
}

// putNeighbours puts a message of somebody else, and a reply to it.
func (r *senderRun) putNeighbours() ([]record, error) {
	id := "neighbour-" + fmt.Sprint(r.self.Pid)
	r.neighbours = id
	reply := protocol.Reply{Ready: true, Status: protocol.StatusAnswered, Button: protocol.ButtonOK, Choice: fromOther, Pid: r.self.Pid, Started: r.self.Started}
	err := errors.Join(
		r.place.claim(id, written(reply.Fields(), false)),
		r.place.put(id, protocol.Fields{"Text": "A question of somebody else.", "Session": "another"}),
	)
	if err != nil {
		return nil, err
	}
	return r.readNeighbours()
}

func (r *senderRun) readNeighbours() ([]record, error) {
	message, err := r.place.read(mailbox.Inbox, r.neighbours)
	if err != nil {
		return nil, err
	}
	reply, err := r.place.read(mailbox.Outbox, r.neighbours)
	if err != nil {
		return nil, err
	}
	attending, err := r.place.read(mailbox.Monitor, session)
	return []record{message, reply, attending}, err
}

// problem tells what is wrong by the number of the requirement.
func (r *senderRun) problem(id, format string, args ...any) { r.results[id].fail(format, args...) }

// without skips requirements that need what there is not.
func (r *senderRun) without(why string, ids ...string) {
	for _, id := range ids {
		if c := r.results[id]; c.Skip == "" && len(c.Problems) == 0 {
			c.skip("%s", why)
		}
	}
}

// start runs the sender, nil where that is done by hand.
func (r *senderRun) start(seconds string) (*child, error) {
	if r.Command == nil {
		return nil, nil
	}
	return startChild(r.Command(seconds))
}

// question waits for the question of a sender, answering its pings.
func (r *senderRun) question(c *child) (q asked, err error) {
	found := r.until(r.Patience, func() bool {
		// Looked at before, so that what it has put and left is still seen.
		over := c != nil && c.over()
		var names []string
		if names, err = r.place.names(mailbox.Inbox); err != nil {
			return true
		}
		for _, name := range names {
			if r.ids[name] || name == r.neighbours {
				continue
			}
			if q, err = r.look(name); err != nil || q.id != "" {
				return true
			}
		}
		return over
	})
	switch {
	case err != nil || q.id != "":
		return q, err
	case r.unread != nil:
		r.problem("3.40", "%v", r.unread)
		return q, r.unread
	case !found:
		return q, fmt.Errorf("it has put no message within %v", r.Patience)
	}
	return q, fmt.Errorf("it has ended with %d and has put no message; it says %q", c.status(), c.said())
}

// look reads a message; it answers a control message.
func (r *senderRun) look(name string) (q asked, err error) {
	written, err := r.place.read(mailbox.Inbox, name)
	if errors.Is(err, fs.ErrNotExist) {
		r.unread = nil // it has gone since it was listed
		return q, nil
	}
	if err != nil {
		// It may be under way, under its name: see 3.41.
		r.unread = fmt.Errorf("message %s cannot be read: %w", name, err)
		return q, nil
	}
	if !isReady(written) {
		return q, nil
	}
	r.unread, r.ids[name] = nil, true
	if r.spent[name] {
		r.problem("2.4", "it has used the id %s twice", name)
	}
	q = asked{id: name, written: written}
	if _, wrong := protocol.ParseID(name); wrong != nil {
		r.problem("2.4", "%v", wrong)
	}
	if q.message, err = protocol.DecodeMessage(written.fields); err != nil {
		r.problem("3.40", "%s: %v", name, err)
	}
	if q.message.Kind == protocol.KindControl {
		return asked{}, r.reply(q, r.answer(q.message))
	}
	return q, nil
}

func (r *senderRun) claim(q asked, claim protocol.Reply) error {
	claim.Pid, claim.Started = r.self.Pid, r.self.Started
	return r.place.claim(protocol.Fold(q.id), written(claim.Fields(), false))
}

// reply claims a message and replies to it.
func (r *senderRun) reply(q asked, reply protocol.Reply) error {
	if err := r.claim(q, protocol.Reply{Status: protocol.StatusShown}); err != nil {
		return err
	}
	return r.place.overwrite(protocol.Fold(q.id), written(reply.Fields(), false))
}

// answer is a reply that fits a message.
func (r *senderRun) answer(m protocol.Message) protocol.Reply {
	now := time.Now()
	reply := protocol.Reply{
		Ready: true, Status: protocol.StatusAnswered, Button: protocol.NoButton, Seen: true, User: "conformance", Session: session,
		ShownAt: now, AnsweredAt: now, Channel: protocol.ChannelScript, Pid: r.self.Pid, Started: r.self.Started,
	}
	for _, b := range m.Offered() {
		if m.Kind == protocol.KindProgress {
			break // nobody cancels it
		}
		if reply.Button == protocol.NoButton || protocol.Agreed(b.Number) && !protocol.Agreed(reply.Button) {
			reply.Button, reply.Choice = b.Number, b.Caption
		}
	}
	switch {
	case m.Kind == protocol.KindInput:
		reply.Answer = r.text(m)
	case m.Kind == protocol.KindChoose && m.Multiple:
		reply.Items = m.Choices
	case m.Kind == protocol.KindChoose && len(m.Choices) > 0:
		reply.Answer = m.Choices[0]
	}
	return reply
}

// text is one that fits the pattern, if a guess does.
func (r *senderRun) text(m protocol.Message) string {
	text := r.Answer
	for _, guess := range []string{m.Default, "conformance", "1234", "1"} {
		if text == "" && guess != "" && m.Matches(guess) {
			text = guess
		}
	}
	if m.SealTo == "" {
		return text
	}
	sealed, err := protocol.Seal(text, m.SealTo)
	if err != nil {
		return ""
	}
	return sealed
}

// clear takes away what a sender has left.
func (r *senderRun) clear(id string) {
	delete(r.ids, id)
	r.spent[id] = true
	if err := errors.Join(r.place.remove(mailbox.Inbox, id), r.place.remove(mailbox.Outbox, protocol.Fold(id))); err != nil {
		r.problem("4.17", "clearing away: %v", err)
	}
}

// printed tells which of the captions that were never offered it has printed.
func printed(c *child) []string {
	var found []string
	for _, caption := range []string{fromClaim, fromOther, misfit, noAnswer} {
		if c != nil && strings.Contains(c.printed(), caption) {
			found = append(found, caption)
		}
	}
	return found
}
