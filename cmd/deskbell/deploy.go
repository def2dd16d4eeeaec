package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/internal/restart"
	"github.com/deskbell/deskbell/protocol"
)

// deployment holds the flags of "deploy".
type deployment struct {
	name, title, text, to, group  string
	times                         int
	days                          float64
	deadline                      string
	interval, countdown           time.Duration
	delays                        []string
	maxRun, installTime           time.Duration
	count, mode, noUser, set, log string
	logDir, emit, tail, queue     string
	progress                      string
	complete, failed              string
	explain                       bool
	at                            string
	exitDeferred, exitUnreached   int
	msi                           msiPackage
	success                       []int
	progressGiven, completeGiven  bool
	deferredGiven, unreachedGiven bool
	restarting                    restarting
	rehearsing                    rehearsing
	closing                       closing
	resuming                      resuming
}

const deployHelp = `The person at the screen installs now, or puts it off, as often and for as long
as --defer-times, --defer-days and --defer-deadline let him: the earliest ends
it. With times alone it is 14 days; without any of them it cannot be put off.
What was chosen is kept: a run before that time ends at once. Run it again and
again, as a distribution system does, until it has installed.

Nothing is used up where nobody could be asked: logged off, locked, busy, or
where no window could be shown. Closing the window takes the shortest delay.

A run lasts no longer than --max-run, of which --install-time is kept for the
installer; the question may take the rest.

A restart that the installer wants (3010, or a package that makes
/run/reboot-required) comes at the time that the person chooses, at the latest
after --reboot-deadline; the system keeps to it, at least 2 minutes after this has
ended, which it does with 0 then.

Exit status: that of the installer; 1602 put off, 1618 nobody decided in time or
could be asked, 125 and above as for "progress --". With --exit-style posix (the
default on Linux) 75 for both.`

func (c *call) deploy() *cobra.Command {
	d := &deployment{}
	command := &cobra.Command{
		Use:   "deploy --name NAME [flags] -- INSTALLER…",
		Short: "Install software: ask, put off, show that it is under way, tell that it is done",
		Args:  cobra.ArbitraryArgs,
		Example: `  deskbell deploy --name acme-7 --title "Acme 7" --defer-times 3 --defer-days 5 --progress --complete --msi acme7.msi
  deskbell deploy --name editor --title Editor --defer-times 2 --progress -- apt-get install -y editor
  deskbell deploy --name acme-7 --defer-times 3 --explain`,
	}
	command.Long = command.Short + ".\n\n" + deployHelp
	flags := command.Flags()
	flags.StringVar(&d.name, "name", "", "name of the job, under which it is remembered that it was put off")
	flags.StringVar(&d.title, "title", "", "name of the software for people (default the name of the job)")
	flags.StringVar(&d.text, "text", "", "what it is about (default a sentence with the title, in the person's language)")
	flags.StringVar(&d.to, "to", "", "whom to ask: active, user:NAME, session:N … (default active)")
	flags.StringVar(&d.group, "group", "", "jobs of one group that come within 10 minutes share one question and one deferral")
	flags.IntVar(&d.times, "defer-times", deploy.Unlimited, "how often it can be put off")
	flags.Float64Var(&d.days, "defer-days", 0, "for how many days, from when it was first shown")
	flags.StringVar(&d.deadline, "defer-deadline", "", "until when: 2026-01-31T18:00 by the clock of the computer, or RFC 3339")
	flags.Var(duration{&d.interval}, "defer-interval", "time between two questions, at least")
	flags.StringSliceVar(&d.delays, "delays", []string{"1h", "4h", "tomorrow@9"}, "what to choose from")
	flags.Var(duration{&d.countdown}, "countdown", "time before it begins, once it cannot be put off any more (default 15m)")
	flags.Var(duration{&d.maxRun}, "max-run", "time that a run may take (default 55m)")
	flags.Var(duration{&d.installTime}, "install-time", "time that is kept for the installer (default 15m)")
	flags.Var(&word{&d.count, deploy.Counts()}, "count-unanswered", "whether a question that nobody answers uses up a deferral (default seen)")
	flags.Var(&word{&d.mode, deploy.Modes()}, "mode", "ask and tell (interactive), install only (silent), or one of the two, by whether a program to close runs (auto)")
	flags.Var(&word{&d.noUser, deploy.Absences()}, "no-user", "what to do where nobody is logged on (default install)")
	flags.Var(&word{&d.set, deploy.SetUps()}, "during-setup", "what to do while the computer is being set up (default silent)")
	flags.StringVar(&d.progress, "progress", "", "show a bar while it installs; =stdout: fed by what the installer prints, as for \"progress\"")
	flags.Lookup("progress").NoOptDefVal = "bar"
	flags.StringVar(&d.complete, "complete", "", "tell when it is done, and what")
	flags.Lookup("complete").NoOptDefVal = " "
	flags.StringVar(&d.failed, "failed", "", "what to tell when it has failed (default, with --complete, a sentence of ours)")
	flags.StringVar(&d.log, "log", "", "file for what the installer prints; with --msi for its log")
	flags.StringVar(&d.logDir, "log-dir", "", "in place of --log: a folder for it, in which the name is ours; auto: where the agent of the distribution system collects logs")
	flags.StringVar(&d.msi.file, "msi", "", "install this package of Windows Installer, without windows or a restart")
	flags.StringArrayVar(&d.msi.properties, "msi-property", nil, "NAME=VALUE for it")
	flags.StringArrayVar(&d.msi.transforms, "mst", nil, "a transform for it")
	flags.IntSliceVar(&d.success, "success-codes", []int{0, 1641, 3010}, "exit statuses of the installer that are none of a failure")
	flags.IntVar(&d.exitDeferred, "exit-deferred", 0, "exit status where it is put off")
	flags.IntVar(&d.exitUnreached, "exit-unreached", 0, "exit status where nobody decided or could be asked")
	flags.BoolVar(&d.explain, "explain", false, "say what would be done, and do nothing")
	flags.StringVar(&d.at, "at", "", "with --explain or --rehearse: at this time")
	flags.Var(&word{&d.emit, emits()}, "emit", "print what to put into the fields of a distribution system for this line, and do nothing")
	complete(command, "emit", emits())
	d.resuming.flags(command)
	d.closing.flags(command)
	d.restarting.flags(command)
	d.rehearsing.flags(command)
	c.answerFlags(flags)
	complete(command, "count-unanswered", deploy.Counts())
	complete(command, "mode", deploy.Modes())
	complete(command, "no-user", deploy.Absences())
	complete(command, "during-setup", deploy.SetUps())
	complete(command, "exit-style", styles())
	command.RunE = func(command *cobra.Command, args []string) error {
		for name, given := range map[string]*bool{
			"progress": &d.progressGiven, "complete": &d.completeGiven,
			"exit-deferred": &d.deferredGiven, "exit-unreached": &d.unreachedGiven,
		} {
			*given = flags.Changed(name)
		}
		return c.runDeploy(command, d, args)
	}
	return command
}

func (c *call) runDeploy(command *cobra.Command, d *deployment, args []string) error {
	if d.logDir != "" && d.log != "" {
		return &usageError{problem: "--log and --log-dir: one of the two"}
	}
	if d.logDir != "" && d.emit == "" {
		var err error
		if d.log, err = logIn(d.logDir, d.name); err != nil {
			return fmt.Errorf("--log-dir: %w", err)
		}
	}
	program, err := d.installer(command, args)
	if err != nil {
		return err
	}
	job, err := d.job(c)
	if err != nil {
		return err
	}
	job.Busy, job.LockWait = d.closing.locks(program.path)
	switch {
	case d.emit != "":
		return c.emit(d, job)
	case d.explain:
		return c.explain(command.Context(), job, d)
	case d.rehearsing.script != "":
		return c.rehearse(command.Context(), job, d)
	}
	output, err := d.output()
	if err != nil {
		return err
	}
	job.Install = func(ctx context.Context, bar deploy.Bar) (int, error) {
		return c.runInstaller(ctx, program, output, bar, d.progress == "stdout")
	}
	c.style = cmp.Or(c.style, deployStyle)
	kept, err := d.resuming.keeper(command.Context(), d.queue)
	if err != nil {
		return err
	}
	result, err := job.Run(command.Context())
	if err == nil && kept {
		err = d.resuming.keep(d.queue, d.name, result)
	}
	if output != nil {
		if closed := output.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		return err
	}
	return c.finishDeploy(d, result)
}

// installer is what to run.
func (d *deployment) installer(command *cobra.Command, args []string) (installerCommand, error) {
	dash := command.ArgsLenAtDash()
	if dash < 0 {
		dash = len(args)
	}
	if dash > 0 {
		return installerCommand{}, &usageError{problem: fmt.Sprintf("%q is no flag", args[0]), hint: "the installer comes after --"}
	}
	switch {
	case d.name == "":
		return installerCommand{}, &usageError{problem: "--name is missing", hint: "deskbell deploy --name NAME … -- INSTALLER…"}
	case d.explain, d.rehearsing.script != "":
		return installerCommand{}, nil
	case d.emit != "":
		if len(args) > 0 {
			line, err := lineOf(args)
			d.tail = line
			return installerCommand{}, err
		}
		return installerCommand{}, nil
	case d.msi.file != "" && len(args) > 0:
		return installerCommand{}, &usageError{problem: "--msi, and an installer after --: one of the two"}
	case d.msi.file != "":
		return d.msi.installer(d.log, d.progressGiven)
	case len(args) == 0:
		return installerCommand{}, &usageError{problem: "there is no installer", hint: "it comes after --, or by --msi FILE"}
	}
	return installerOf(args)
}

// job makes the job of the flags.
func (d *deployment) job(c *call) (*deploy.Job, error) {
	queue, err := c.queueName()
	if err != nil {
		return nil, err
	}
	d.queue = queue
	if err := deploy.CheckName(d.name); err != nil {
		return nil, &usageError{problem: "--name: " + err.Error()}
	}
	record, err := deploy.OpenRecord(queue, d.name)
	if err != nil {
		return nil, err
	}
	var group deploy.Record
	if d.group != "" {
		if group, err = deploy.OpenGroup(queue, d.group); err != nil {
			return nil, &usageError{problem: "--group: " + err.Error()}
		}
	}
	o, err := (&sender{}).options(c)
	if err != nil {
		return nil, err
	}
	j := &deploy.Job{
		Title: cmp.Or(d.title, d.name), Text: d.text, To: d.to, Record: record, Group: group,
		Countdown: cmp.Or(d.countdown, 15*time.Minute), MaxRun: cmp.Or(d.maxRun, 55*time.Minute), InstallTime: cmp.Or(d.installTime, 15*time.Minute),
		CountUnanswered: cmp.Or(d.count, deploy.CountSeen), Mode: cmp.Or(d.mode, deploy.ModeInteractive),
		NoUser: cmp.Or(d.noUser, deploy.AbsenceInstall), DuringSetup: cmp.Or(d.set, deploy.SetUpSilent),
		Resumed: isResumed(), NotBefore: d.resuming.how == resumeRerun, Progress: d.progressGiven, Complete: d.completeGiven, CompleteText: strings.TrimSpace(d.complete), FailedText: d.failed,
		Desk: deploy.Screen{Options: o}, Now: time.Now, Pause: deploy.Pause, Log: c.log(),
	}
	if j.MaxRun <= j.InstallTime {
		return nil, &usageError{problem: "--max-run leaves no time besides --install-time"}
	}
	j.Success = func(status int) bool {
		return slices.Contains(d.success, status) || slices.Contains(d.restarting.codes, status)
	}
	if j.Restart, err = d.restarting.policy(); err != nil {
		return nil, err
	}
	if j.Closing, err = d.closing.policy(c); err != nil {
		return nil, err
	}
	system := restart.System{}
	j.Computer = system
	j.WantsRestart = func(status int, since time.Time) bool {
		return slices.Contains(d.restarting.codes, status) || system.Required(since)
	}
	j.Policy, err = d.policy()
	return j, err
}

func (d *deployment) policy() (p deploy.Policy, err error) {
	if d.times < deploy.Unlimited || d.days < 0 {
		return p, &usageError{problem: "--defer-times and --defer-days are not below 0"}
	}
	p = deploy.Policy{Times: d.times, For: time.Duration(d.days * 24 * float64(time.Hour)), Interval: d.interval, Shortest: d.resuming.retryEvery}
	if d.deadline != "" {
		if p.Deadline, err = moment(d.deadline); err != nil {
			return p, &usageError{problem: "--defer-deadline: " + err.Error()}
		}
	}
	for _, s := range d.delays {
		delay, err := deploy.ParseDelay(s, parseDuration)
		if err != nil {
			return p, &usageError{problem: "--delays: " + err.Error()}
		}
		p.Delays = append(p.Delays, delay)
	}
	return p, nil
}

// moment reads a time, without a zone by the clock of the computer.
func moment(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time like 2026-01-31T18:00", s)
}

// output opens the file for what the installer prints; nil where there is none.
// That of msiexec is open meanwhile, too, so that nobody puts another in its place.
func (d *deployment) output() (*os.File, error) {
	if d.log == "" {
		return nil, nil
	}
	return deploy.OpenOutput(d.log)
}

// deployReport is the JSON object of "deploy".
type deployReport struct {
	Schema   int    `json:"schema"`
	Outcome  string `json:"outcome"`
	Exit     int    `json:"exit"`
	ExitFrom string `json:"exitFrom"` // installer or deskbell
	Until    string `json:"until,omitempty"`
	Left     *int   `json:"left,omitempty"`
	User     string `json:"user,omitempty"`
	Reason   string `json:"reason"`

	Restart *restartReport `json:"restart,omitempty"`
}

// finishDeploy sets the exit status and says why, on stderr in a sentence.
func (c *call) finishDeploy(d *deployment, r deploy.Result) error {
	j, sentence := c.deployReport(d, r)
	c.exit = j.Exit
	fmt.Fprintf(c.stderr, "deskbell: deploy: %s: %s\n", d.name, oneLine(sentence))
	if c.json {
		return c.writeJSON(j)
	}
	return nil
}

// deployReport is what became of a job, for machines and in a sentence.
func (c *call) deployReport(d *deployment, r deploy.Result) (j deployReport, sentence string) {
	j = deployReport{Schema: schema, Outcome: string(r.Outcome), ExitFrom: "deskbell", Reason: r.Reason, User: r.User, Until: formatTime(r.Until)}
	if r.Left != deploy.Unlimited {
		j.Left = &r.Left
	}
	switch r.Outcome {
	case deploy.Installed:
		if j.Exit = d.restarting.status(r.Status, r.Restart); j.Exit == r.Status {
			j.ExitFrom = "installer"
		}
		j.Restart = d.restarting.report(r.Restart)
		sentence = fmt.Sprintf("the installer ended with %d (%s)%s", r.Status, r.Reason, d.restarting.sentence(r.Restart))
	case deploy.Deferred:
		j.Exit = exitOf(delivery.Dismissed, protocol.NoButton, styleMSI)
		if c.style == stylePosix {
			j.Exit = exitOf(delivery.Over, protocol.NoButton, stylePosix)
		}
		if d.deferredGiven {
			j.Exit = d.exitDeferred
		}
		sentence = fmt.Sprintf("put off until %s (%s)", r.Until.Local().Format("2006-01-02 15:04"), r.Reason)
		if j.Left != nil {
			sentence += fmt.Sprintf(", %d left", r.Left)
		}
	default:
		j.Exit = exitOf(delivery.Over, protocol.NoButton, c.style)
		if d.unreachedGiven {
			j.Exit = d.exitUnreached
		}
		sentence = "not installed: " + r.Reason
	}
	return j, sentence
}
