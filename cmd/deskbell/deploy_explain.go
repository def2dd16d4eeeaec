package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/deploy"
)

// explain prints what would be done.
func (c *call) explain(ctx context.Context, job *deploy.Job, d *deployment) error {
	now := time.Now()
	if d.at != "" {
		var err error
		if now, err = moment(d.at); err != nil {
			return &usageError{problem: "--at: " + err.Error()}
		}
	}
	job.Now = func() time.Time { return now }
	e, err := job.Explain(ctx)
	if err != nil {
		return err
	}
	when := func(t time.Time) string { return t.Local().Format("Monday 2006-01-02 15:04") }
	var say []string
	switch {
	case job.Mode == deploy.ModeSilent, job.Mode == deploy.ModeAuto && len(e.Open) == 0:
		say = append(say, "Would install now and ask nobody.")
	case e.Chosen:
		say = append(say, "Would do nothing: put off until "+when(e.NotBefore)+".")
	case !e.NotBefore.IsZero():
		say = append(say, "Would do nothing: asked again from "+when(e.NotBefore)+".")
	case job.Closing.IfRunning && len(e.Open) == 0:
		say = append(say, "Would install now and ask nobody: no program that would have to be closed runs.")
	case e.Forced:
		say = append(say, fmt.Sprintf("Would install after a countdown of %v: it cannot be put off any more.", job.Countdown))
	default:
		who, err := c.wouldAsk(ctx, job, e.To, d)
		if err != nil {
			return err
		}
		say = append(say, who)
	}
	if e.Left != deploy.Unlimited {
		say = append(say, fmt.Sprintf("%d of %d left.", e.Left, job.Times))
	}
	if !e.Until.IsZero() && !e.Forced {
		say = append(say, "Forced "+when(e.Until)+".")
	}
	if len(e.Open) > 0 {
		say = append(say, "Would close "+deploy.NamesOfPrograms(e.Open)+".")
	}
	say = append(say, "Restart: "+job.Restart.Mode+".")
	text := oneLine(strings.Join(say, " "))
	if !c.json {
		return c.write(text + "\n")
	}
	j := deployReport{Schema: schema, Outcome: string(done), ExitFrom: "deskbell", Reason: text, Until: formatTime(e.NotBefore)}
	if e.Left != deploy.Unlimited {
		j.Left = &e.Left
	}
	return c.writeJSON(j)
}

// wouldAsk is a sentence about who would be asked: those who are there now, by name,
// or whoever is at another time.
func (c *call) wouldAsk(ctx context.Context, job *deploy.Job, to string, d *deployment) (string, error) {
	if d.at != "" {
		if to == "" {
			to = "whoever is at the screen"
		}
		return "Would ask " + to + " then.", nil
	}
	o, err := (&sender{}).options(c)
	if err != nil {
		return "", err
	}
	names, err := delivery.Whom(ctx, to, o)
	var absent *delivery.AbsentError
	switch {
	case errors.As(err, &absent):
		what := job.NoUser
		if absent.SetUp != "" {
			what = job.DuringSetup
		}
		return absentSentence(what, absent), nil
	case err != nil:
		return "", err
	}
	for i, name := range names {
		if name == "" {
			names[i] = "you"
		}
	}
	return "Would ask " + strings.Join(names, ", ") + " now.", nil
}

// absentSentence is what would be done where nobody can be asked: one of the words of
// --no-user and --during-setup.
func absentSentence(what string, why error) string {
	switch what {
	case deploy.AbsenceWait:
		return "Would try again later: " + why.Error() + "."
	case deploy.AbsenceFail:
		return "Would fail: " + why.Error() + "."
	}
	return "Would install now and ask nobody: " + why.Error() + "."
}
