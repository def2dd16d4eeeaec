package service

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/monitor"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// office is a computer in memory: mailboxes, people, and the monitors that are
// started for them, which are real ones.
type office struct {
	t       *testing.T
	signals chan struct{} // sessions have changed

	mu       sync.Mutex
	stores   map[mailbox.Place]*mailbox.Memory // guarded by mu
	sessions []session.Session                 // guarded by mu
	monitors map[string][]*running             // guarded by mu, by uid
	starts   int                               // guarded by mu
	alive    map[int]bool                      // guarded by mu
	pid      int                               // guarded by mu, the last one
	person   *person
	ledger   func(ledger.Event)
	alter    func(*delivery.Computer) // what is otherwise on it; nil = nothing
}

// running is something that runs as a process would.
type running struct {
	pid  int
	stop context.CancelFunc
	done chan error
}

func newOffice(t *testing.T) *office {
	return &office{
		t: t, signals: make(chan struct{}, 1), stores: map[mailbox.Place]*mailbox.Memory{},
		monitors: map[string][]*running{}, alive: map[int]bool{}, pid: 100,
		person: &person{open: map[string]chan protocol.Reply{}, shown: map[string]int{}},
	}
}

func (o *office) store(p mailbox.Place) *mailbox.Memory {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stores[p] == nil {
		o.stores[p] = mailbox.NewMemory()
	}
	return o.stores[p]
}

// box is a mailbox as a process sees it.
func (o *office) box(pid int, scope mailbox.Scope, uid string) *mailbox.Mailbox {
	o.t.Helper()
	store := o.store(mailbox.Place{Queue: "q", Scope: scope, UID: uid})
	box, err := mailbox.New(store, mailbox.Options{Self: process.ID{Pid: pid, Started: "1"}, Running: o.runs})
	if err != nil {
		o.t.Fatal(err)
	}
	return box
}

func (o *office) machine() *mailbox.Mailbox { return o.box(1, mailbox.ScopeMachine, "") }

func (o *office) runs(id process.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return id.Pid == 1 || o.alive[id.Pid]
}

// begin runs something as a process of its own.
func (o *office) begin(run func(ctx context.Context, pid int) error) *running {
	o.mu.Lock()
	o.pid++
	r := &running{pid: o.pid, done: make(chan error, 1)}
	o.alive[r.pid] = true
	o.mu.Unlock()
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go func() {
		err := run(ctx, r.pid)
		o.mu.Lock()
		o.alive[r.pid] = false
		o.mu.Unlock()
		r.done <- err
		close(r.done)
	}()
	return r
}

// serve runs the service.
func (o *office) serve() *running {
	return o.begin(func(ctx context.Context, pid int) error {
		computer := o.computer(pid)
		if o.alter != nil {
			o.alter(&computer)
		}
		return Attendance{
			Queue: "q", Log: slog.New(slog.NewTextHandler(o.t.Output(), nil)), Computer: computer, Ledger: o.ledger,
			Processors: func(user string) (map[string]processor.Processor, error) {
				return map[string]processor.Processor{"whoami": whoami{user}}, nil
			},
		}.Attend(ctx, o.signals)
	})
}

func (o *office) computer(pid int) delivery.Computer {
	return delivery.Computer{
		Sessions: func(context.Context) ([]session.Session, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			return slices.Clone(o.sessions), nil
		},
		Find: func(form string) (session.Session, error) {
			uid := strings.TrimPrefix(form, "uid:")
			return session.Session{UID: uid, User: "user" + uid}, nil
		},
		SetUp: func(context.Context) (string, error) { return "", nil },
		UID:   func() string { return "0" },
		Open: func(p mailbox.Place) (*mailbox.Mailbox, error) {
			return o.box(pid, p.Scope, p.UID), nil
		},
		Make: func(mailbox.Place) error { return nil },
		Users: func(string) ([]string, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			var uids []string
			for p := range o.stores {
				if p.Scope == mailbox.ScopeAssigned {
					uids = append(uids, p.UID)
				}
			}
			return uids, nil
		},
		Start: o.start,
		Tidy:  func() error { return nil },
		Wait: func(ctx context.Context, id process.ID) error {
			o.mu.Lock()
			var done chan error
			for _, of := range o.monitors {
				for _, m := range of {
					if m.pid == id.Pid {
						done = m.done
					}
				}
			}
			o.mu.Unlock()
			select {
			case <-done:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}
}

// start starts a monitor in a session.
func (o *office) start(_ context.Context, s session.Session, queue string) (process.ID, error) {
	m := o.begin(func(ctx context.Context, pid int) error {
		return monitor.Run(ctx, monitor.Options{
			Queue: queue, Mailbox: o.box(pid, mailbox.ScopeUser, s.UID), Assigned: o.box(pid, mailbox.ScopeAssigned, s.UID),
			Dialog: viewer{o.person, s.UID}, Session: s.ID, User: s.User,
			Wait: func(ctx context.Context, _ process.ID) error { <-ctx.Done(); return ctx.Err() },
		})
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	o.starts++
	o.monitors[s.UID] = append(o.monitors[s.UID], m)
	return process.ID{Pid: m.pid, Started: "1"}, nil
}

// endMonitors ends the monitors of a user and waits for that. Several may have
// been started at once, of which all but one have left by themselves.
func (o *office) endMonitors(uid string) {
	o.mu.Lock()
	monitors := slices.Clone(o.monitors[uid])
	o.mu.Unlock()
	for _, m := range monitors {
		m.stop()
		<-m.done
	}
}

func (o *office) enter(uids ...string) {
	o.mu.Lock()
	for _, uid := range uids {
		o.sessions = append(o.sessions, session.Session{ID: "s" + uid, User: "user" + uid, UID: uid, Active: true})
	}
	o.mu.Unlock()
	o.signal()
}

func (o *office) leave(uid string) {
	o.mu.Lock()
	o.sessions = slices.DeleteFunc(o.sessions, func(s session.Session) bool { return s.UID == uid })
	o.mu.Unlock()
	o.endMonitors(uid)
	o.signal()
}

func (o *office) signal() {
	select {
	case o.signals <- struct{}{}:
	default:
	}
}

// end stops everything.
func (o *office) end(services ...*running) {
	o.t.Helper()
	for _, s := range services {
		s.stop()
		if err := <-s.done; err != nil {
			o.t.Errorf("the service ended with %v", err)
		}
	}
	for uid := range o.monitors {
		o.endMonitors(uid)
	}
}

// left checks what is left in a mailbox.
func (o *office) left(scope mailbox.Scope, uid string, want ...string) {
	o.t.Helper()
	ids, err := o.box(1, scope, uid).IDs()
	if err != nil || !slices.Equal(ids, want) {
		o.t.Errorf("in the %s mailbox of %q is %q, %v; want %q", scope, uid, ids, err, want)
	}
}

// reply is the reply in the machine mailbox.
func (o *office) reply(id string) protocol.Reply {
	o.t.Helper()
	state, r, err := o.machine().State(id)
	if err != nil {
		o.t.Fatal(err)
	}
	if state != mailbox.Spent {
		o.t.Fatalf("no reply to %s, state %d, %+v", id, state, r)
	}
	return r
}

// person sees every window there is.
type person struct {
	mu    sync.Mutex
	open  map[string]chan protocol.Reply // guarded by mu, by uid/id
	shown map[string]int                 // guarded by mu
}

// viewer is a window's way to one user.
type viewer struct {
	*person
	uid string
}

func (v viewer) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	name, answer := v.uid+"/"+q.Text, make(chan protocol.Reply)
	v.mu.Lock()
	v.open[name] = answer
	v.shown[name]++
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.open, name)
	}()
	for {
		select {
		case r := <-answer:
			return r, nil
		case newer := <-updates:
			v.mu.Lock()
			delete(v.open, name)
			name = v.uid + "/" + newer.Text
			v.open[name] = answer
			v.mu.Unlock()
		case <-ctx.Done():
			return protocol.Reply{}, context.Cause(ctx)
		}
	}
}

func (p *person) windows() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for name := range p.open {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (o *office) press(window string, button int) {
	o.t.Helper()
	synctest.Wait()
	o.person.mu.Lock()
	answer := o.person.open[window]
	o.person.mu.Unlock()
	if answer == nil {
		o.t.Fatalf("no window %s, but %v", window, o.person.windows())
	}
	answer <- protocol.Reply{Status: protocol.StatusAnswered, Button: button, Channel: protocol.ChannelDialog}
	synctest.Wait()
}

func (o *office) wantWindows(want ...string) {
	o.t.Helper()
	synctest.Wait()
	if got := o.person.windows(); !slices.Equal(got, want) {
		o.t.Fatalf("windows %v, want %v", got, want)
	}
}

// whoami answers with whose mailbox it was.
type whoami struct{ user string }

func (w whoami) Process(context.Context, protocol.Message, <-chan protocol.Message) (protocol.Reply, error) {
	return protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton, Answer: w.user}, nil
}

func question(text, to string) protocol.Message {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.To, m.Type = text, to, 4
	return m
}

func (o *office) put(box *mailbox.Mailbox, id string, m protocol.Message) {
	o.t.Helper()
	if err := box.Put(id, m); err != nil {
		o.t.Fatal(err)
	}
	synctest.Wait()
}

func in(t *testing.T, test func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newOffice(t)) })
}

func TestRelayAnswers(t *testing.T) {
	in(t, func(o *office) {
		o.enter("1", "2")
		service := o.serve()
		o.put(o.machine(), "a", question("now?", ""))
		o.wantWindows("1/now?")
		if state, claim, _ := o.machine().State("a"); state != mailbox.Others && claim.Status != protocol.StatusWaiting {
			t.Errorf("it is not said to be on its way: %d %+v", state, claim)
		}
		o.press("1/now?", 7)
		r := o.reply("a")
		if r.Button != 7 || r.User != "user1" || r.Session != "s1" || r.Choice != "No" || r.ShownAt.IsZero() || r.Channel != protocol.ChannelDialog {
			t.Errorf("reply %+v", r)
		}
		o.left(mailbox.ScopeAssigned, "1")
		o.left(mailbox.ScopeMachine, "", "a")
		if o.starts != 1 {
			t.Errorf("%d monitors were started", o.starts)
		}
		o.end(service)
	})
}

// slowly is a store in which a message is there before who put it knows.
type slowly struct {
	mailbox.Store
	known <-chan struct{} // closed when he does
}

func (s slowly) Create(box mailbox.Box, name string, fields protocol.Fields) error {
	err := s.Store.Create(box, name, fields)
	if box == mailbox.Inbox {
		<-s.known
	}
	return err
}

// What the service is passing on it sees come in the mailbox as well, and starts
// one monitor for it all the same.
func TestRelayStartsOneMonitor(t *testing.T) {
	in(t, func(o *office) {
		o.enter("1")
		known, begin := make(chan struct{}), make(chan struct{})
		o.alter = func(c *delivery.Computer) {
			open, start := c.Open, c.Start
			c.Start = func(ctx context.Context, s session.Session, queue string) (process.ID, error) {
				<-begin // so that another would be started meanwhile
				return start(ctx, s, queue)
			}
			c.Open = func(p mailbox.Place) (*mailbox.Mailbox, error) {
				if p.Scope != mailbox.ScopeAssigned {
					return open(p)
				}
				return mailbox.New(slowly{o.store(p), known}, mailbox.Options{Self: process.ID{Pid: 101, Started: "1"}, Running: o.runs})
			}
		}
		service := o.serve()
		o.put(o.machine(), "a", question("now?", ""))
		close(known)
		synctest.Wait()
		close(begin)
		o.wantWindows("1/now?")
		if o.starts != 1 {
			t.Errorf("%d monitors were started", o.starts)
		}
		o.press("1/now?", 7)
		if r := o.reply("a"); r.Button != 7 {
			t.Errorf("reply %+v", r)
		}
		o.end(service)
	})
}

func TestRelayToAll(t *testing.T) {
	in(t, func(o *office) {
		o.enter("1", "2")
		service := o.serve()
		o.put(o.machine(), "a", question("now?", "all"))
		o.wantWindows("1/now?", "2/now?")
		o.press("2/now?", 6)
		if r := o.reply("a"); r.Button != 6 || r.User != "user2" {
			t.Errorf("reply %+v", r)
		}
		o.wantWindows()
		o.left(mailbox.ScopeAssigned, "1")
		o.left(mailbox.ScopeAssigned, "2")
		o.end(service)
	})
}

func TestRelayNobody(t *testing.T) {
	in(t, func(o *office) {
		service := o.serve()
		o.put(o.machine(), "a", question("now?", ""))
		if r := o.reply("a"); r.Status != protocol.StatusFailed || r.Error != "nobody is logged on" {
			t.Errorf("reply %+v", r)
		}
		o.put(o.machine(), "ping", command(protocol.CommandPing))
		if r := o.reply("ping"); r.Status != protocol.StatusAnswered {
			t.Errorf("reply to a ping %+v", r)
		}
		o.end(service)
	})
}

func command(word string) protocol.Message {
	m := protocol.NewMessage(protocol.KindControl)
	m.Command = word
	return m
}

func TestRelayFollows(t *testing.T) {
	in(t, func(o *office) {
		o.enter("1")
		service := o.serve()
		o.put(o.machine(), "a", question("first", ""))
		o.wantWindows("1/first")
		<-time.After(time.Second) // changes are told apart by when they were written
		if err := o.machine().Update("a", question("second", "")); err != nil {
			t.Fatal(err)
		}
		o.wantWindows("1/second")
		if err := o.machine().Withdraw("a"); err != nil {
			t.Fatal(err)
		}
		o.wantWindows()
		o.left(mailbox.ScopeAssigned, "1")
		m := question("short", "")
		m.TTL = 5
		o.put(o.machine(), "b", m)
		o.wantWindows("1/short")
		<-time.After(6 * time.Second)
		o.wantWindows()
		if r := o.reply("b"); r.Status != protocol.StatusExpired {
			t.Errorf("reply %+v", r)
		}
		o.left(mailbox.ScopeAssigned, "1")
		o.end(service)
	})
}

// A service that is killed, at whatever moment, loses nothing and asks nothing
// twice.
func TestRelayRestarts(t *testing.T) {
	for name, test := range map[string]struct {
		between func(o *office)
		shown   int // times
	}{
		"and the window stays":    {func(o *office) { o.wantWindows("1/now?") }, 1},
		"and he answers":          {func(o *office) { o.press("1/now?", 6) }, 1},
		"and his monitor is, too": {func(o *office) { o.endMonitors("1") }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(o *office) {
				o.enter("1")
				first := o.serve()
				o.put(o.machine(), "a", question("now?", ""))
				o.wantWindows("1/now?")
				first.stop()
				<-first.done
				test.between(o)
				o.signal()
				second := o.serve()
				synctest.Wait()
				if o.person.windows() != nil {
					o.press("1/now?", 6)
				}
				if r := o.reply("a"); r.Button != 6 || r.User != "user1" {
					t.Errorf("reply %+v", r)
				}
				if shown := o.person.shown["1/now?"]; shown != test.shown {
					t.Errorf("shown %d times, want %d", shown, test.shown)
				}
				o.left(mailbox.ScopeAssigned, "1")
				o.end(second)
			})
		})
	}
}

// What was withdrawn, or replied to, while no service ran is not asked any
// more; another question of the same id is.
func TestRelayAfterAll(t *testing.T) {
	in(t, func(o *office) {
		o.enter("1")
		first := o.serve()
		o.put(o.machine(), "a", question("old", ""))
		o.put(o.machine(), "b", question("withdrawn", ""))
		o.wantWindows("1/old")
		first.stop()
		<-first.done
		if err := o.machine().Forget("b"); err != nil {
			t.Fatal(err)
		}
		if err := o.machine().Forget("a"); err != nil {
			t.Fatal(err)
		}
		m := question("new", "")
		m.Buttons = []string{"Now"}
		o.put(o.machine(), "a", m)
		o.signal()
		second := o.serve()
		o.wantWindows("1/new")
		o.left(mailbox.ScopeAssigned, "1", "a")
		o.press("1/new", 101)
		if r := o.reply("a"); r.Button != 101 || r.Choice != "Now" {
			t.Errorf("reply %+v", r)
		}
		o.end(second)
	})
}

// A message that a sender put into the assigned mailbox itself has a monitor
// started, now or when its person logs on, and again when that ends.
func TestCallsMonitors(t *testing.T) {
	in(t, func(o *office) {
		o.put(o.box(1, mailbox.ScopeAssigned, "1"), "a", question("now?", ""))
		service := o.serve()
		o.wantWindows()
		o.enter("1")
		o.wantWindows("1/now?")
		<-time.After(time.Minute)
		o.endMonitors("1")
		o.wantWindows("1/now?")
		if o.starts != 2 {
			t.Errorf("%d monitors were started", o.starts)
		}
		o.leave("1")
		o.wantWindows()
		o.enter("1")
		o.press("1/now?", 6)
		state, r, err := o.box(1, mailbox.ScopeAssigned, "1").State("a")
		if err != nil || state != mailbox.Spent || r.Button != 6 {
			t.Errorf("%d, %+v, %v", state, r, err)
		}
		o.end(service)
	})
}

// What a user puts into his service mailbox is handled by programs only, which
// are told who he is.
func TestServiceMailbox(t *testing.T) {
	in(t, func(o *office) {
		o.enter("1", "2")
		service := o.serve()
		synctest.Wait()
		box := o.box(1, mailbox.ScopeService, "2")
		m := protocol.NewMessage("whoami")
		o.put(box, "a", m)
		if state, r, _ := box.State("a"); state != mailbox.Spent || r.Answer != "user2" {
			t.Errorf("state %d, %+v", state, r)
		}
		for id, m := range map[string]protocol.Message{"b": question("?", ""), "c": command(protocol.CommandStop), "d": protocol.NewMessage("nosuch")} {
			o.put(box, id, m)
			if state, r, _ := box.State(id); state != mailbox.Spent || r.Status != protocol.StatusRejected {
				t.Errorf("%s: state %d, %+v", id, state, r)
			}
		}
		o.wantWindows()
		o.end(service)
	})
}

// TestStartedWithMailboxes: once the service counts as started, everybody who is
// logged on has the mailboxes in which he asks it, and is asked.
func TestStartedWithMailboxes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.signals = make(chan struct{})
		o.sessions = []session.Session{{ID: "1", User: "user7", UID: "7", Active: true}, {ID: "2", User: "user8", UID: "8"}}
		var mu sync.Mutex
		var made []string // guarded by mu
		o.alter = func(c *delivery.Computer) {
			c.Make = func(p mailbox.Place) error {
				<-time.After(time.Second)
				mu.Lock()
				defer mu.Unlock()
				made = append(made, string(p.Scope)+p.UID)
				return nil
			}
		}
		s := o.serve()
		o.signals <- struct{}{} // which it receives as soon as it has started
		mu.Lock()
		got := slices.Sorted(slices.Values(made))
		mu.Unlock()
		if want := []string{"assigned7", "assigned8", "machine", "service7", "service8"}; !slices.Equal(got, want) {
			t.Errorf("made are %q", got)
		}
		o.end(s)
	})
}

func TestServiceThatCannotAttend(t *testing.T) {
	a := Attendance{Queue: "q", Computer: delivery.Computer{Make: func(mailbox.Place) error { return fs.ErrPermission }}}
	if err := a.Attend(t.Context(), nil); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v", err)
	}
}
