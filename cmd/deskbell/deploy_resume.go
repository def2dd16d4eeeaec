package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/internal/job"
	"github.com/deskbell/deskbell/internal/service"
)

// resuming holds the flags of "deploy" that are about the time that was chosen.
type resuming struct {
	how        string
	payload    string
	retryEvery time.Duration
}

// Words of --resume.
const (
	resumeService = "service"
	resumeRerun   = "rerun"
)

func (r *resuming) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.Var(&word{&r.how, []string{resumeService, resumeRerun}}, "resume", "who runs the job at the time that was chosen: the service, or whoever runs this line again (default service, where it runs)")
	flags.StringVar(&r.payload, "payload", "", "with --resume service: the folder that the installer needs; it is copied, and the job runs there")
	flags.Var(duration{&r.retryEvery}, "retry-every", "with --resume rerun: time between two runs; no shorter delay is offered")
	complete(command, "resume", []string{resumeService, resumeRerun})
}

// jobsOf runs the jobs of a queue at their times.
func jobsOf(queue string, log *slog.Logger) (*job.Runner, error) {
	store, err := job.Open(queue)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &job.Runner{Store: store, Log: log, Start: func(ctx context.Context, j job.Job) (func(context.Context) error, error) {
		return job.Start(ctx, self, queue, j)
	}}, nil
}

// keeper returns whether the service keeps the time that is chosen.
func (r *resuming) keeper(ctx context.Context, queue string) (bool, error) {
	if r.how == resumeRerun {
		return false, nil
	}
	status, err := service.Definition{Queue: queue}.Status(ctx)
	runs := err == nil && status.State == service.Running
	if r.how == resumeService && !runs {
		return false, fmt.Errorf("--resume service: the service does not run (%s)", status.State)
	}
	return runs, nil
}

// keep has the service run the job at the time that was chosen, or no more.
func (r *resuming) keep(queue, name string, result deploy.Result) error {
	store, err := job.Open(queue)
	if err != nil {
		return err
	}
	switch {
	case result.Outcome == deploy.Installed:
		return store.Remove(name)
	case result.Outcome != deploy.Deferred || !result.Until.After(time.Now()):
		return nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	return store.Save(job.Job{Name: name, At: result.Until, Args: os.Args[1:], Line: lineBehindProgram(), Dir: dir}, r.payload)
}

// isResumed reports whether the service runs this job at its time.
func isResumed() bool { return os.Getenv(job.Resumed) != "" }

// behindProgram is a command line without the program's name, which quotes are
// around or no space is in.
func behindProgram(line string) string {
	if rest, quoted := strings.CutPrefix(line, `"`); quoted {
		_, rest, _ = strings.Cut(rest, `"`)
		return strings.TrimLeft(rest, " \t")
	}
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return ""
	}
	return strings.TrimLeft(line[i:], " \t")
}
