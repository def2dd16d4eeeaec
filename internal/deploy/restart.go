package deploy

import (
	"context"
	"errors"
	"time"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/restart"
	"github.com/deskbell/deskbell/protocol"
)

// RestartPolicy says what is to be done where the installer wants a restart.
type RestartPolicy struct {
	Mode      string        // one of RestartModes
	Deadline  time.Duration // the latest that can be chosen, from when it was installed
	Countdown time.Duration // of RestartCountdown
	Delays    []Delay       // what is offered besides "now" and the deadline
}

// Words of RestartPolicy.
const (
	// RestartAsk lets the person choose a time.
	RestartAsk = "ask"
	// RestartCountdown says when, and lets nobody choose.
	RestartCountdown = "countdown"
	// RestartAgent leaves it to whoever started us, by the exit status.
	RestartAgent = "agent"
	// RestartNever leaves it to whoever switches the computer off.
	RestartNever = "never"
)

// RestartModes says who decides when the computer is restarted.
func RestartModes() []string {
	return []string{RestartAsk, RestartCountdown, RestartAgent, RestartNever}
}

// Computer is what is restarted.
type Computer interface {
	Schedule(ctx context.Context, p restart.Plan) error
	Pending(ctx context.Context) (time.Time, error)
	Owner() string
}

// restartBegun is the exit status of Windows Installer where it has begun to
// restart the computer.
const restartBegun = 1641

// Restart is what becomes of the restart that an installer wants.
type Restart struct {
	Pending bool      // it is going to come
	At      time.Time // when; zero where that is not known
	By      string    // who sees to it: installer, agent, logind, windows
	User    string    // who chose the time; "" = nobody did
}

// RestartByInstaller and RestartByAgent are who sees to a restart that is not
// ours.
const (
	RestartByInstaller = "installer"
	RestartByAgent     = "agent"
)

// soon is the shortest time to a restart: whoever started us is to have read our
// exit status by then, and people are to have saved their work.
const soon = 2*time.Minute + 30*time.Second

// askTime is the least time in which somebody can be asked.
const askTime = time.Minute

// restart sees to a restart that the installer wants. That it cannot be had is no
// failure of the job: it is left to whoever started us, who is told by the exit
// status.
func (j *Job) restart(ctx context.Context, status int, who audience) Restart {
	switch {
	case status == restartBegun:
		return Restart{Pending: true, By: RestartByInstaller}
	case !j.WantsRestart(status, j.began):
		return Restart{}
	case j.Restart.Mode == RestartNever:
		return Restart{}
	case j.Restart.Mode == RestartAgent, who == unattended:
		return Restart{By: RestartByAgent}
	}
	r, err := j.planRestart(ctx, who)
	if err != nil {
		j.Log.Error("the restart is left to whoever started the job", "err", err)
		return Restart{By: RestartByAgent}
	}
	return r
}

func (j *Job) planRestart(ctx context.Context, who audience) (Restart, error) {
	r := Restart{Pending: true, By: j.Computer.Owner()}
	at, err := j.Computer.Pending(ctx)
	if err != nil {
		return r, err
	}
	from := j.Now()
	latest := from.Add(max(j.Restart.Deadline, soon))
	if !at.IsZero() && !at.After(latest) {
		r.At = at // of another job: nobody is asked twice
		return r, nil
	}
	r.At = from.Add(soon)
	switch {
	case who == absent:
	case j.Restart.Mode == RestartCountdown:
		r.At = from.Add(max(j.Restart.Countdown, soon))
	default:
		if r.At, r.User, err = j.askForRestart(ctx, from, latest); err != nil {
			return r, err
		}
	}
	// The time that was chosen may be too near, by now.
	if earliest := j.Now().Add(soon); r.At.Before(earliest) {
		r.At = earliest
	}
	words := catalogue.For(catalogue.Languages()[:1])
	plan := restart.Plan{At: r.At, Why: words.Text("restart.intro", j.Title), Force: r.User == "" && who != absent}
	var pending *restart.PendingError
	switch err := j.Computer.Schedule(ctx, plan); {
	case errors.As(err, &pending):
		r.At, r.User = pending.At, ""
	case err != nil:
		return r, err
	}
	if who == present {
		j.tellOfRestart(ctx, r.At)
	}
	return r, nil
}

// askForRestart asks everybody, and takes the latest time.
func (j *Job) askForRestart(ctx context.Context, from, latest time.Time) (time.Time, string, error) {
	within := j.MaxRun - from.Sub(j.began) - noticeTime
	if within < askTime {
		return latest, "", nil
	}
	d := Decision{Until: latest, Offers: Policy{Delays: j.Restart.Delays}.offers(latest, from)}
	if n := len(d.Offers); n == 0 || d.Offers[n-1].Until.Before(latest) {
		d.Offers = append(d.Offers, Offer{Until: latest})
	}
	m, err := j.restartQuestion(d, from)
	if err != nil {
		return latest, "", err
	}
	m.Timeout = int((within - answerTime) / time.Second)
	results, err := j.Desk.AskAll(ctx, m, within)
	if err != nil {
		return latest, "", err
	}
	if err := ctx.Err(); err != nil {
		return latest, "", context.Cause(ctx)
	}
	at, user := restartAt(results, d.Offers, from, latest)
	return at, user, nil
}

// restartAt is the latest time that somebody chose, and who did. Who is there and
// has not chosen has the time until the latest; who is not there has no say.
func restartAt(results []delivery.Result, offers []Offer, from, latest time.Time) (at time.Time, user string) {
	at = from.Add(soon)
	for _, r := range results {
		chosen, by := latest, ""
		switch n := r.Reply.Button - now; {
		case r.Outcome == delivery.NotLoggedOn, r.Outcome == delivery.LoggedOff:
			continue
		case r.Outcome != delivery.Answered:
		case n == 0:
			chosen, by = from.Add(soon), userOf(r)
		case n > 0 && n <= len(offers):
			chosen, by = offers[n-1].Until, userOf(r)
		}
		if !chosen.Before(at) {
			at, user = chosen, by
		}
	}
	return at, user
}

// restartQuestion asks when.
func (j *Job) restartQuestion(d Decision, at time.Time) (protocol.Message, error) {
	return message(protocol.KindPopup, protocol.Fields{
		"Title": j.Title, "To": j.everybody(), "Icon": protocol.IconQuestion, "Remind": 5 * 60,
	}, func(words *catalogue.Printer) protocol.Fields {
		buttons := []string{words.Text("restart.now")}
		for _, offer := range d.Offers {
			buttons = append(buttons, captionOf(offer, at, words))
		}
		latest := d.Until.In(at.Location()).Format(words.Text("time.moment"))
		return protocol.Fields{
			"Text":    words.Text("restart.intro", j.Title) + "\n\n" + words.Text("restart.latest", latest) + "\n\n" + words.Text("restart.save"),
			"Buttons": buttons,
		}
	})
}

// near is how near a restart is that a window counts down to: one for longer would
// be in the way of work.
const near = 30 * time.Minute

// tellOfRestart says when it is, which may not be what somebody chose.
func (j *Job) tellOfRestart(ctx context.Context, at time.Time) {
	left := at.Sub(j.Now())
	if at.IsZero() || left > near {
		j.noteRestart(ctx, at)
		return
	}
	m, err := message(protocol.KindPopup, protocol.Fields{
		"Title": j.Title, "To": j.everybody(), "Icon": protocol.IconWarning, "Urgency": protocol.UrgencyCritical,
		"Timeout": max(1, int(left/time.Second)), "Expires": at.UTC().Format(time.RFC3339),
	}, func(words *catalogue.Printer) protocol.Fields {
		return protocol.Fields{
			"Text":          words.Text("restart.at", at.In(j.Now().Location()).Format(words.Text("time.moment"))) + "\n\n" + words.Text("restart.save"),
			"CountdownText": words.Text("restart.countdown"),
		}
	})
	if err == nil {
		err = j.Desk.Leave(ctx, m)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		j.Log.Warn("count down to the restart", "err", err)
	}
}

// noteRestart says in a notice when it is.
func (j *Job) noteRestart(ctx context.Context, at time.Time) {
	m, err := message(protocol.KindNotify, protocol.Fields{
		"Title": j.Title, "To": j.everybody(), "Icon": protocol.IconWarning, "Urgency": protocol.UrgencyCritical,
	}, func(words *catalogue.Printer) protocol.Fields {
		if at.IsZero() {
			return protocol.Fields{"Text": words.Text("restart.intro", j.Title) + " " + words.Text("restart.save")}
		}
		return protocol.Fields{"Text": words.Text("restart.at", at.In(j.Now().Location()).Format(words.Text("time.moment"))) + " " + words.Text("restart.save")}
	})
	if err == nil {
		err = j.Desk.Tell(ctx, m)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		j.Log.Warn("tell of the restart", "err", err)
	}
}

// everybody is who a restart concerns.
func (j *Job) everybody() string {
	if j.To == "" || j.To == "active" {
		return "all"
	}
	return j.To
}
