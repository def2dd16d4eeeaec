package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// install closes what has to be closed, runs the installer, tells whoever is
// present of it, and sees to a restart.
func (j *Job) install(ctx context.Context, who audience, why string) (Result, error) {
	busy, err := j.awaitLock(ctx)
	if err != nil || busy != "" {
		return Result{Outcome: Undecided, Left: Unlimited, Reason: busy}, err
	}
	closed, stillOpen, err := j.closePrograms(ctx, who)
	if err != nil || stillOpen != "" {
		j.reopen(ctx, closed)
		return Result{Outcome: Undecided, Left: Unlimited, Reason: "still open: " + stillOpen}, err
	}
	unblock := j.block(ctx, who)
	r, err := j.runInstaller(ctx, who, why)
	unblock()
	j.reopen(ctx, closed)
	if err != nil {
		return Result{}, err
	}
	good := j.Success(r.Status)
	if who == present {
		j.tell(ctx, good)
	}
	if good {
		r.Restart = j.restart(ctx, r.Status, who)
	}
	return r, nil
}

// awaitLock waits for what keeps the installer from running, and says what does
// so still.
func (j *Job) awaitLock(ctx context.Context) (busy string, err error) {
	end := j.Now().Add(min(j.LockWait, j.began.Add(j.budget()).Sub(j.Now())))
	for {
		if busy, err = j.Busy(); err != nil || busy == "" {
			return "", err
		}
		left := end.Sub(j.Now())
		if left <= 0 {
			return busy, nil
		}
		if err := j.Pause(ctx, min(lookAgain, left)); err != nil {
			return "", err
		}
	}
}

func (j *Job) runInstaller(ctx context.Context, who audience, why string) (Result, error) {
	var bar Bar
	if j.Progress && who == present {
		bar = j.show(ctx)
	}
	status, err := j.Install(ctx, bar)
	if bar != nil {
		if err := bar.Close(); err != nil {
			j.Log.Warn("close the progress bar", "err", err)
		}
	}
	if err != nil {
		return Result{}, err
	}
	if j.Success(status) {
		err := j.Record.Save(Facts{Installed: j.Now()})
		if errors.Is(err, fs.ErrPermission) { // who may not put it off may install for himself
			j.Log.Warn("remember that it was installed", "err", err)
		} else if err != nil {
			return Result{}, fmt.Errorf("remember that it was installed: %w", err)
		}
	}
	return Result{Outcome: Installed, Status: status, Left: Unlimited, Reason: why}, nil
}

// show shows the bar. A job is not left undone because it cannot be shown.
func (j *Job) show(ctx context.Context) Bar {
	m, err := j.bar()
	var bar Bar
	if err == nil {
		bar, err = j.Desk.Show(ctx, m)
	}
	if err != nil {
		j.Log.Warn("show a progress bar", "err", err)
		return nil
	}
	return bar
}

// tell tells how it ended, where that was asked for.
func (j *Job) tell(ctx context.Context, good bool) {
	key, text := "deploy.complete", j.CompleteText
	if !good {
		key, text = "deploy.failed", j.FailedText
	}
	if !j.Complete && text == "" {
		return
	}
	m, err := j.notice(key, text)
	if err == nil {
		err = j.Desk.Tell(ctx, m)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		j.Log.Warn("tell how it ended", "err", err)
	}
}
