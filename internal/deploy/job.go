package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// Job is a job of software distribution.
type Job struct {
	Title string
	Text  string // what it is about; "" = our own words
	To    string // as Message.To
	Policy
	Record Record
	// Group is where jobs that are asked about together keep their answer; nil = it
	// is asked about alone.
	Group Record
	// Countdown is how long somebody has who cannot put it off any more.
	Countdown time.Duration
	// MaxRun is how long the run may take before whoever started it ends it, of
	// which InstallTime is the installer's.
	MaxRun, InstallTime time.Duration
	CountUnanswered     string // one of Counts
	Mode                string // one of Modes
	NoUser              string // one of Absences: what to do where nobody is logged on
	DuringSetup         string // one of SetUps
	Progress, Complete  bool   // show a bar; tell of the end
	CompleteText        string // "" = our own words
	FailedText          string // "" = our own words
	// Resumed tells that it is run at the time that somebody chose: it is installed
	// then, unless he puts it off once more.
	Resumed bool
	// NotBefore tells that nobody keeps the time that is chosen: it is asked again
	// when the job is run again after it.
	NotBefore bool
	Desk      Desk
	// Install runs the installer and returns its exit status. It tells the bar
	// what it learns of the progress; the bar may be nil.
	Install func(ctx context.Context, bar Bar) (status int, err error)
	// Success reports whether an exit status of the installer is one.
	Success func(status int) bool
	Closing Closing
	// Busy says what keeps the installer from running now, such as another
	// installation; "" = nothing does. LockWait is how long that is waited for.
	Busy     func() (string, error)
	LockWait time.Duration
	// WantsRestart reports whether an exit status of the installer, or what has been
	// installed since a time, wants the computer restarted. Restart says what is to
	// be done then.
	WantsRestart func(status int, since time.Time) bool
	Restart      RestartPolicy
	Computer     Computer
	Now          func() time.Time
	// Pause waits for a time, or until ctx is done.
	Pause func(ctx context.Context, d time.Duration) error
	Log   *slog.Logger

	began time.Time // when Run was called
	to    string    // who is meant
}

// audience is who there is to be shown anything.
type audience int

const (
	present    audience = iota
	absent              // nobody is logged on
	unattended          // nobody is to be disturbed, whoever is there
)

// Words of Job.
const (
	CountNever, CountSeen, CountAlways  = "never", "seen", "always"
	ModeInteractive, ModeSilent         = "interactive", "silent"
	ModeAuto                            = "auto"
	AbsenceInstall, AbsenceWait         = "install", "wait"
	AbsenceFail                         = "fail"
	SetUpSilent, SetUpWait, SetUpFailed = "silent", "wait", "fail"
)

// Counts says which questions that nobody answered use up a deferral.
func Counts() []string { return []string{CountNever, CountSeen, CountAlways} }

// Modes says whether anybody is asked or told.
func Modes() []string { return []string{ModeInteractive, ModeSilent, ModeAuto} }

// Absences says what to do where nobody is logged on.
func Absences() []string { return []string{AbsenceInstall, AbsenceWait, AbsenceFail} }

// SetUps says what to do while the computer is being set up.
func SetUps() []string { return []string{SetUpSilent, SetUpWait, SetUpFailed} }

// Desk is the person at the screen.
type Desk interface {
	// Ask returns what became of a question within a time.
	Ask(ctx context.Context, m protocol.Message, within time.Duration) (delivery.Result, error)
	// Show shows a progress bar.
	Show(ctx context.Context, m protocol.Message) (Bar, error)
	// Tell shows a notice and does not wait for whoever is away.
	Tell(ctx context.Context, m protocol.Message) error
	// Leave shows a question and does not wait for its answer: it is there when we
	// have ended.
	Leave(ctx context.Context, m protocol.Message) error
	// AskAll is Ask, with what became of the question to each person.
	AskAll(ctx context.Context, m protocol.Message, within time.Duration) ([]delivery.Result, error)
	// Begin asks and returns; cancelling ctx takes the question back.
	Begin(ctx context.Context, m protocol.Message, within time.Duration) (Question, error)
}

// Question is one that is on the screen.
type Question interface {
	// Update changes what may change while it is there.
	Update(change func(*protocol.Message)) error
	// Result has what became of it, once.
	Result() <-chan delivery.Result
}

// Bar is a progress bar on the screen.
type Bar interface {
	Update(change func(*protocol.Message)) error
	Close() error
}

// Outcome is what became of a job.
type Outcome string

const (
	Installed Outcome = "installed" // the installer has run; its status says how
	Deferred  Outcome = "deferred"  // put off by somebody, now or before
	Undecided Outcome = "undecided" // nobody decided in time
	Unreached Outcome = "unreached" // nobody could be asked
)

// Result is what became of a job, and why.
type Result struct {
	Outcome Outcome
	Status  int       // of the installer
	Until   time.Time // of Deferred: when it is to be asked, or installed, again
	Left    int       // deferrals that are left, or Unlimited
	Reason  string    // a sentence, for the log
	User    string    // who decided
	Restart Restart   // of Installed
}

// Explanation is what Run would do.
type Explanation struct {
	Decision
	Open []Owned // what it would have closed
	To   string  // whom it would ask, as Message.To
}

// Explain says what Run would do now, without doing it.
func (j *Job) Explain(ctx context.Context) (Explanation, error) {
	facts, err := j.Record.Load()
	if err != nil {
		return Explanation{}, fmt.Errorf("read what is remembered of the job: %w", err)
	}
	open, err := j.running(ctx)
	return Explanation{allowed(facts, j.Policy, j.Now()), open, recipients(j.To, open)}, err
}

// Run asks, keeps to the answer, and installs, unless another run of the job is at
// work. It blocks until that is done, at
// most for MaxRun before the installer has begun; a cancelled context takes the
// question back, and ends the installer.
func (j *Job) Run(ctx context.Context) (Result, error) {
	j.began = j.Now()
	release, err := j.Record.Hold()
	switch {
	case errors.Is(err, ErrHeld):
		return Result{Outcome: Undecided, Left: Unlimited, Reason: err.Error()}, nil
	case errors.Is(err, fs.ErrPermission): // who may not put it off may install for himself
		j.Log.Warn("keep other runs of the job away", "err", err)
		return j.run(ctx)
	case err != nil:
		return Result{}, fmt.Errorf("keep other runs of the job away: %w", err)
	}
	r, err := j.run(ctx)
	return r, errors.Join(err, release())
}

func (j *Job) run(ctx context.Context) (Result, error) {
	if j.Mode == ModeSilent {
		return j.install(ctx, unattended, "nobody was to be asked")
	}
	facts, err := j.Record.Load()
	if err != nil {
		return Result{}, fmt.Errorf("read what is remembered of the job: %w", err)
	}
	open, err := j.running(ctx)
	if err != nil {
		return Result{}, err
	}
	j.to = recipients(j.To, open)
	d := allowed(facts, j.Policy, j.began)
	switch {
	case !d.NotBefore.IsZero() && d.Chosen:
		return Result{Outcome: Deferred, Until: d.NotBefore, Left: d.Left, Reason: "put off until then before"}, nil
	case !d.NotBefore.IsZero():
		return Result{Outcome: Deferred, Until: d.NotBefore, Left: d.Left, Reason: "asked too short a time ago"}, nil
	case j.Mode == ModeAuto && len(open) == 0:
		return j.install(ctx, unattended, "no program that would have to be closed runs")
	case j.Closing.IfRunning && len(open) == 0:
		return j.install(ctx, present, "no program that would have to be closed runs")
	case d.Forced:
		return j.force(ctx, open)
	case j.Resumed && chosen(facts):
		return j.resume(ctx, facts, d, open)
	}
	return j.ask(ctx, facts, d, open)
}

// answerTime is what is left for a reply to come back when a window has closed.
const answerTime = 5 * time.Second

// budget is for how long anybody can be waited for.
func (j *Job) budget() time.Duration { return j.MaxRun - j.InstallTime }

func (j *Job) ask(ctx context.Context, facts Facts, d Decision, open []Owned) (Result, error) {
	if r, is, err := j.shared(ctx, facts, d); is || err != nil {
		return r, err
	}
	m, err := j.question(d, open)
	if err != nil {
		return Result{}, err
	}
	// The monitor says then whether it was seen.
	m.Timeout = int(max(time.Second, j.budget()-answerTime) / time.Second)
	r, err := j.Desk.Ask(ctx, m, j.budget())
	if err != nil {
		return Result{}, err
	}
	answered := j.Now()
	if shown := r.Reply.ShownAt; !shown.IsZero() {
		if facts.FirstShown.IsZero() {
			facts.FirstShown = shown
		}
		facts.LastAsked = shown
		if err := j.Record.Save(facts); err != nil {
			return Result{}, fmt.Errorf("remember that it was asked: %w", err)
		}
	}
	switch {
	case r.Outcome == delivery.Answered && r.Reply.Button == now:
		if err := j.share(Facts{Agreed: answered}); err != nil {
			return Result{}, err
		}
		return j.install(ctx, present, "decided at the screen")
	case r.Outcome == delivery.Answered && r.Reply.Button-now-1 < len(d.Offers) && r.Reply.Button > now:
		return j.putOff(facts, d, d.Offers[r.Reply.Button-now-1], Chosen, r, answered)
	case r.Outcome == delivery.Dismissed && len(d.Offers) > 0:
		return j.putOff(facts, d, d.Offers[0], Closed, r, answered)
	}
	return j.unanswered(ctx, facts, d, r, answered)
}

// putOff remembers a deferral.
func (j *Job) putOff(facts Facts, d Decision, o Offer, how How, r delivery.Result, at time.Time) (Result, error) {
	user := userOf(r)
	if facts.FirstShown.IsZero() {
		facts.FirstShown, facts.LastAsked = at, at
	}
	facts.Deferrals = append(facts.Deferrals, Deferral{At: at, Until: o.Until, User: user, How: how})
	if err := j.Record.Save(facts); err != nil {
		return Result{}, fmt.Errorf("remember that it was put off: %w", err)
	}
	if how != Unanswered {
		if err := j.share(Facts{Deferrals: facts.Deferrals[len(facts.Deferrals)-1:]}); err != nil {
			return Result{}, err
		}
	}
	left := d.Left
	if left != Unlimited {
		left--
	}
	return Result{Outcome: Deferred, Until: o.Until, Left: left, User: user, Reason: "put off (" + string(how) + ")"}, nil
}

// userOf is who answered, as the system names him, or else his monitor.
func userOf(r delivery.Result) string { return cmp.Or(r.User, r.Reply.User) }

// unanswered is where nobody has decided.
func (j *Job) unanswered(ctx context.Context, facts Facts, d Decision, r delivery.Result, at time.Time) (Result, error) {
	if r.Outcome == delivery.Interrupted {
		return Result{}, r.Err
	}
	if away, result, err := j.away(ctx, r); away {
		return result, err
	}
	result := Result{Outcome: Undecided, Left: d.Left, Reason: "nobody decided in time"}
	if !reached(r.Outcome) {
		result = Result{Outcome: Unreached, Left: d.Left, Reason: "nobody could be asked: " + string(r.Outcome)}
		if r.Err != nil {
			result.Reason = "nobody could be asked: " + r.Err.Error()
		}
	}
	seen := r.Reply.Seen && result.Outcome == Undecided
	if len(d.Offers) > 0 && (j.CountUnanswered == CountAlways || j.CountUnanswered == CountSeen && seen) {
		// Nobody has chosen a time that would have to be kept.
		counted, err := j.putOff(facts, d, Offer{Until: at}, Unanswered, r, at)
		result.Left = counted.Left
		return result, err
	}
	return result, nil
}

// reached reports whether a window was there, or could have been.
func reached(o delivery.Outcome) bool {
	switch o {
	case delivery.TimedOut, delivery.Expired, delivery.Over, delivery.Answered, delivery.Dismissed, delivery.Withdrawn:
		return true
	}
	return false
}

// away does what is to be done where nobody is logged on, or the computer is being
// set up; false where neither is so.
func (j *Job) away(ctx context.Context, r delivery.Result) (bool, Result, error) {
	var what string
	var who audience
	switch r.Outcome {
	case delivery.SetUp:
		what, who = j.DuringSetup, unattended
	case delivery.NotLoggedOn, delivery.LoggedOff:
		what, who = j.NoUser, absent
	default:
		return false, Result{}, nil
	}
	reason := string(r.Outcome)
	if r.Err != nil {
		reason = r.Err.Error()
	}
	switch what {
	case AbsenceInstall, SetUpSilent:
		result, err := j.install(ctx, who, reason)
		return true, result, err
	case AbsenceFail:
		return true, Result{}, &AwayError{reason}
	}
	return true, Result{Outcome: Unreached, Left: Unlimited, Reason: reason}, nil
}

// AwayError says that there is nobody, where that is to be a failure.
type AwayError struct{ Reason string }

func (e *AwayError) Error() string { return e.Reason }

// force installs at the end of a countdown, which nothing at the screen stops:
// not closing the window, ending the monitor, or logging off.
func (j *Job) force(ctx context.Context, open []Owned) (Result, error) {
	r, rest, err := j.countDown(ctx, func(countdown time.Duration) (protocol.Message, error) { return j.lastCall(countdown, open) })
	if err != nil {
		return Result{}, err
	}
	if r.Outcome != delivery.LoggedOff { // he was there, and knew
		if away, result, err := j.away(ctx, r); away {
			return result, err
		}
	}
	if r.Outcome != delivery.Answered {
		if err := rest(); err != nil {
			return Result{}, err
		}
	}
	return j.install(ctx, present, "it could not be put off any more")
}

// countDown asks for as long as a countdown takes, and returns what became of it and
// what waits for the rest of the countdown.
func (j *Job) countDown(ctx context.Context, question func(countdown time.Duration) (protocol.Message, error)) (r delivery.Result, rest func() error, err error) {
	countdown := min(j.Countdown, j.budget())
	end := j.Now().Add(countdown)
	m, err := question(countdown)
	if err != nil {
		return r, nil, err
	}
	if r, err = j.Desk.Ask(ctx, m, countdown); err == nil {
		err = context.Cause(ctx)
	}
	return r, func() error { return j.Pause(ctx, end.Sub(j.Now())) }, err
}

// Pause waits for a time, or until ctx is done, whose cause is the error then.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
