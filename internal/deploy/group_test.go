package deploy

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// Jobs of a group that come within ten minutes share one question and one deferral.
func TestGroup(t *testing.T) {
	const later = now + 2 // in four hours
	for name, c := range map[string]struct {
		answers []answer
		pause   time.Duration // between the two
		change  func(second *Job)
		first   Outcome
		second  Outcome
		until   time.Duration // of the second, from the beginning of the first
	}{
		"agreed to":             {answers: []answer{presses(now)}, pause: time.Minute, first: Installed, second: Installed},
		"put off":               {answers: []answer{presses(later)}, pause: 9 * time.Minute, first: Deferred, second: Deferred, until: 4 * time.Hour},
		"closed":                {answers: []answer{closes}, pause: time.Minute, first: Deferred, second: Deferred, until: time.Hour},
		"agreed to, too late":   {answers: []answer{presses(now), presses(later)}, pause: 11 * time.Minute, first: Installed, second: Deferred, until: 4*time.Hour + 12*time.Minute},
		"put off, too late":     {answers: []answer{presses(later), presses(now)}, pause: 11 * time.Minute, first: Deferred, second: Installed},
		"not that long":         {answers: []answer{presses(later)}, pause: time.Minute, change: func(j *Job) { j.For = 2 * time.Hour }, first: Deferred, second: Deferred, until: 2*time.Hour + 2*time.Minute},
		"of another group":      {answers: []answer{presses(now), presses(later)}, change: func(j *Job) { j.Group = &memory{} }, first: Installed, second: Deferred, until: 4*time.Hour + time.Minute},
		"of none":               {answers: []answer{presses(now), presses(later)}, change: func(j *Job) { j.Group = nil }, first: Installed, second: Deferred, until: 4*time.Hour + time.Minute},
		"cannot be put off":     {answers: []answer{presses(later), presses(now)}, change: func(j *Job) { j.Times = 0 }, first: Deferred, second: Installed},
		"the clock is set back": {answers: []answer{presses(now), presses(later)}, pause: -time.Hour, first: Installed, second: Deferred, until: 4*time.Hour + time.Minute - time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				group, d := &memory{}, &desk{t: t, answers: c.answers}
				var ahead time.Duration
				job := func() *Job {
					return &Job{
						Title: "Acme", Policy: Policy{Times: 3, Delays: []Delay{{For: time.Hour}, {For: 4 * time.Hour}}}, Record: &memory{}, Group: group,
						Countdown: 10 * time.Minute, MaxRun: 55 * time.Minute, InstallTime: 15 * time.Minute,
						CountUnanswered: CountSeen, Mode: ModeInteractive, NoUser: AbsenceInstall, DuringSetup: SetUpSilent,
						Restart: RestartPolicy{Mode: RestartAgent}, WantsRestart: func(int, time.Time) bool { return false },
						Desk: d, Now: func() time.Time { return time.Now().Add(ahead) }, Pause: Pause, Busy: func() (string, error) { return "", nil },
						Log:     slog.New(slog.DiscardHandler),
						Install: func(context.Context, Bar) (int, error) { return 0, nil }, Success: func(int) bool { return true },
					}
				}
				began := time.Now()
				r, err := job().Run(t.Context())
				if err != nil || r.Outcome != c.first {
					t.Fatalf("the first: %+v, %v", r, err)
				}
				if c.pause > 0 {
					<-time.After(c.pause)
				} else {
					ahead = c.pause
				}
				second := job()
				if c.change != nil {
					c.change(second)
				}
				r, err = second.Run(t.Context())
				if err != nil || r.Outcome != c.second || c.until != 0 && !r.Until.Equal(began.Add(c.until)) || len(d.answers) != 0 {
					t.Errorf("the second: %+v, %v, until %v; %d questions were not asked", r, err, r.Until.Sub(began), len(d.answers))
				}
			})
		})
	}
}
