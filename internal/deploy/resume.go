package deploy

import (
	"context"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// chosen reports whether somebody chose the time that the job was last put off to.
func chosen(f Facts) bool {
	n := len(f.Deferrals)
	return n > 0 && f.Deferrals[n-1].How != Unanswered
}

// resume installs at the time that somebody chose. He may put it off once more, as
// long as that is allowed; whoever is not there has chosen already.
func (j *Job) resume(ctx context.Context, facts Facts, d Decision, open []Owned) (Result, error) {
	r, rest, err := j.countDown(ctx, func(countdown time.Duration) (protocol.Message, error) { return j.resumption(d, countdown, open) })
	if err != nil {
		return Result{}, err
	}
	switch n := r.Reply.Button - now; {
	case r.Outcome == delivery.Answered && n > 0 && n <= len(d.Offers):
		return j.putOff(facts, d, d.Offers[n-1], Chosen, r, j.Now())
	case r.Outcome == delivery.Dismissed && len(d.Offers) > 0:
		return j.putOff(facts, d, d.Offers[0], Closed, r, j.Now())
	case r.Outcome == delivery.NotLoggedOn, r.Outcome == delivery.SetUp:
		_, result, err := j.away(ctx, r)
		return result, err
	case r.Outcome != delivery.Answered:
		if err := rest(); err != nil {
			return Result{}, err
		}
	}
	return j.install(ctx, present, "at the time that was chosen")
}

// resumption is the question, with a countdown.
func (j *Job) resumption(d Decision, countdown time.Duration, open []Owned) (protocol.Message, error) {
	m, err := j.question(d, open)
	if err != nil {
		return m, err
	}
	last, err := j.lastCall(countdown, open)
	m.Timeout, m.CountdownText, m.Remind = last.Timeout, last.CountdownText, 0
	for name, value := range last.Variants {
		if _, there := m.Variants[name]; !there {
			m.Variants[name] = value
		}
	}
	return m, err
}
