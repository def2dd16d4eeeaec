package deploy

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
)

// sharing is for how long the jobs of a group share an answer.
const sharing = 10 * time.Minute

// OpenGroup is where the answer is kept that the jobs of a group share.
func OpenGroup(queue, name string) (Record, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return OpenRecord(queue, "group."+name)
}

// shared answers a job by what was just answered to another of its group: it is
// false where nothing was.
func (j *Job) shared(ctx context.Context, facts Facts, d Decision) (Result, bool, error) {
	if j.Group == nil {
		return Result{}, false, nil
	}
	g, err := j.Group.Load()
	if err != nil {
		return Result{}, false, fmt.Errorf("read what was answered to another job of the group: %w", err)
	}
	now := j.Now()
	just := func(at time.Time) bool { return !at.IsZero() && !at.After(now) && now.Sub(at) < sharing }
	if just(g.Agreed) {
		r, err := j.install(ctx, present, "agreed to with another job of its group")
		return r, true, err
	}
	n := len(g.Deferrals)
	if n == 0 || !just(g.Deferrals[n-1].At) || !g.Deferrals[n-1].Until.After(now) || len(d.Offers) == 0 {
		return Result{}, false, nil
	}
	last := g.Deferrals[n-1]
	until := last.Until
	if !d.Until.IsZero() && until.After(d.Until) {
		until = d.Until
	}
	r, err := j.putOff(facts, d, Offer{Until: until}, last.How, delivery.Result{User: last.User}, now)
	if err == nil {
		r.Reason = "put off with another job of its group"
	}
	return r, true, err
}

// share keeps an answer for the other jobs of the group.
func (j *Job) share(g Facts) error {
	if j.Group == nil {
		return nil
	}
	if err := j.Group.Save(g); err != nil {
		return fmt.Errorf("keep the answer for the other jobs of the group: %w", err)
	}
	return nil
}
