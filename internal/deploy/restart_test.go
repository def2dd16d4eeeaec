package deploy

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/restart"
	"github.com/deskbell/deskbell/protocol"
)

// computer is one that is not restarted.
type computer struct {
	planned time.Time // by somebody else
	err     error
	plans   []restart.Plan
}

func (c *computer) Schedule(_ context.Context, p restart.Plan) error {
	if c.err != nil {
		return c.err
	}
	c.plans = append(c.plans, p)
	return nil
}
func (c *computer) Pending(context.Context) (time.Time, error) { return c.planned, nil }
func (c *computer) Owner() string                              { return "logind" }

func TestRestart(t *testing.T) {
	const inAnHour, atTheEnd = now + 1, now + 2
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		change  func(*Job, *computer)
		status  int
		answers []answer // behind "install now", which takes a minute
		took    time.Duration
		want    Restart       // but for At
		in      time.Duration // from when it was installed; 0 = nothing is planned
		forced  bool
		told    string
	}{
		"now":                    {answers: []answer{presses(now)}, want: Restart{Pending: true, By: "logind", User: "anna"}, in: 3*time.Minute + 30*time.Second, told: "This computer is restarted on"},
		"in an hour":             {answers: []answer{presses(inAnHour)}, want: Restart{Pending: true, By: "logind", User: "anna"}, in: time.Hour, told: "This computer is restarted on"},
		"at the latest":          {answers: []answer{presses(atTheEnd)}, want: Restart{Pending: true, By: "logind", User: "anna"}, in: day, told: "This computer is restarted on"},
		"closed":                 {answers: []answer{closes}, want: Restart{Pending: true, By: "logind"}, in: day, forced: true, told: "This computer is restarted on"},
		"nobody answers":         {answers: []answer{ends(delivery.TimedOut, true)}, want: Restart{Pending: true, By: "logind"}, in: day, forced: true, told: "This computer is restarted on"},
		"locked":                 {answers: []answer{nobody(delivery.Locked)}, want: Restart{Pending: true, By: "logind"}, in: day, forced: true, told: "This computer is restarted on"},
		"logged off since":       {answers: []answer{nobody(delivery.NotLoggedOn)}, want: Restart{Pending: true, By: "logind"}, in: soon, forced: true, told: "This computer is restarted on"},
		"no time to ask":         {change: func(j *Job, _ *computer) { j.MaxRun = 2*time.Minute + 20*time.Second; j.InstallTime = time.Minute }, want: Restart{Pending: true, By: "logind"}, in: day, forced: true, told: "This computer is restarted on"},
		"nobody logged on":       {change: func(j *Job, _ *computer) { j.Desk.(*desk).answers = []answer{nobody(delivery.NotLoggedOn)} }, want: Restart{Pending: true, By: "logind"}, in: soon},
		"set-up runs":            {change: func(j *Job, _ *computer) { j.Desk.(*desk).answers = []answer{nobody(delivery.SetUp)} }, want: Restart{By: RestartByAgent}},
		"silent":                 {change: func(j *Job, _ *computer) { j.Mode, j.Desk.(*desk).answers = ModeSilent, nil }, want: Restart{By: RestartByAgent}},
		"countdown":              {change: func(j *Job, _ *computer) { j.Restart.Mode = RestartCountdown }, want: Restart{Pending: true, By: "logind"}, in: 10 * time.Minute, forced: true, told: "This computer is restarted on"},
		"by the agent":           {change: func(j *Job, _ *computer) { j.Restart.Mode = RestartAgent }, want: Restart{By: RestartByAgent}},
		"never":                  {change: func(j *Job, _ *computer) { j.Restart.Mode = RestartNever }},
		"planned already":        {change: func(_ *Job, c *computer) { c.planned = time.Now().Add(3 * time.Hour) }, want: Restart{Pending: true, By: "logind"}},
		"planned too late":       {change: func(_ *Job, c *computer) { c.planned = time.Now().Add(48 * time.Hour) }, answers: []answer{presses(inAnHour)}, want: Restart{Pending: true, By: "logind", User: "anna"}, in: time.Hour, told: "This computer is restarted on"},
		"planned meanwhile":      {change: func(_ *Job, c *computer) { c.err = &restart.PendingError{} }, answers: []answer{presses(inAnHour)}, want: Restart{Pending: true, By: "logind"}, told: "Acme needs a restart"},
		"it cannot be had":       {change: func(_ *Job, c *computer) { c.err = errors.New("no logind") }, answers: []answer{presses(inAnHour)}, want: Restart{By: RestartByAgent}},
		"begun by the installer": {status: 1641, want: Restart{Pending: true, By: RestartByInstaller}},
		"it wants none":          {status: -1},
		"a package wants it": {status: -1, change: func(j *Job, _ *computer) {
			j.WantsRestart = func(_ int, since time.Time) bool { return since.Equal(j.began) }
		}, answers: []answer{presses(inAnHour)}, want: Restart{Pending: true, By: "logind", User: "anna"}, in: time.Hour, told: "This computer is restarted on"},
		"it fails": {status: 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{t: t, answers: append([]answer{presses(now)}, c.answers...)}
				pc := &computer{}
				status := c.status
				switch status {
				case 0:
					status = 3010
				case -1:
					status = 0
				}
				var installed time.Time
				j := &Job{
					Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}}}, Record: &memory{},
					MaxRun: 55 * time.Minute, InstallTime: 15 * time.Minute,
					CountUnanswered: CountSeen, Mode: ModeInteractive, NoUser: AbsenceInstall, DuringSetup: SetUpSilent,
					Restart:      RestartPolicy{Mode: RestartAsk, Deadline: day, Countdown: 10 * time.Minute, Delays: []Delay{{For: time.Hour}}},
					WantsRestart: func(status int, _ time.Time) bool { return status == 3010 }, Computer: pc,
					Desk: d, Now: time.Now, Pause: Pause, Busy: func() (string, error) { return "", nil }, Log: slog.New(slog.DiscardHandler),
					Install: func(context.Context, Bar) (int, error) { installed = time.Now(); return status, nil },
					Success: func(status int) bool { return status != 5 },
				}
				if c.change != nil {
					c.change(j, pc)
				}
				r, err := j.Run(t.Context())
				if err != nil || r.Status != status {
					t.Fatalf("%+v, %v", r, err)
				}
				at := r.Restart.At
				r.Restart.At = time.Time{}
				if r.Restart != c.want {
					t.Errorf("%+v, want %+v", r.Restart, c.want)
				}
				if c.in == 0 && len(pc.plans) > 0 || c.in != 0 && (len(pc.plans) != 1 || !pc.plans[0].At.Equal(installed.Add(c.in)) || !at.Equal(pc.plans[0].At)) {
					t.Fatalf("planned is %+v, told %v, want in %v from %v", pc.plans, at, c.in, installed)
				}
				if c.in != 0 && pc.plans[0].Force != c.forced {
					t.Errorf("forced: %v", pc.plans[0].Force)
				}
				if told := strings.Join(d.told, "|"); !strings.HasPrefix(told, c.told) || (told == "") != (c.told == "") {
					t.Errorf("told %q, want %q", told, c.told)
				}
				counts := c.told != "" && c.in != 0 && c.in <= near
				if counts != (len(d.left) == 1) {
					t.Errorf("%d windows count down", len(d.left))
				}
				if counts && (d.left[0].Timeout == 0 || time.Duration(d.left[0].Timeout)*time.Second > c.in || d.left[0].Expires.After(at) || d.left[0].CountdownText == "" || d.left[0].SenderPid != 0) {
					t.Errorf("it counts down by %+v", d.left[0])
				}
				if len(d.answers) != 0 {
					t.Errorf("%d questions were not asked", len(d.answers))
				}
			})
		})
	}
}

// Of several people the latest counts, and who has not chosen has until the end.
func TestRestartAt(t *testing.T) {
	from := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	latest := from.Add(24 * time.Hour)
	offers := []Offer{{Until: from.Add(time.Hour)}, {Until: from.Add(4 * time.Hour)}, {Until: latest}}
	says := func(user string, button int) delivery.Result {
		return delivery.Result{Outcome: delivery.Answered, User: user, Reply: protocol.Reply{Button: button}}
	}
	is := func(o delivery.Outcome) delivery.Result {
		return delivery.Result{Outcome: o, User: "nobody", Reply: protocol.Reply{Button: protocol.NoButton}}
	}
	for name, c := range map[string]struct {
		results []delivery.Result
		in      time.Duration
		user    string
	}{
		"nobody is there":            {nil, soon, ""},
		"one, now":                   {[]delivery.Result{says("anna", now)}, soon, "anna"},
		"two, now":                   {[]delivery.Result{says("anna", now), says("bob", now)}, soon, "bob"},
		"one now, one later":         {[]delivery.Result{says("anna", now+2), says("bob", now)}, 4 * time.Hour, "anna"},
		"one later, one later still": {[]delivery.Result{says("anna", now+1), says("bob", now+2)}, 4 * time.Hour, "bob"},
		"one is locked":              {[]delivery.Result{says("anna", now), is(delivery.Locked)}, 24 * time.Hour, ""},
		"one has closed it":          {[]delivery.Result{is(delivery.Dismissed), says("anna", now)}, 24 * time.Hour, ""},
		"one has logged off":         {[]delivery.Result{is(delivery.LoggedOff), says("anna", now+1)}, time.Hour, "anna"},
		"a button that is not there": {[]delivery.Result{says("anna", now+9)}, 24 * time.Hour, ""},
	} {
		if at, user := restartAt(c.results, offers, from, latest); !at.Equal(from.Add(c.in)) || user != c.user {
			t.Errorf("%s: %v by %q, want %v by %q", name, at.Sub(from), user, c.in, c.user)
		}
	}
}
