package deploy

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/program"
	"github.com/deskbell/deskbell/protocol"
)

// memory is a record that is in no store.
type memory struct {
	facts Facts
	held  bool
}

func (m *memory) Load() (Facts, error) { return m.facts, nil }
func (m *memory) Save(f Facts) error   { m.facts = f; return nil }
func (m *memory) Clear() error         { m.facts = Facts{}; return nil }

func (m *memory) Hold() (func() error, error) {
	if m.held {
		return nil, ErrHeld
	}
	m.held = true
	return func() error { m.held = false; return nil }, nil
}

// desk is a scripted person: what becomes of each question in turn.
type desk struct {
	t       *testing.T
	mu      sync.Mutex // of Begin, which several people may need at once
	answers []func(m protocol.Message, within time.Duration) delivery.Result
	asked   []protocol.Message
	told    []string
	left    []protocol.Message // of told, what nobody waits for
	bars    int
	screen  *onScreen
}

func (d *desk) Ask(_ context.Context, m protocol.Message, within time.Duration) (delivery.Result, error) {
	d.asked = append(d.asked, m)
	if len(d.answers) == 0 {
		d.t.Fatalf("nobody was to be asked %q", m.Text)
	}
	answer := d.answers[0]
	d.answers = d.answers[1:]
	return answer(m, within), nil
}

func (d *desk) AskAll(ctx context.Context, m protocol.Message, within time.Duration) ([]delivery.Result, error) {
	r, err := d.Ask(ctx, m, within)
	return []delivery.Result{r}, err
}

func (d *desk) Begin(ctx context.Context, m protocol.Message, within time.Duration) (Question, error) {
	q := &onScreen{result: make(chan delivery.Result, 1)}
	d.mu.Lock()
	d.screen = q
	d.asked = append(d.asked, m)
	answer := d.answers[0]
	d.answers = d.answers[1:]
	d.mu.Unlock()
	go func() {
		answered := make(chan delivery.Result, 1)
		go func() { answered <- answer(m, within) }()
		select {
		case r := <-answered:
			q.result <- r
		case <-ctx.Done():
			q.result <- delivery.Result{Outcome: delivery.Interrupted}
			<-answered
		}
	}()
	return q, nil
}

// onScreen is a question that is on the screen.
type onScreen struct {
	result chan delivery.Result
	texts  []string // as it was changed
}

func (q *onScreen) Update(change func(*protocol.Message)) error {
	var m protocol.Message
	change(&m)
	q.texts = append(q.texts, m.Text)
	return nil
}

func (q *onScreen) Result() <-chan delivery.Result { return q.result }

func (d *desk) Show(context.Context, protocol.Message) (Bar, error) { d.bars++; return d, nil }
func (d *desk) Update(func(*protocol.Message)) error                { return nil }
func (d *desk) Close() error                                        { d.bars--; return nil }
func (d *desk) Tell(_ context.Context, m protocol.Message) error {
	d.told = append(d.told, m.Text)
	return nil
}

func (d *desk) Leave(_ context.Context, m protocol.Message) error {
	d.left = append(d.left, m)
	return d.Tell(context.Background(), m)
}

type answer = func(protocol.Message, time.Duration) delivery.Result

// presses presses a button, a while after it was shown.
func presses(button int) answer {
	return func(protocol.Message, time.Duration) delivery.Result {
		shown := time.Now()
		<-time.After(time.Minute)
		return delivery.Result{Outcome: delivery.Answered, User: "anna", Reply: protocol.Reply{
			Status: protocol.StatusAnswered, Button: button, ShownAt: shown, Seen: true,
		}}
	}
}

func closes(protocol.Message, time.Duration) delivery.Result {
	return delivery.Result{Outcome: delivery.Dismissed, User: "anna", Reply: protocol.Reply{
		Status: protocol.StatusDismissed, Button: protocol.NoButton, ShownAt: time.Now(), Seen: true,
	}}
}

// ends lets the time pass, and the window was seen or not.
func ends(outcome delivery.Outcome, seen bool) answer {
	return func(_ protocol.Message, within time.Duration) delivery.Result {
		r := delivery.Result{Outcome: outcome, Reply: protocol.Reply{Seen: seen, Button: protocol.NoButton}}
		if seen {
			r.Reply.ShownAt = time.Now()
		}
		<-time.After(within)
		return r
	}
}

func nobody(outcome delivery.Outcome) answer {
	return func(protocol.Message, time.Duration) delivery.Result {
		return delivery.Result{Outcome: outcome, Err: errors.New(string(outcome)), Reply: protocol.Reply{Button: protocol.NoButton}}
	}
}

func TestRun(t *testing.T) {
	const later = now + 1
	for name, c := range map[string]struct {
		change  func(*Job)
		status  int // of the installer
		facts   int // deferrals before
		answers []answer
		outcome Outcome
		failed  bool
		runs    int // of the installer
		left    int // deferrals that are remembered
		took    time.Duration
		told    string
	}{
		"now":                       {answers: []answer{presses(now)}, outcome: Installed, runs: 1, took: time.Minute, told: "Acme has been installed."},
		"later":                     {answers: []answer{presses(later)}, outcome: Deferred, left: 1, took: time.Minute},
		"closes it":                 {answers: []answer{closes}, outcome: Deferred, left: 1},
		"nobody answers, seen":      {answers: []answer{ends(delivery.TimedOut, true)}, outcome: Undecided, left: 1, took: 40 * time.Minute},
		"nobody answers, unseen":    {answers: []answer{ends(delivery.Over, false)}, outcome: Undecided, took: 40 * time.Minute},
		"... and always counted":    {change: func(j *Job) { j.CountUnanswered = CountAlways }, answers: []answer{ends(delivery.Over, false)}, outcome: Undecided, left: 1, took: 40 * time.Minute},
		"... seen and never":        {change: func(j *Job) { j.CountUnanswered = CountNever }, answers: []answer{ends(delivery.Over, true)}, outcome: Undecided, took: 40 * time.Minute},
		"locked":                    {answers: []answer{nobody(delivery.Locked)}, outcome: Unreached},
		"disconnected":              {answers: []answer{nobody(delivery.Disconnected)}, outcome: Unreached},
		"busy":                      {answers: []answer{nobody(delivery.Busy)}, outcome: Unreached},
		"no window can be shown":    {answers: []answer{nobody(delivery.Failed)}, outcome: Unreached},
		"no monitor":                {answers: []answer{nobody(delivery.NoMonitor)}, outcome: Unreached},
		"nobody logged on":          {answers: []answer{nobody(delivery.NotLoggedOn)}, outcome: Installed, runs: 1},
		"... to be waited for":      {change: func(j *Job) { j.NoUser = AbsenceWait }, answers: []answer{nobody(delivery.NotLoggedOn)}, outcome: Unreached},
		"... a failure":             {change: func(j *Job) { j.NoUser = AbsenceFail }, answers: []answer{nobody(delivery.NotLoggedOn)}, failed: true},
		"set-up runs":               {answers: []answer{nobody(delivery.SetUp)}, outcome: Installed, runs: 1},
		"... to be waited for ":     {change: func(j *Job) { j.DuringSetup = SetUpWait }, answers: []answer{nobody(delivery.SetUp)}, outcome: Unreached},
		"silent":                    {change: func(j *Job) { j.Mode = ModeSilent }, outcome: Installed, runs: 1},
		"the installer fails":       {status: 5, answers: []answer{presses(now)}, outcome: Installed, runs: 1, took: time.Minute, told: "Acme could not be installed. Your administrator has been told."},
		"it wants a restart":        {status: 3010, answers: []answer{presses(now)}, outcome: Installed, runs: 1, took: time.Minute, told: "Acme has been installed."},
		"a failure keeps the facts": {status: 5, facts: 1, answers: []answer{presses(now)}, outcome: Installed, runs: 1, left: 1, took: time.Minute, told: "Acme could not be installed. Your administrator has been told."},
		"forced, and pressed":       {facts: 3, answers: []answer{presses(now)}, outcome: Installed, runs: 1, took: time.Minute, told: "Acme has been installed."},
		"forced, and closed":        {facts: 3, answers: []answer{closes}, outcome: Installed, runs: 1, took: 10 * time.Minute, told: "Acme has been installed."},
		"forced, the monitor ended": {facts: 3, answers: []answer{nobody(delivery.NoMonitor)}, outcome: Installed, runs: 1, took: 10 * time.Minute, told: "Acme has been installed."},
		"forced, logs off":          {facts: 3, answers: []answer{nobody(delivery.LoggedOff)}, outcome: Installed, runs: 1, took: 10 * time.Minute, told: "Acme has been installed."},
		"forced, locked":            {facts: 3, answers: []answer{nobody(delivery.Locked)}, outcome: Installed, runs: 1, took: 10 * time.Minute, told: "Acme has been installed."},
		"forced, nobody there":      {facts: 3, answers: []answer{nobody(delivery.NotLoggedOn)}, outcome: Installed, runs: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept, runs := &memory{}, 0
				for range c.facts {
					kept.facts.Deferrals = append(kept.facts.Deferrals, Deferral{At: time.Now().Add(-2 * time.Hour), Until: time.Now().Add(-time.Hour)})
					kept.facts.FirstShown = time.Now().Add(-2 * time.Hour)
				}
				d := &desk{t: t, answers: c.answers}
				j := &Job{
					Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}, {For: 4 * time.Hour}}}, Record: kept,
					Countdown: 10 * time.Minute, MaxRun: 55 * time.Minute, InstallTime: 15 * time.Minute,
					CountUnanswered: CountSeen, Mode: ModeInteractive, NoUser: AbsenceInstall, DuringSetup: SetUpSilent,
					Progress: true, Complete: true, Desk: d, Now: time.Now, Pause: Pause, Busy: func() (string, error) { return "", nil }, Log: slog.New(slog.DiscardHandler),
					Install: func(_ context.Context, bar Bar) (int, error) { runs++; return c.status, nil },
					Success: func(status int) bool { return status == 0 || status == 3010 },
					Restart: RestartPolicy{Mode: RestartAgent}, WantsRestart: func(status int, _ time.Time) bool { return status == 3010 },
				}
				if c.change != nil {
					c.change(j)
				}
				began := time.Now()
				r, err := j.Run(t.Context())
				if (err != nil) != c.failed || r.Outcome != c.outcome || runs != c.runs {
					t.Errorf("%+v, %v, the installer ran %d times", r, err, runs)
				}
				if n := len(kept.facts.Deferrals); n != c.left {
					t.Errorf("%d deferrals are remembered, want %d", n, c.left)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				if told := strings.Join(d.told, "; "); told != c.told {
					t.Errorf("told %q, want %q", told, c.told)
				}
				if d.bars != 0 {
					t.Errorf("%d bars are left", d.bars)
				}
				if r.Outcome == Deferred && (r.Until.IsZero() || !r.Until.Equal(kept.facts.Deferrals[c.left-1].Until) || r.Left != 2) {
					t.Errorf("put off until %v, %d left; remembered is %+v", r.Until, r.Left, kept.facts)
				}
			})
		})
	}
}

// A run before the chosen time ends at once; the one after it asks again.
func TestRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, answers: []answer{presses(now + 1), presses(now)}}
		installed := false
		j := &Job{
			Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}}}, Record: &memory{},
			MaxRun: time.Hour, InstallTime: time.Minute, Mode: ModeInteractive, Desk: d, Now: time.Now, Pause: Pause, Busy: func() (string, error) { return "", nil },
			Install: func(context.Context, Bar) (int, error) { installed = true; return 0, nil },
			Restart: RestartPolicy{Mode: RestartAgent}, WantsRestart: func(status int, _ time.Time) bool { return status == 3010 }, Success: func(int) bool { return true }, Log: slog.New(slog.DiscardHandler),
		}
		for _, want := range []Outcome{Deferred, Deferred, Installed} {
			r, err := j.Run(t.Context())
			if err != nil || r.Outcome != want {
				t.Fatalf("%+v, %v, want %s", r, err, want)
			}
			<-time.After(31 * time.Minute)
		}
		if !installed || len(d.asked) != 2 {
			t.Errorf("installed: %v, asked %d times", installed, len(d.asked))
		}
	})
}

// Two runs at once ask once.
func TestRunTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &memory{}
		run := func(answers ...answer) (Result, error) {
			d := &desk{t: t, answers: answers}
			j := &Job{
				Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}}}, Record: kept,
				MaxRun: time.Hour, InstallTime: time.Minute, Mode: ModeInteractive, Desk: d, Now: time.Now, Pause: Pause, Log: slog.New(slog.DiscardHandler),
			}
			return j.Run(t.Context())
		}
		second := func(m protocol.Message, within time.Duration) delivery.Result {
			if r, err := run(); err != nil || r.Outcome != Undecided || r.Reason != ErrHeld.Error() {
				t.Errorf("the second: %+v, %v", r, err)
			}
			return presses(now+1)(m, within)
		}
		if r, err := run(second); err != nil || r.Outcome != Deferred || len(kept.facts.Deferrals) != 1 {
			t.Errorf("the first: %+v, %v; %+v", r, err, kept.facts)
		}
		if kept.held {
			t.Error("it is still held")
		}
	})
}

// What the person reads, in his language and with his dates.
func TestQuestion(t *testing.T) {
	j := &Job{Title: "Acme 7", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}, {Clock: true, Days: 1, At: 9 * time.Hour}}}}
	noon := at(10, 12)
	j.began = noon
	facts := Facts{FirstShown: at(8, 12), Deferrals: []Deferral{put(at(8, 12), at(8, 13)), put(at(9, 12), at(9, 13))}}
	m, err := j.question(allowed(facts, j.Policy, noon), nil)
	if err != nil {
		t.Fatal(err)
	}
	fields := m.Fields()
	for name, want := range map[string]string{
		"Text":       "Acme 7 is to be installed on this computer.\n\nYou can put it off 1 more time.\n\nAfter 22 March 2026, 12:00 it is installed without asking.\n\nClosing this window puts it off: In 1 hour.",
		"Text.de":    "Acme 7 soll auf diesem Computer installiert werden.\n\nSie können es noch 1-mal verschieben.\n\nNach dem 22.03.2026, 12:00 wird es ohne Rückfrage installiert.\n\nWenn Sie dieses Fenster schließen, wird es verschoben: In 1 Stunde.",
		"Buttons":    "Install now, In 1 hour, Tomorrow at 09:00",
		"Buttons.de": "Jetzt installieren, In 1 Stunde, Morgen um 09:00",
	} {
		got, list := fields[name].([]string)
		text, _ := fields[name].(string)
		if list {
			text = strings.Join(got, ", ")
		}
		if text != want {
			t.Errorf("%s is %q, want %q", name, text, want)
		}
	}
	last, err := j.lastCall(10*time.Minute, []Owned{{Program: program.Program{Name: "Writer"}}, {Program: program.Program{Name: "Editor"}}, {Program: program.Program{Name: "Editor"}}})
	if err != nil || last.Timeout != 600 || len(last.Buttons) != 1 || last.Text != "Acme 7 is to be installed on this computer.\n\nThese programs are going to be closed: Editor, Writer.\n\nIt cannot be put off any more." {
		t.Errorf("%+v, %v", last, err)
	}
}

// At the time that somebody chose it is installed, whether or not he answers; he
// may put it off as long as he still can.
func TestResume(t *testing.T) {
	const later = now + 1
	for name, c := range map[string]struct {
		how       How
		deferrals int
		answers   []answer
		outcome   Outcome
		took      time.Duration
		left      int // deferrals that are remembered
	}{
		"he agrees":           {Chosen, 1, []answer{presses(now)}, Installed, time.Minute, 0},
		"he puts it off":      {Chosen, 1, []answer{presses(later)}, Deferred, time.Minute, 2},
		"he closes it":        {Closed, 1, []answer{closes}, Deferred, 0, 2},
		"he does nothing":     {Chosen, 1, []answer{ends(delivery.TimedOut, true)}, Installed, 10 * time.Minute, 0},
		"he is away":          {Chosen, 1, []answer{nobody(delivery.Locked)}, Installed, 10 * time.Minute, 0},
		"he has logged off":   {Chosen, 1, []answer{nobody(delivery.NotLoggedOn)}, Installed, 0, 0},
		"nothing is left":     {Chosen, 3, []answer{closes}, Installed, 10 * time.Minute, 0},
		"nobody chose a time": {Unanswered, 1, []answer{ends(delivery.Over, false)}, Undecided, 40 * time.Minute, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept := &memory{}
				for range c.deferrals {
					kept.facts.Deferrals = append(kept.facts.Deferrals, Deferral{At: time.Now().Add(-2 * time.Hour), Until: time.Now().Add(-time.Hour), How: c.how})
				}
				d := &desk{t: t, answers: c.answers}
				j := &Job{
					Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}, {For: 4 * time.Hour}}}, Record: kept, Resumed: true,
					Countdown: 10 * time.Minute, MaxRun: 55 * time.Minute, InstallTime: 15 * time.Minute,
					CountUnanswered: CountSeen, Mode: ModeInteractive, NoUser: AbsenceInstall, DuringSetup: SetUpSilent,
					Restart: RestartPolicy{Mode: RestartAgent}, WantsRestart: func(int, time.Time) bool { return false },
					Desk: d, Now: time.Now, Pause: Pause, Busy: func() (string, error) { return "", nil }, Log: slog.New(slog.DiscardHandler),
					Install: func(context.Context, Bar) (int, error) { return 0, nil }, Success: func(int) bool { return true },
				}
				began := time.Now()
				r, err := j.Run(t.Context())
				if err != nil || r.Outcome != c.outcome || time.Since(began) != c.took || len(kept.facts.Deferrals) != c.left {
					t.Errorf("%+v, %v after %v, remembered %+v", r, err, time.Since(began), kept.facts)
				}
				if m := d.asked[0]; c.how == Chosen && m.CountdownText != "The installation begins in {time}" {
					t.Errorf("asked is %+v", m)
				}
			})
		})
	}
}

// Where nobody keeps the time, what is offered says so, and is not before the next
// run.
func TestNotBefore(t *testing.T) {
	j := &Job{Title: "Acme", NotBefore: true, Policy: Policy{Times: 3, Shortest: 3 * time.Hour, Delays: []Delay{{For: time.Hour}, {For: 4 * time.Hour}}}}
	j.began = at(10, 12)
	m, err := j.question(allowed(Facts{}, j.Policy, j.began), nil)
	if err != nil || strings.Join(m.Buttons, ", ") != "Install now, Not before: Today at 16:00" {
		t.Errorf("%q, %v", m.Buttons, err)
	}
}
