package monitor

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata" // Windows has no other

	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// TestScenarios plays testdata/*.txtar: a virtual timeline for a real monitor on
// the memory store, with a person who does what the file says. A line is a
// time since the start, a verb and its words:
//
//	put ID JSON      a sender puts a message; update ID JSON rewrites it
//	withdraw ID      it takes the message back
//	press ID NUMBER  the person presses a button; answer ID JSON gives a reply
//	screen ID…       the windows open now, sorted; text ID WORDS what one says
//	left ID SECONDS  what its countdown says
//	raised ID        it was asked to come forward; reminded ID TIMES: so often
//	policy JSON      what administrators have decided, likewise
//	zone NAME        where monitors that start later are
//	reply ID JSON    the reply has these fields; noreply ID: there is none
//	gone ID          neither message nor reply is left
//	shown ID TIMES   how often it has been shown in all
//	logon            the person logs on, as monitors that start later know
//	start [IDLE]     a monitor starts; stop, kill end it, orderly or not
//	present STATE    the record of who attends says so
//	ended            the monitor has ended by itself; attended, unattended
//	state WORDS      the session is now free, or locked, disconnected, busy
//	erase SESSION    somebody removes the record of who attends it
//	full             nothing can be written any more; room: it can again
//	noted EVENT…     what the ledger was told since the last time
//	claim ID PID     another, living, monitor claims it; die PID ends that one
//
// An ID that begins with @ is that of a message in the assigned mailbox.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { play(t, string(script)) })
		})
	}
}

func play(t *testing.T, script string) {
	s := &stage{
		t: t, store: mailbox.NewMemory(), assigned: mailbox.NewMemory(), began: time.Now(),
		person: &person{windows: map[string]*shown{}, times: map[string]int{}},
		alive:  map[int]bool{1: true}, deaths: map[int]chan struct{}{}, nextPid: 100,
	}
	s.sender = s.mailbox(1, s.store)
	defer func() {
		if s.running != nil {
			s.running.cancel()
			<-s.running.ended
		}
	}()
	lines := bufio.NewScanner(strings.NewReader(script))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s.line = fmt.Sprintf("line %d: %s", n, line)
		words := strings.SplitN(line, " ", 4)
		at, err := time.ParseDuration(strings.TrimPrefix(words[0], "+"))
		if err != nil || len(words) < 2 {
			t.Fatalf("%s: not a line of a scenario: %v", s.line, err)
		}
		<-time.After(time.Until(s.began.Add(at))) // virtual time
		synctest.Wait()
		words = append(words, "", "")
		s.do(words[1], words[2], words[3])
		synctest.Wait()
	}
}

// stage is one scenario under way.
type stage struct {
	t        *testing.T
	line     string
	began    time.Time
	store    *mailbox.Memory
	assigned *mailbox.Memory
	sender   *mailbox.Mailbox
	book     book
	person   *person
	running  *instance
	nextPid  int
	logon    time.Time
	zone     *time.Location
	policy   policy.Policy
	mu       sync.Mutex
	alive    map[int]bool          // guarded by mu
	deaths   map[int]chan struct{} // guarded by mu
}

// place returns where a message is, as its sender sees it, and its id there.
func (s *stage) place(id string) (*mailbox.Memory, *mailbox.Mailbox, string) {
	if id, ok := strings.CutPrefix(id, "@"); ok {
		return s.assigned, s.mailbox(1, s.assigned), id
	}
	return s.store, s.sender, id
}

// instance is a monitor as a process would be: with a pid, and a store that
// is cut off when it is killed.
type instance struct {
	pid    int
	stores [2]*cuttable
	cancel context.CancelFunc
	states chan session.State
	ended  chan error
}

func (s *stage) mailbox(pid int, store mailbox.Store) *mailbox.Mailbox {
	box, err := mailbox.New(store, mailbox.Options{
		Self: process.ID{Pid: pid, Started: strconv.Itoa(pid)},
		Running: func(id process.ID) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.alive[id.Pid] && id.Started == strconv.Itoa(id.Pid)
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return box
}

func (s *stage) setAlive(pid int, alive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alive[pid] = alive
	if alive {
		s.deaths[pid] = make(chan struct{})
	} else if death := s.deaths[pid]; death != nil {
		close(death)
	}
}

// wait is process.Wait on this stage.
func (s *stage) wait(ctx context.Context, id process.ID) error {
	s.mu.Lock()
	death := s.deaths[id.Pid]
	s.mu.Unlock()
	select {
	case <-death:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *stage) do(verb, id, rest string) {
	s.t.Helper()
	store, sender, plain := s.place(id)
	switch verb {
	case "put":
		s.check(sender.Put(plain, s.message(rest)))
	case "raw":
		fields, err := protocol.ParseJSON([]byte(rest))
		s.check(err)
		s.check(store.Create(mailbox.Inbox, plain, fields))
	case "update":
		s.check(sender.Update(plain, s.message(rest)))
	case "withdraw":
		s.check(sender.Withdraw(plain))
	case "press":
		button, err := strconv.Atoi(rest)
		s.check(err)
		s.person.answer(s, id, protocol.Reply{Status: protocol.StatusAnswered, Button: button})
	case "answer":
		fields, err := protocol.ParseJSON([]byte(rest))
		s.check(err)
		reply, err := protocol.DecodeReply(fields)
		s.check(err)
		s.person.answer(s, id, reply)
	case "logon":
		s.logon = time.Now()
	case "zone":
		var err error
		s.zone, err = time.LoadLocation(id)
		s.check(err)
	case "policy":
		s.check(json.Unmarshal([]byte(id+rest), &s.policy))
	case "start":
		s.start(id)
	case "stop":
		s.running.cancel()
		s.check(<-s.running.ended)
		s.setAlive(s.running.pid, false)
		s.running = nil
	case "kill":
		for _, store := range s.running.stores {
			store.cut()
		}
		s.setAlive(s.running.pid, false)
		s.running.cancel()
		<-s.running.ended
		s.running = nil
	case "state":
		s.running.states <- session.State{
			Locked: id == "locked", Disconnected: id == "disconnected", Busy: id == "busy",
		}
	case "full", "room":
		for _, store := range s.running.stores {
			store.setFull(verb == "full")
		}
	case "erase":
		s.check(s.store.Remove(mailbox.Monitor, id))
	case "noted":
		s.noted(id + " " + rest)
	case "claim", "die":
		s.other(verb, id, rest)
	default:
		s.expect(verb, id, rest)
	}
}

func (s *stage) start(untilIdle string) {
	var idle time.Duration
	if untilIdle != "" {
		var err error
		idle, err = time.ParseDuration(untilIdle)
		s.check(err)
	}
	s.nextPid++
	s.setAlive(s.nextPid, true)
	ctx, cancel := context.WithCancel(context.Background())
	i := &instance{pid: s.nextPid, stores: [2]*cuttable{{Store: s.store}, {Store: s.assigned}}, cancel: cancel, states: make(chan session.State), ended: make(chan error, 1)}
	box, assigned := s.mailbox(i.pid, i.stores[0]), s.mailbox(i.pid, i.stores[1])
	go func() {
		i.ended <- Run(ctx, Options{
			Queue: "scenario", Mailbox: box, Assigned: assigned, Dialog: s.person, Languages: []language.Tag{language.English},
			Session: "1", User: "alice", UntilIdle: idle,
			Wait: s.wait, States: i.states, LoggedOn: s.logon, Zone: s.zone, Policy: func() (policy.Policy, error) { return s.policy, nil },
			Idle: func() (time.Duration, error) { return time.Second, nil },
			Log:  slog.New(slog.NewTextHandler(s.t.Output(), nil)), Ledger: s.book.record,
		})
	}()
	s.running = i
}

// other plays another monitor, in a process of its own.
func (s *stage) other(verb, id, rest string) {
	pid, err := strconv.Atoi(id + rest[:0])
	if verb == "claim" {
		pid, err = strconv.Atoi(rest)
	}
	s.check(err)
	s.setAlive(pid, verb == "claim")
	if verb == "claim" {
		store, _, plain := s.place(id)
		s.check(s.mailbox(pid, store).Claim(plain, protocol.Reply{Status: protocol.StatusShown}))
	}
}

func (s *stage) expect(verb, id, rest string) {
	s.t.Helper()
	store, _, plain := s.place(id)
	switch verb {
	case "screen":
		want := strings.Fields(id + " " + rest)
		if got := s.person.open(); !slices.Equal(got, want) {
			s.t.Fatalf("%s: on screen: %v", s.line, got)
		}
	case "text":
		if got := s.person.question(id).Text; got != rest {
			s.t.Fatalf("%s: the window says %q", s.line, got)
		}
	case "left":
		want, err := strconv.Atoi(rest)
		s.check(err)
		var left time.Duration // none while the clock stands still
		if deadline := s.person.question(id).Deadline; !deadline.IsZero() {
			left = time.Until(deadline)
		}
		if left != time.Duration(want)*time.Second {
			s.t.Fatalf("%s: %v left", s.line, left)
		}
	case "raised":
		if !s.person.question(id).Raise {
			s.t.Fatalf("%s: it was not", s.line)
		}
	case "reminded":
		if got := strconv.Itoa(s.person.raises(id)); got != rest {
			s.t.Fatalf("%s: %s times", s.line, got)
		}
	case "shown":
		if got := strconv.Itoa(s.person.shownTimes(id)); got != rest {
			s.t.Fatalf("%s: shown %s times", s.line, got)
		}
	case "reply":
		s.expectReply(id, rest)
	case "notseen":
		if record, err := store.Read(mailbox.Outbox, plain); err != nil || record.Fields["Seen"] != nil {
			s.t.Fatalf("%s: %v %v", s.line, record.Fields, err)
		}
	case "noreply":
		if record, err := store.Read(mailbox.Outbox, plain); err == nil && record.Fields["Ready"] != nil {
			s.t.Fatalf("%s: there is %v", s.line, record.Fields)
		}
	case "unclaimed":
		if record, err := store.Read(mailbox.Outbox, plain); err == nil {
			s.t.Fatalf("%s: there is %v", s.line, record.Fields)
		}
	case "ended":
		select {
		case err := <-s.running.ended:
			s.check(err)
			s.setAlive(s.running.pid, false)
			s.running = nil
		default:
			s.t.Fatalf("%s: it has not", s.line)
		}
	case "restarted":
		if err := <-s.running.ended; !errors.Is(err, ErrRestart) {
			s.t.Fatalf("%s: it ended with %v", s.line, err)
		}
		s.setAlive(s.running.pid, false)
		s.running = nil
	case "present":
		attendants, err := s.sender.Attending()
		s.check(err)
		if len(attendants) != 1 || attendants[0].State != id {
			s.t.Fatalf("%s: attended by %v", s.line, attendants)
		}
	case "attended", "unattended":
		attendants, err := s.sender.Attending()
		s.check(err)
		if (len(attendants) > 0) != (verb == "attended") {
			s.t.Fatalf("%s: attended by %v", s.line, attendants)
		}
	default:
		s.t.Fatalf("%s: no such verb", s.line)
	}
}

func (s *stage) expectReply(id, object string) {
	s.t.Helper()
	var want map[string]any
	s.check(json.Unmarshal([]byte(object), &want))
	store, _, plain := s.place(id)
	record, err := store.Read(mailbox.Outbox, plain)
	if err != nil {
		s.t.Fatalf("%s: %v", s.line, err)
	}
	text, err := record.Fields.MarshalJSON()
	s.check(err)
	var got map[string]any
	s.check(json.Unmarshal(text, &got))
	if got["ready"] != true {
		s.t.Fatalf("%s: only a claim: %s", s.line, text)
	}
	for name, value := range want {
		if !reflect.DeepEqual(got[name], value) {
			s.t.Fatalf("%s: %s is %v in %s", s.line, name, got[name], text)
		}
	}
}

func (s *stage) message(object string) protocol.Message {
	s.t.Helper()
	fields, err := protocol.ParseJSON([]byte(object))
	s.check(err)
	m, err := protocol.DecodeMessage(fields)
	s.check(err)
	return m
}

func (s *stage) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", s.line, err)
	}
}

// person is a dialog that shows everything and answers when told to.
type person struct {
	mu      sync.Mutex
	windows map[string]*shown // guarded by mu
	times   map[string]int    // guarded by mu
}

type shown struct {
	question dialog.Question
	answer   chan protocol.Reply
	raises   int
}

func (p *person) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	w := &shown{question: q, answer: make(chan protocol.Reply)}
	id := q.ID
	if q.Trusted {
		id = "@" + id
	}
	p.mu.Lock()
	p.windows[id] = w
	p.times[id]++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.windows, id)
	}()
	if q.Kind == protocol.KindNotify && len(q.Buttons) == 0 {
		return protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton, Channel: protocol.ChannelToast}, nil
	}
	for {
		select {
		case newer := <-updates:
			p.mu.Lock()
			if w.question = newer; newer.Raise {
				w.raises++
			}
			p.mu.Unlock()
		case reply := <-w.answer:
			reply.Channel = protocol.ChannelDialog
			return reply, nil
		case <-ctx.Done():
			return protocol.Reply{Channel: protocol.ChannelDialog}, context.Cause(ctx)
		}
	}
}

func (p *person) answer(s *stage, id string, reply protocol.Reply) {
	p.mu.Lock()
	w := p.windows[id]
	p.mu.Unlock()
	if w == nil {
		s.t.Fatalf("%s: no such window", s.line)
	}
	w.answer <- reply
}

func (p *person) open() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.windows))
}

func (p *person) question(id string) dialog.Question {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.windows[id]; w != nil {
		return w.question
	}
	return dialog.Question{}
}

func (p *person) shownTimes(id string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.times[id]
}

func (p *person) raises(id string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.windows[id]; w != nil {
		return w.raises
	}
	return 0
}
