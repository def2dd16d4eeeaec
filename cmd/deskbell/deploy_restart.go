package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/internal/restart"
)

// restarting holds the flags of "deploy" that are about a restart.
type restarting struct {
	mode, exit          string
	deadline, countdown time.Duration
	delays              []string
	codes               []int
}

// Words of --reboot-exit.
const (
	exitZero = "zero"
	exitKeep = "keep"
)

func (r *restarting) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.Var(&word{&r.mode, deploy.RestartModes()}, "reboot", "who says when the computer is restarted, where the installer wants it (default ask; agent on Windows servers and on Linux)")
	flags.Var(duration{&r.deadline}, "reboot-deadline", "the latest time for it, from when it was installed (default 24h)")
	flags.StringSliceVar(&r.delays, "reboot-delays", []string{"1h", "4h", "tomorrow@7"}, "what to choose from, besides now and the latest")
	flags.Var(duration{&r.countdown}, "reboot-countdown", "time before it, with --reboot countdown (default 10m)")
	flags.Var(&word{&r.exit, []string{exitZero, exitKeep}}, "reboot-exit", "exit status where a restart is planned: 0, or keep the installer's (default zero)")
	flags.IntSliceVar(&r.codes, "reboot-codes", []int{3010}, "exit statuses of the installer that want a restart (they are no failure)")
	complete(command, "reboot", deploy.RestartModes())
	complete(command, "reboot-exit", []string{exitZero, exitKeep})
}

// policy is what the flags say.
func (r *restarting) policy() (p deploy.RestartPolicy, err error) {
	p = deploy.RestartPolicy{
		Mode: r.mode, Deadline: cmp.Or(r.deadline, 24*time.Hour), Countdown: cmp.Or(r.countdown, 10*time.Minute),
	}
	if p.Mode == "" {
		p.Mode = deploy.RestartAsk
		if restart.Agent() {
			p.Mode = deploy.RestartAgent
		}
	}
	for _, s := range r.delays {
		delay, err := deploy.ParseDelay(s, parseDuration)
		if err != nil {
			return p, &usageError{problem: "--reboot-delays: " + err.Error()}
		}
		p.Delays = append(p.Delays, delay)
	}
	return p, nil
}

// restartReport is what the JSON of "deploy" says of a restart.
type restartReport struct {
	Pending bool   `json:"pending"`
	At      string `json:"at,omitempty"`
	By      string `json:"by,omitempty"` // installer, agent, logind, windows
	User    string `json:"user,omitempty"`
}

// report is nil where there is nothing to say.
func (r *restarting) report(what deploy.Restart) *restartReport {
	if what == (deploy.Restart{}) {
		return nil
	}
	return &restartReport{Pending: what.Pending, At: formatTime(what.At), By: what.By, User: what.User}
}

// status is the exit status where the installer ended with one: a restart that we
// see to is no affair of whoever started us.
func (r *restarting) status(status int, what deploy.Restart) int {
	ours := what.Pending && what.By != deploy.RestartByInstaller
	if ours && r.exit != exitKeep || r.mode == deploy.RestartNever && slices.Contains(r.codes, status) {
		return 0
	}
	return status
}

// sentence is what is said to the administrator.
func (r *restarting) sentence(what deploy.Restart) string {
	switch {
	case what.By == deploy.RestartByAgent:
		return "; the restart is left to whoever runs this"
	case what.By == deploy.RestartByInstaller:
		return "; the installer restarts the computer"
	case !what.Pending:
		return ""
	case what.At.IsZero():
		return "; a restart is planned already"
	}
	by := ""
	if what.User != "" {
		by = ", as " + what.User + " chose"
	}
	return fmt.Sprintf("; restart %s%s", what.At.Local().Format("2006-01-02 15:04"), by)
}
