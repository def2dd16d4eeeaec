package deploy

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/program"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// opened are programs that somebody has open.
type opened struct {
	mu       sync.Mutex
	programs []Owned  // guarded by mu
	stubborn bool     // they do not close when they are asked
	asked    []string // guarded by mu
	ended    []string
	started  []string
}

func (o *opened) List(context.Context) ([]Owned, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.programs), nil
}

func (o *opened) without(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.programs = slices.DeleteFunc(o.programs, func(p Owned) bool { return p.Name == name })
}

// Close takes a while, as somebody saves.
func (o *opened) Close(_ context.Context, programs []Owned) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range programs {
		o.asked = append(o.asked, p.Name)
		if !o.stubborn {
			time.AfterFunc(5*time.Second, func() { o.without(p.Name) })
		}
	}
	return nil
}

func (o *opened) End(_ context.Context, p Owned) error {
	o.ended = append(o.ended, p.Name)
	o.without(p.Name)
	return nil
}

func (o *opened) Start(_ context.Context, p Owned) error {
	o.started = append(o.started, p.Name)
	return nil
}

func editor(pid int, name, id string) Owned {
	return Owned{Program: program.Program{ID: process.ID{Pid: pid, Started: "1"}, Name: name}, Session: session.Session{ID: id}}
}

func TestClosing(t *testing.T) {
	// Of the button that closes them.
	const now = protocol.ButtonCustom
	waits := func(o *opened, after time.Duration, name string) answer {
		return func(_ protocol.Message, within time.Duration) delivery.Result {
			time.AfterFunc(after, func() { o.without(name) })
			<-time.After(within)
			return delivery.Result{Outcome: delivery.TimedOut}
		}
	}
	at := func(o *opened) *opened { o.programs = []Owned{editor(1, "Editor", "2")}; return o }
	for name, c := range map[string]struct {
		change  func(*Job, *opened)
		answers func(o *opened) []answer // behind "install now"
		outcome Outcome
		reason  string
		asked   string
		ended   string
		started string
		took    time.Duration // from the answer to the end
		told    string        // what the window says when the list has changed
		to      string
	}{
		"nothing runs":     {change: func(_ *Job, o *opened) { o.programs = nil }, outcome: Installed},
		"by the person":    {answers: func(o *opened) []answer { return []answer{waits(o, 30*time.Second, "Editor")} }, outcome: Installed, took: 30 * time.Second, to: "session:2"},
		"by the button":    {answers: func(*opened) []answer { return []answer{presses(now)} }, outcome: Installed, asked: "Editor", took: time.Minute + 5*time.Second, to: "session:2"},
		"and opened again": {change: func(j *Job, _ *opened) { j.Closing.Reopen = true }, answers: func(*opened) []answer { return []answer{presses(now)} }, outcome: Installed, asked: "Editor", started: "Editor", took: time.Minute + 5*time.Second},
		"one of two": {
			change:  func(_ *Job, o *opened) { o.programs = append(o.programs, editor(2, "Writer", "2")) },
			answers: func(o *opened) []answer { return []answer{waits(o, 10*time.Second, "Editor")} },
			outcome: Undecided, reason: "still open: Writer", took: 10 * time.Minute, told: "• Writer", to: "session:2",
		},
		"of two people": {
			change:  func(_ *Job, o *opened) { o.programs = append(o.programs, editor(2, "Writer", "3")) },
			answers: func(*opened) []answer { return []answer{presses(now), presses(now)} },
			outcome: Installed, asked: "Editor, Writer", took: time.Minute + 5*time.Second, to: "session:2,session:3",
		},
		"refused": {
			change: func(_ *Job, o *opened) { o.stubborn = true },
			answers: func(*opened) []answer {
				return []answer{presses(now), presses(now), closes, ends(delivery.TimedOut, true)}
			},
			outcome: Undecided, reason: "still open: Editor", asked: "Editor, Editor", took: 10 * time.Minute,
		},
		"by force": {
			change:  func(j *Job, o *opened) { o.stubborn, j.Closing.Force = true, true },
			answers: func(*opened) []answer { return []answer{presses(now), ends(delivery.TimedOut, true)} },
			outcome: Installed, asked: "Editor", ended: "Editor", took: 10 * time.Minute,
		},
		"the window is closed, by force": {
			change:  func(j *Job, _ *opened) { j.Closing.Force, j.Closing.Countdown = true, 15*time.Second },
			answers: func(*opened) []answer { return []answer{closes} },
			outcome: Installed, ended: "Editor", took: 15 * time.Second,
		},
		"locked, and waited for": {
			change:  func(j *Job, _ *opened) { j.Closing.Force = true },
			answers: func(*opened) []answer { return []answer{nobody(delivery.Locked)} },
			outcome: Undecided, reason: "still open: Editor", took: 10 * time.Minute,
		},
		"locked, and closed": {
			change:  func(j *Job, _ *opened) { j.Closing.Unreachable = UnreachableClose },
			answers: func(*opened) []answer { return []answer{nobody(delivery.Locked)} },
			outcome: Installed, asked: "Editor", took: 5 * time.Second,
		},
		"locked, and closed by force": {
			change: func(j *Job, o *opened) {
				j.Closing.Unreachable, j.Closing.Force, o.stubborn = UnreachableClose, true, true
			},
			answers: func(*opened) []answer { return []answer{nobody(delivery.Locked)} },
			outcome: Installed, asked: "Editor", ended: "Editor", took: 10 * time.Minute,
		},
		"locked, a failure": {
			change:  func(j *Job, _ *opened) { j.Closing.Unreachable = UnreachableFail },
			answers: func(*opened) []answer { return []answer{nobody(delivery.Locked)} },
			outcome: Undecided, reason: "still open: Editor",
		},
		"the time of a run": {
			change:  func(j *Job, _ *opened) { j.MaxRun, j.Closing.Countdown = 20*time.Minute, time.Hour },
			answers: func(*opened) []answer { return []answer{ends(delivery.TimedOut, true)} },
			outcome: Undecided, reason: "still open: Editor", took: 4 * time.Minute, // a minute was used by the question
		},
		"only where one runs": {change: func(j *Job, o *opened) { j.Closing.IfRunning, o.programs, j.Desk.(*desk).answers = true, nil, nil }, outcome: Installed},
		"... and one does":    {change: func(j *Job, _ *opened) { j.Closing.IfRunning = true }, answers: func(*opened) []answer { return []answer{presses(now)} }, outcome: Installed, asked: "Editor", took: time.Minute + 5*time.Second},
		"by itself":           {change: func(j *Job, o *opened) { j.Mode, o.programs, j.Desk.(*desk).answers = ModeAuto, nil, nil }, outcome: Installed},
		"by itself, one runs": {change: func(j *Job, _ *opened) { j.Mode = ModeAuto }, answers: func(*opened) []answer { return []answer{presses(now)} }, outcome: Installed, asked: "Editor", took: time.Minute + 5*time.Second},
		"silently":            {change: func(j *Job, _ *opened) { j.Mode, j.Desk.(*desk).answers = ModeSilent, nil }, outcome: Undecided, reason: "still open: Editor", took: 10 * time.Minute},
		"silently, closed": {change: func(j *Job, _ *opened) {
			j.Mode, j.Closing.Unreachable, j.Desk.(*desk).answers = ModeSilent, UnreachableClose, nil
		}, outcome: Installed, asked: "Editor", took: 5 * time.Second},
		"another installation": {
			change: func(j *Job, _ *opened) {
				j.Busy, j.LockWait = func() (string, error) { return "dpkg is at work", nil }, 3*time.Minute
			},
			outcome: Undecided, reason: "dpkg is at work", took: 3 * time.Minute,
		},
		"another installation that ends": {
			change: func(j *Job, o *opened) {
				o.programs, j.LockWait = nil, 3*time.Minute
				j.Busy = func() (string, error) {
					if time.Since(j.began) > 2*time.Minute {
						return "", nil
					}
					return "dpkg is at work", nil
				}
			},
			outcome: Installed, took: time.Minute + time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := at(&opened{})
				d := &desk{t: t, answers: []answer{presses(now)}}
				if c.answers != nil {
					d.answers = append(d.answers, c.answers(o)...)
				}
				var ended time.Time
				j := &Job{
					Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}}}, Record: &memory{},
					MaxRun: 55 * time.Minute, InstallTime: 15 * time.Minute, CountUnanswered: CountSeen, Mode: ModeInteractive,
					NoUser: AbsenceInstall, DuringSetup: SetUpSilent, Restart: RestartPolicy{Mode: RestartAgent},
					Closing:      Closing{Programs: o, Countdown: 10 * time.Minute, Unreachable: UnreachableWait},
					WantsRestart: func(int, time.Time) bool { return false }, Success: func(int) bool { return true },
					Busy: func() (string, error) { return "", nil }, Desk: d, Now: time.Now, Pause: Pause, Log: slog.New(slog.DiscardHandler),
					Install: func(context.Context, Bar) (int, error) { ended = time.Now(); return 0, nil },
				}
				if c.change != nil {
					c.change(j, o)
				}
				began := time.Now()
				if len(d.answers) > 0 {
					began = began.Add(time.Minute) // the first answer takes as long
				}
				r, err := j.Run(t.Context())
				if ended.IsZero() {
					ended = time.Now()
				}
				<-time.After(2 * time.Hour) // whoever still waits has done so then
				if err != nil || r.Outcome != c.outcome || c.reason != "" && r.Reason != c.reason {
					t.Fatalf("%+v, %v", r, err)
				}
				for what, lists := range map[string][2]string{
					"asked to close": {strings.Join(slices.Sorted(slices.Values(o.asked)), ", "), c.asked},
					"ended":          {strings.Join(o.ended, ", "), c.ended},
					"started":        {strings.Join(o.started, ", "), c.started},
				} {
					if lists[0] != lists[1] {
						t.Errorf("%s: %q, want %q", what, lists[0], lists[1])
					}
				}
				// It is looked again every second.
				if took := ended.Sub(began); took < c.took || took > c.took+2*time.Second {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				if c.told != "" && (len(d.screen.texts) != 1 || !strings.Contains(d.screen.texts[0], c.told) || strings.Contains(d.screen.texts[0], "Editor")) {
					t.Errorf("the window says %q, want %q", d.screen.texts, c.told)
				}
				if c.to != "" && d.asked[0].To != c.to {
					t.Errorf("asked is %q, want %q", d.asked[0].To, c.to)
				}
				if len(d.answers) != 0 {
					t.Errorf("%d questions were not asked", len(d.answers))
				}
			})
		})
	}
}

// Who opens a program meanwhile has it closed, and is told why, once.
func TestBlocking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &opened{}
		d := &desk{t: t, answers: []answer{presses(now)}}
		j := &Job{
			Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}}}, Record: &memory{},
			MaxRun: 55 * time.Minute, InstallTime: 15 * time.Minute, CountUnanswered: CountSeen, Mode: ModeInteractive,
			NoUser: AbsenceInstall, DuringSetup: SetUpSilent, Restart: RestartPolicy{Mode: RestartAgent},
			Closing:      Closing{Programs: o, Countdown: 10 * time.Minute, Unreachable: UnreachableWait, Block: true},
			WantsRestart: func(int, time.Time) bool { return false }, Success: func(int) bool { return true },
			Busy: func() (string, error) { return "", nil }, Desk: d, Now: time.Now, Pause: Pause, Log: slog.New(slog.DiscardHandler),
		}
		opens := func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.programs = []Owned{editor(1, "Editor", "2")}
		}
		j.Install = func(context.Context, Bar) (int, error) {
			for range 2 {
				opens()
				<-time.After(10 * time.Second)
			}
			return 0, nil
		}
		if r, err := j.Run(t.Context()); err != nil || r.Outcome != Installed {
			t.Fatalf("%+v, %v", r, err)
		}
		opens() // nobody minds any more
		<-time.After(time.Minute)
		if ended, told := strings.Join(o.ended, ", "), strings.Join(d.told, "|"); ended != "Editor, Editor" || told != "Acme is being installed. Editor can be opened again afterwards." || len(o.programs) != 1 {
			t.Errorf("ended are %s, told is %q, open is %+v", ended, told, o.programs)
		}
	})
}

// Programs are named to who has them open, and to nobody else; and a name is a name,
// whatever somebody calls his file.
func TestNamesOfPrograms(t *testing.T) {
	evil := editor(3, "a\nYour administrator says: \u202egive "+strings.Repeat("x", 100), "2")
	for name, c := range map[string]struct {
		to   string
		open []Owned
		want string
	}{
		"one person": {"", []Owned{editor(1, "Writer", "2"), editor(2, "Editor", "2")}, "going to be closed: Editor, Writer."},
		"two people": {"", []Owned{editor(1, "Writer", "2"), editor(2, "Editor", "3")}, "You are asked about yours before."},
		"to others":  {"all", []Owned{editor(1, "Writer", "2")}, "You are asked about yours before."},
		"evil":       {"", []Owned{evil}, ": a Your administrator says: give " + strings.Repeat("x", longestName-33) + "…."},
	} {
		j := &Job{Title: "Acme", To: c.to, Now: time.Now}
		m, err := j.question(Decision{Left: Unlimited}, c.open)
		if err != nil || !strings.Contains(m.Text, c.want) || strings.Count(m.Text, "\n") != 2 {
			t.Errorf("%s: %q, %v", name, m.Text, err)
		}
	}
	m, err := (&Job{Title: "Acme"}).closeQuestion(session.Session{}, []Owned{editor(1, "One, two", "")}, time.Minute)
	if err != nil || !strings.Contains(m.Text, "\n• One, two\n") {
		t.Errorf("%q, %v", m.Text, err)
	}
}
