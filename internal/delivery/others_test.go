package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

func TestPick(t *testing.T) {
	sessions := []session.Session{
		{ID: "3", User: `LAB\Anna`, UID: "S-1-5-21-1"},
		{ID: "4", User: `LAB\ben`, UID: "S-1-5-21-2"},
		{ID: "7", User: `LAB\Anna`, UID: "S-1-5-21-1"},
		{ID: "c2", User: "cleo", UID: "1002"},
	}
	for to, want := range map[string]string{
		"active":               "3!",
		"all":                  "3 4 c2",
		"user:anna":            "3",
		`user:lab\ANNA`:        "3",
		`user:OTHER\anna`:      "",
		"user:cleo":            "c2",
		"user:cle":             "",
		"sid:s-1-5-21-2":       "4",
		"uid:1002":             "c2",
		"uid:":                 "",
		"session:7":            "7!",
		"session:C2":           "c2!",
		"session:9":            "",
		"user:ben, user:cleo":  "4 c2",
		"user:anna,session:7":  "3",
		"session:7,session:3":  "7!",
		"active,user:anna,all": "3! 4 c2",
		"user:nobody":          "",
	} {
		var got []string
		meant, _ := pick(to, sessions)
		for _, r := range meant {
			s := r.session.ID
			if r.only {
				s += "!"
			}
			got = append(got, s)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", to, got, want)
		}
	}
	if got, _ := pick("active", sessions[3:]); len(got) != 1 || got[0].only {
		t.Errorf("a person with one session has it named: %v", got)
	}
}

// office is a computer with people in memory, whose monitors are goroutines.
type office struct {
	t      *testing.T
	mu     sync.Mutex
	people map[string]*desk  // guarded by mu, by uid
	order  []session.Session // guarded by mu
	setUp  string
	admin  bool                         // whether mailboxes may be made
	ends   map[process.ID]chan struct{} // guarded by mu
	heard  []chan struct{}              // guarded by mu; of those who hear of changes
	starts int                          // guarded by mu
}

// desk is one person's two mailboxes, and what he does.
type desk struct {
	user, assigned *mailbox.Memory
	// answer is called for each message once a monitor attends.
	answer func(box *mailbox.Mailbox, id string, m protocol.Message) error
	start  error // why no monitor starts
	short  bool  // it ends at once
	dies   chan struct{}
}

func newOffice(t *testing.T) *office {
	t.Helper()
	t.Setenv("DESKBELL_RUNTIME_DIR", "")
	return &office{t: t, people: map[string]*desk{}, admin: true}
}

// enter logs somebody on, whose name is also the uid.
func (o *office) enter(name string, answer func(*mailbox.Mailbox, string, protocol.Message) error) *desk {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := &desk{user: mailbox.NewMemory(), assigned: mailbox.NewMemory(), answer: answer, dies: make(chan struct{})}
	o.people[name] = d
	o.order = append(o.order, session.Session{ID: "s-" + name, User: name, UID: name, Active: true})
	return d
}

// leave logs somebody off, and his monitor ends.
func (o *office) leave(name string) {
	o.mu.Lock()
	o.order = slices.DeleteFunc(o.order, func(s session.Session) bool { return s.User == name })
	o.mu.Unlock()
	close(o.dies(name))
}

// dies is closed when somebody's monitor ends.
func (o *office) dies(name string) chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.people[name].dies
}

// know has somebody who is not logged on.
func (o *office) know(name string, answer func(*mailbox.Mailbox, string, protocol.Message) error) *desk {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := &desk{user: mailbox.NewMemory(), assigned: mailbox.NewMemory(), answer: answer, dies: make(chan struct{})}
	o.people[name] = d
	return d
}

// onceAllAsked answers when so many monitors have been started, in a bubble.
func (o *office) onceAllAsked(starts int, answer answering) answering {
	return func(box *mailbox.Mailbox, id string, m protocol.Message) error {
		for begun := 0; begun < starts; <-time.After(time.Millisecond) {
			o.mu.Lock()
			begun = o.starts
			o.mu.Unlock()
		}
		return answer(box, id, m)
	}
}

// end is closed when that monitor has ended.
func (o *office) end(id process.ID) chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ends := o.ends[id]; ends != nil {
		return ends
	}
	return o.people[id.Started].dies
}

// logOn logs somebody on who is known.
func (o *office) logOn(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.people[name].dies = make(chan struct{})
	o.order = append(o.order, session.Session{ID: "s-" + name, User: name, UID: name, Active: true})
	for _, heard := range o.heard {
		heard <- struct{}{}
	}
}

// changes tells of log-ons.
func (o *office) changes(ctx context.Context) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	heard, told := make(chan struct{}, 10), make(chan struct{})
	heard <- struct{}{}
	o.heard = append(o.heard, heard)
	go func() {
		defer close(told)
		for {
			select {
			case <-heard:
				select {
				case told <- struct{}{}:
				case <-ctx.Done():
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return told
}

func (o *office) options() Options {
	return Options{Queue: "office", Launch: func(context.Context) error { return ErrNobody }, Computer: Computer{
		Sessions: func(context.Context) ([]session.Session, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			return slices.Clone(o.order), nil
		},
		Changes: func(ctx context.Context) (<-chan struct{}, error) { return o.changes(ctx), nil },
		Find: func(form string) (session.Session, error) {
			_, name, _ := strings.Cut(form, ":")
			if o.people[name] == nil {
				return session.Session{}, fs.ErrNotExist
			}
			return session.Session{UID: name, User: name}, nil
		},
		SetUp:         func(context.Context) (string, error) { return o.setUp, nil },
		UID:           func() string { return "root" },
		Administrator: func() bool { return o.admin },
		Users:         func(string) ([]string, error) { return slices.Collect(maps.Keys(o.people)), nil },
		Open:          o.open,
		Make: func(mailbox.Place) error {
			if !o.admin {
				return fmt.Errorf("make it: %w", fs.ErrPermission)
			}
			return nil
		},
		Start:  o.start,
		Direct: func() bool { return true },
		Wait: func(ctx context.Context, id process.ID) error {
			select {
			case <-o.end(id):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}}
}

func (o *office) open(p mailbox.Place) (*mailbox.Mailbox, error) {
	d := o.people[p.UID]
	if d == nil { // the caller's own, or the machine's
		d = &desk{user: mailbox.NewMemory(), assigned: mailbox.NewMemory()}
	}
	store := d.assigned
	if p.Scope == mailbox.ScopeUser {
		store = d.user
	}
	return mailbox.New(store, mailbox.Options{
		Self: process.ID{Pid: 1, Started: "root"}, Running: func(process.ID) bool { return true },
	})
}

// start has a monitor attend, as a process of the person's would.
func (o *office) start(_ context.Context, s session.Session, queue string) (process.ID, error) {
	o.mu.Lock()
	o.starts++
	o.mu.Unlock()
	d := o.people[s.UID]
	dies := o.dies(s.UID)
	o.mu.Lock()
	self := process.ID{Pid: 100 + o.starts, Started: s.UID}
	if o.ends == nil {
		o.ends = map[process.ID]chan struct{}{}
	}
	left := make(chan struct{})
	o.ends[self] = left
	o.mu.Unlock()
	switch {
	case queue != "office":
		o.t.Errorf("a monitor of queue %q is started", queue)
	case d.start != nil:
		return process.ID{}, d.start
	case d.short:
		close(left)
		return self, nil
	}
	attend := func(store mailbox.Store) *mailbox.Mailbox {
		box, err := mailbox.New(store, mailbox.Options{Self: self, Running: func(process.ID) bool { return true }})
		if err != nil {
			o.t.Error(err)
		}
		return box
	}
	attendance, err := attend(d.user).Attend(s.ID, protocol.Presence{State: protocol.StateReady})
	if err != nil {
		return self, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	box := attend(d.assigned)
	changes, err := box.Changes(ctx)
	if err != nil {
		o.t.Error(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(box, changes, d.answer) }()
	go func() {
		select {
		case <-dies:
			_ = attendance.Leave()
			close(left)
		case <-ctx.Done():
		}
	}()
	o.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			o.t.Error(err)
		}
		for name, d := range o.people {
			if names, err := d.assigned.List(mailbox.Inbox); err != nil || len(names) > 0 {
				o.t.Errorf("%s is left with %q, %v", name, names, err)
			}
		}
	})
	return self, nil
}

func yes(box *mailbox.Mailbox, id string, m protocol.Message) error {
	return reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 1})(box, id, m)
}

func to(whom string) protocol.Message {
	m := question("x")
	m.To = whom
	return m
}

// TestOthers sends to people who are there, or not, and tells what becomes of
// it.
func TestOthers(t *testing.T) {
	refused := errors.New("the program is forbidden")
	for name, test := range map[string]struct {
		set    func(o *office)
		to     string
		within time.Duration
		want   []Outcome
		cause  error
		starts int
	}{
		"one":          {func(o *office) { o.enter("anna", yes) }, "active", 0, []Outcome{Answered}, nil, 1},
		"the first":    {func(o *office) { o.enter("anna", yes); o.enter("ben", nil) }, "active", 0, []Outcome{Answered}, nil, 1},
		"by name":      {func(o *office) { o.enter("anna", nil); o.enter("ben", yes) }, "user:ben", 0, []Outcome{Answered}, nil, 1},
		"first of all": {func(o *office) { o.enter("anna", nil); o.enter("ben", o.onceAllAsked(2, yes)) }, "all", 0, []Outcome{Answered, Withdrawn}, nil, 2},
		"nobody":       {func(o *office) {}, "active", 0, []Outcome{NotLoggedOn}, nil, 0},
		"not he":       {func(o *office) { o.enter("anna", yes) }, "user:ben", 0, []Outcome{NotLoggedOn}, nil, 0},
		"set-up":       {func(o *office) { o.setUp = "oobe" }, "active", 0, []Outcome{SetUp}, nil, 0},
		"no monitor":   {func(o *office) { o.enter("anna", yes).start = refused }, "all", 0, []Outcome{NoMonitor}, refused, 1},
		"it ends at once": {func(o *office) {
			d := o.enter("anna", yes)
			d.short = true
			close(d.dies)
		}, "all", 0, []Outcome{NoMonitor}, nil, 3},
		"no answer": {func(o *office) { o.enter("anna", nil) }, "all", 50 * time.Millisecond, []Outcome{Over}, ErrOver, 1},
		"disconnected": {func(o *office) {
			o.enter("anna", nil)
			o.order[0].State.Disconnected = true
		}, "all", 50 * time.Millisecond, []Outcome{Disconnected}, nil, 1},
		"locked": {func(o *office) {
			o.enter("anna", func(box *mailbox.Mailbox, id string, m protocol.Message) error {
				state(o, "anna", protocol.StateLocked)
				return reply(protocol.Reply{Status: protocol.StatusSkipped, Button: protocol.NoButton})(box, id, m)
			})
		}, "all", 0, []Outcome{Locked}, nil, 1},
		"busy": {func(o *office) {
			o.enter("anna", func(box *mailbox.Mailbox, id string, m protocol.Message) error {
				state(o, "anna", protocol.StateBusy)
				return reply(protocol.Reply{Status: protocol.StatusSkipped, Button: protocol.NoButton})(box, id, m)
			})
		}, "all", 0, []Outcome{Busy}, nil, 1},
		"he logs off": {func(o *office) {
			o.enter("anna", func(*mailbox.Mailbox, string, protocol.Message) error {
				o.leave("anna")
				return nil
			})
		}, "all", 0, []Outcome{LoggedOff}, ErrLoggedOff, 1},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			o := newOffice(t)
			test.set(o)
			options := o.options()
			options.Within = test.within
			results, err := Send(t.Context(), to(test.to), options)
			if err != nil {
				t.Fatal(err)
			}
			var got []Outcome
			for _, r := range results {
				got = append(got, r.Outcome)
			}
			if !slices.Equal(got, test.want) || test.cause != nil && !errors.Is(results[0].Err, test.cause) {
				t.Errorf("outcomes %v (%v), want %v (%v)", got, results[0].Err, test.want, test.cause)
			}
			if results[0].Outcome == Answered && (results[0].User == "" || results[0].UID == "") {
				t.Errorf("it does not say who: %+v", results[0])
			}
			if o.starts != test.starts {
				t.Errorf("%d monitors were started, want %d", o.starts, test.starts)
			}
		}))
	}
}

// state has somebody's monitor write another state into its record.
func state(o *office, name, word string) {
	o.people[name].user.Remove(mailbox.Monitor, "s-"+name)
	p := protocol.Presence{Pid: 100, Started: name, State: word}
	if err := o.people[name].user.Create(mailbox.Monitor, "s-"+name, p.Fields()); err != nil {
		o.t.Error(err)
	}
}

// TestNoticeToAll tells everybody, and waits for everybody.
func TestNoticeToAll(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"anna", "ben", "cleo"} {
		o.enter(name, func(box *mailbox.Mailbox, id string, m protocol.Message) error {
			return reply(protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton})(box, id, m)
		})
	}
	m := protocol.NewMessage(protocol.KindNotify)
	m.Text, m.To = "done", "all"
	results, err := Send(t.Context(), m, o.options())
	if err != nil || len(results) != 3 {
		t.Fatalf("%v, %v", results, err)
	}
	for _, r := range results {
		if r.Outcome != Answered {
			t.Errorf("%s: %s, %v", r.User, r.Outcome, r.Err)
		}
	}
}

// TestOthersNotPermitted puts nothing where the caller is no administrator.
func TestOthersNotPermitted(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", yes)
	o.admin = false
	if _, err := Send(t.Context(), to("all"), o.options()); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v", err)
	}
	options := o.options()
	options.Launch = nil
	o.admin = true
	results, err := Send(t.Context(), to("all"), options)
	if err != nil || results[0].Outcome != Nobody {
		t.Errorf("nothing was to be started: %v, %v", results, err)
	}
}

// TestServiceStarts leaves the starting to the service, where the caller may not.
func TestServiceStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.enter("anna", yes).start = errors.New("the caller is not to start it")
		options := o.options()
		options.Computer.Direct = func() bool { return false }
		options.Within = time.Second
		options.Computer.Served = func(string) bool { return true }
		results, err := Send(t.Context(), to("all"), options)
		if err != nil || results[0].Outcome != Over {
			t.Errorf("%v, %v", results, err)
		}
	})
}

// TestAdopt takes over what an earlier life has put, unless it is another
// question.
func TestAdopt(t *testing.T) {
	o := newOffice(t)
	d := o.enter("anna", nil)
	options := o.options()
	options.ID, options.Outlive, options.Adopt, options.Keep = "q", true, true, true
	if _, err := Open(t.Context(), to("all"), options); err != nil {
		t.Fatal(err)
	}
	anna, err := mailbox.New(d.assigned, mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := yes(anna, "q", question("x")); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), to("all"), options)
	if err != nil {
		t.Fatal(err)
	}
	if r := again.Wait(t.Context())[0]; r.Outcome != Answered {
		t.Errorf("the answer that was there is %s, %v", r.Outcome, r.Err)
	}
	if _, err := anna.Get("q"); err != nil {
		t.Errorf("what was to be kept: %v", err)
	}
	other := to("all")
	other.Text = "another question"
	other.Buttons = []string{"Now"}
	third, err := Open(t.Context(), other, options)
	if err != nil {
		t.Fatal(err)
	}
	if state, _, err := anna.State("q"); err != nil || state != mailbox.Free {
		t.Errorf("another question has the answer of the first: %v, %v", state, err)
	}
	third.Forget()
	if _, err := anna.Get("q"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was to be forgotten: %v", err)
	}
}

// TestUpdateOthers changes the message wherever it still is.
func TestUpdateOthers(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", nil)
	o.enter("ben", nil)
	d, err := Open(t.Context(), to("all"), o.options())
	if err != nil {
		t.Fatal(err)
	}
	text := func(name string) string {
		box, err := o.open(mailbox.Place{Scope: mailbox.ScopeAssigned, UID: name})
		if err != nil {
			t.Fatal(err)
		}
		entry, err := box.Get(d.ID())
		if err != nil {
			return ""
		}
		return entry.Message.Text
	}
	newer := func(m *protocol.Message) { m.Text = "newer" }
	if err := d.Update(newer); err != nil || text("anna") != "newer" || text("ben") != "newer" {
		t.Errorf("%q, %q, %v", text("anna"), text("ben"), err)
	}
	if err := d.letters[0].box.Withdraw(d.ID()); err != nil {
		t.Fatal(err)
	}
	if err := d.Update(func(m *protocol.Message) { m.Text = "newest" }); err != nil || text("ben") != "newest" {
		t.Errorf("%q, %v", text("ben"), err)
	}
	if err := d.Withdraw(); err != nil {
		t.Error(err)
	}
	if err := d.Update(newer); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an update of what is gone: %v", err)
	}
}

// Whoever is asked without waiting has a monitor started, not the first alone.
func TestAttendedByEach(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", yes)
	o.enter("ben", yes)
	options := o.options()
	options.ID, options.Outlive = "q", true
	d, err := Open(t.Context(), to("all"), options)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := d.Attended(t.Context()); !ok {
		t.Fatal(r)
	}
	o.mu.Lock()
	starts := o.starts
	o.mu.Unlock()
	if starts != 2 {
		t.Errorf("%d monitors were started", starts)
	}
	d.Wait(t.Context())
}

// TestAwaitOthers fetches the answer of somebody else, as an administrator,
// once.
func TestAwaitOthers(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", yes)
	o.enter("ben", nil)
	options := o.options()
	options.ID, options.Outlive = "q", true
	d, err := Open(t.Context(), to("user:anna"), options)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := d.Attended(t.Context()); !ok {
		t.Fatal(r)
	}
	_, r, err := Await(t.Context(), "q", o.options())
	if err != nil || r.Outcome != Answered || r.UID != "anna" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, _, err := Await(t.Context(), "q", o.options()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a second time: %v", err)
	}
}

// TestAwaitHeldUp: a user who holds the claim by which a reply is fetched keeps who
// waits for it no longer than he wants to wait, and the reply stays for him.
func TestAwaitHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		d := o.enter("anna", nil)
		options := o.options()
		options.ID, options.Outlive = "q", true
		if _, err := Open(t.Context(), to("user:anna"), options); err != nil {
			t.Fatal(err)
		}
		hers, err := mailbox.New(d.assigned, mailbox.Options{
			Self: process.ID{Pid: 7, Started: "anna"}, Running: func(process.ID) bool { return true },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(yes(hers, "q", question("x")), hers.Claim("fetch.q", protocol.Reply{})); err != nil {
			t.Fatal(err)
		}
		options = o.options()
		options.Within = time.Minute
		if _, r, err := Await(t.Context(), "q", options); err != nil || r.Outcome != Over {
			t.Errorf("%+v, %v", r, err)
		}
		if err := hers.Drop("fetch.q"); err != nil {
			t.Fatal(err)
		}
		if _, r, err := Await(t.Context(), "q", options); err != nil || r.Outcome != Answered {
			t.Errorf("when she lets go: %+v, %v", r, err)
		}
	})
}
