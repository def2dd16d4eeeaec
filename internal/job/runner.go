package job

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// ErrRuns tells that a job runs already.
var ErrRuns = errors.New("the job runs already")

// again is when a job is run again that has ended and is there still, for the same
// time: the computer was switched off, say, or nobody could be asked.
const again = time.Hour

// lookAgain is how often the clock is looked at while there are jobs: it may be set,
// and a timer stands still while the computer sleeps.
const lookAgain = time.Minute

// Runner runs jobs at their times.
type Runner struct {
	Store Store
	// Start runs a job and returns what waits for its end.
	Start func(ctx context.Context, j Job) (wait func(context.Context) error, err error)
	Log   *slog.Logger

	started map[string]attempt // by name
	running sync.WaitGroup
	ended   chan string
}

// attempt is when a job was last run, and for which time.
type attempt struct {
	at, when time.Time
	runs     bool
}

// Run works until ctx is done. Jobs that run then go on.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.Store.Make(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	changes, err := r.Store.Watch(ctx)
	if err != nil {
		stop()
		return err
	}
	r.started, r.ended = map[string]attempt{}, make(chan string)
	defer func() {
		stop()
		for range changes { // until it is closed
		}
		r.running.Wait()
	}()
	for {
		next := r.look(ctx)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case name := <-r.ended:
			a := r.started[name]
			a.runs, a.when = false, time.Now()
			r.started[name] = a
		case _, ok := <-changes:
			if !ok {
				timer.Stop()
				if ctx.Err() != nil {
					return nil
				}
				return errors.New("watch the jobs: the watch has ended")
			}
		}
		timer.Stop()
	}
}

// forever is longer than a service runs.
const forever = 1 << 62

// look runs what is due, and returns for how long nothing is.
func (r *Runner) look(ctx context.Context) time.Duration {
	jobs, err := r.Store.List()
	if err != nil {
		r.Log.Error("list the jobs", "err", err)
	}
	next := time.Duration(forever)
	for _, j := range jobs {
		last := r.started[j.Name]
		if last.runs {
			continue // its end is told
		}
		at := j.At
		if last.at.Equal(j.At) {
			at = last.when.Add(again)
		}
		if left := time.Until(at); left > 0 {
			next = min(next, left, lookAgain)
			continue
		}
		if r.start(ctx, j); !r.started[j.Name].runs {
			next = min(next, lookAgain)
		}
	}
	return next
}

func (r *Runner) start(ctx context.Context, j Job) {
	r.started[j.Name] = attempt{at: j.At, when: time.Now()}
	r.Log.Info("run a job at the time that was chosen", "job", j.Name)
	wait, err := r.Start(ctx, j)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Error("run a job", "job", j.Name, "err", err)
		}
		return
	}
	r.started[j.Name] = attempt{at: j.At, when: time.Now(), runs: true}
	r.running.Go(func() {
		if err := wait(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("wait for a job", "job", j.Name, "err", err)
		}
		select {
		case r.ended <- j.Name:
		case <-ctx.Done():
		}
	})
}
