package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/internal/dialog/script"
	"github.com/deskbell/deskbell/protocol"
)

// rehearsing holds the flags of "deploy" that are about a rehearsal.
type rehearsing struct {
	script string
	every  time.Duration
	status int
}

// mostRuns of a rehearsal: by then a job is not going to be done.
const mostRuns = 200

func (r *rehearsing) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&r.script, "rehearse", "", "run it again and again against the person in this script (see \"monitor --dialog script:\"), by a clock of its own, and print what happens; nothing is shown or installed")
	flags.Var(duration{&r.every}, "every", "with --rehearse: time between two runs (default 8h)")
	flags.IntVar(&r.status, "rehearse-status", 0, "with --rehearse: exit status of the installer")
}

// runReport is a run of a rehearsal in JSON, one object a line.
type runReport struct {
	At    string        `json:"at"`
	Asked []askedReport `json:"asked,omitempty"`
	deployReport
}

type askedReport struct {
	At     string `json:"at"`
	Text   string `json:"text"`
	Answer string `json:"answer,omitempty"`
	Closed bool   `json:"closed,omitempty"`
	Told   bool   `json:"told,omitempty"`
}

// rehearse prints what would happen, run by run.
func (c *call) rehearse(ctx context.Context, job *deploy.Job, d *deployment) error {
	person, err := script.LoadPerson(d.rehearsing.script)
	if err != nil {
		return &usageError{problem: "--rehearse: " + err.Error()}
	}
	start := time.Now()
	if d.at != "" {
		if start, err = moment(d.at); err != nil {
			return &usageError{problem: "--at: " + err.Error()}
		}
	}
	rehearsal := &deploy.Rehearsal{
		Job: *job, Person: person, User: "somebody", Start: start, Every: cmp.Or(d.rehearsing.every, 8*time.Hour),
		Most: mostRuns, Status: d.rehearsing.status,
	}
	given := c.style
	c.style = cmp.Or(given, deployStyle)
	runs, err := rehearsal.Runs(ctx)
	for n, run := range runs {
		report, sentence := c.deployReport(d, run.Result)
		if !c.json {
			if err := c.write(describeRun(n+1, run, sentence, report.Exit)); err != nil {
				return err
			}
			continue
		}
		line := runReport{At: formatTime(run.At), deployReport: report}
		for _, e := range run.Exchanges {
			line.Asked = append(line.Asked, askedReport{formatTime(e.At), e.Text, e.Answer, e.Closed, e.Told})
		}
		if err := c.writeJSON(line); err != nil {
			return err
		}
	}
	if err != nil {
		c.style = given // a mistake in the line has one status
		return &usageError{problem: "--rehearse: " + err.Error()}
	}
	if runs[len(runs)-1].Result.Outcome != deploy.Installed {
		c.exit = exitOf(delivery.Over, protocol.NoButton, c.style)
		fmt.Fprintf(c.stderr, "deskbell: deploy: %s: it is not installed after %d runs\n", d.name, len(runs))
	}
	return nil
}

func describeRun(n int, run deploy.Run, sentence string, exit int) string {
	when := func(t time.Time) string { return t.Local().Format("Mon 2006-01-02 15:04") }
	var b strings.Builder
	fmt.Fprintf(&b, "%3d. %s  %s; exit %d\n", n, when(run.At), sentence, exit)
	for _, e := range run.Exchanges {
		answer := "nobody answers"
		switch {
		case e.Told:
			answer = "told"
		case e.Closed:
			answer = "closes the window"
		case e.Answer != "":
			answer = e.Answer
		}
		fmt.Fprintf(&b, "     %s  %q: %s\n", when(e.At), strings.Join(strings.Fields(e.Text), " "), answer)
	}
	return b.String()
}
