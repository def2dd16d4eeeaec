package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/service"
	"github.com/deskbell/deskbell/internal/setup"
	"github.com/deskbell/deskbell/protocol"
)

func (c *call) service() *cobra.Command {
	command := &cobra.Command{
		Use:   "service",
		Short: "Run the service of this queue, and control it",
		Long: "The service attends the mailboxes of the computer: it passes what is put there\non to the users it is meant for, and starts monitors where they are needed.\n" +
			"deskbell install makes all that it needs, and the service itself.",
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(command, args[0])
			}
			return command.Help()
		},
	}
	command.AddCommand(
		c.controlService("install", "Register the service, which starts with the computer; needs administrator rights", c.installService),
		c.controlService("uninstall", "Stop the service and remove it; needs administrator rights", service.Definition.Uninstall),
		c.controlService("start", "Start the service and wait until it runs; needs administrator rights", service.Definition.Start),
		c.controlService("stop", "Stop the service and wait until it has ended; needs administrator rights", service.Definition.Stop),
		c.serviceStatus(), c.runService(),
	)
	return command
}

// controlService is a command that does something with the service.
func (c *call) controlService(name, short string, act func(service.Definition, context.Context) error) *cobra.Command {
	command := &cobra.Command{Use: name, Short: short, Args: cobra.ArbitraryArgs}
	var within time.Duration
	command.Flags().Var(duration{&within}, "within", "time for it (default 1m)")
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		if within == 0 {
			within = time.Minute
		}
		ctx, cancel := context.WithTimeout(command.Context(), within)
		defer cancel()
		return act(service.Definition{Queue: queue}, ctx)
	}
	return command
}

// installService registers this program, which has to be one that it is safe to
// start with all rights.
func (c *call) installService(d service.Definition, ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	d.Program = self
	if err := service.Administrator("install the service " + d.Name()); err != nil {
		return err
	}
	if err := (setup.Installation{Trusted: c.programs.Trusted}).Trust(self); err != nil {
		return err
	}
	return d.Install(ctx)
}

// serviceReport is the JSON object of "service status".
type serviceReport struct {
	Schema  int              `json:"schema"`
	Outcome delivery.Outcome `json:"outcome"`
	Exit    int              `json:"exit"`
	Queue   string           `json:"queue"`
	Name    string           `json:"name"`
	State   service.State    `json:"state"`
	Pid     int              `json:"pid"`
	Command string           `json:"command"`
	Said    string           `json:"said,omitempty"`
	Problem string           `json:"problem,omitempty"`
}

func (c *call) serviceStatus() *cobra.Command {
	command := &cobra.Command{
		Use:   "status",
		Short: "Tell whether the service runs; the exit status is 0 when it does, else 69",
		Args:  cobra.ArbitraryArgs,
	}
	c.answerFlags(command.Flags())
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		d := service.Definition{Queue: queue}
		s, err := d.Status(command.Context())
		if err != nil {
			return err
		}
		r := serviceReport{
			Schema: schema, Outcome: done, Queue: queue, Name: d.Name(),
			State: s.State, Pid: s.Pid, Command: s.Command, Said: s.Said, Problem: s.Different,
		}
		if s.State != service.Running {
			r.Outcome = delivery.Nobody
		}
		c.exit = exitOf(r.Outcome, protocol.NoButton, c.style)
		r.Exit = c.exit
		if c.json {
			return c.writeJSON(r)
		}
		return c.write(r.text())
	}
	return command
}

func (r serviceReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "The service %s is %s", r.Name, r.State)
	if r.Pid != 0 {
		fmt.Fprintf(&b, ", process %d", r.Pid)
	}
	b.WriteString("\n")
	for _, line := range []string{r.Command, r.Said, r.Problem} {
		if line != "" {
			b.WriteString("  " + oneLine(line) + "\n")
		}
	}
	return b.String()
}

func (c *call) runService() *cobra.Command {
	command := &cobra.Command{
		Use:   "run",
		Short: "Do the work of the service, in the foreground unless the service manager started it",
		Args:  cobra.ArbitraryArgs,
	}
	var installed bool
	name := strings.TrimPrefix(service.Installed, "--")
	command.Flags().BoolVar(&installed, name, false, "the service manager started it")
	if err := command.Flags().MarkHidden(name); err != nil {
		panic(err) // it is the flag of the line above
	}
	command.RunE = func(command *cobra.Command, args []string) (err error) {
		if err := noMore(nil, args); err != nil {
			return err
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		form := ""
		if installed {
			form = logSystem
			if err := leaveEnvironment(); err != nil {
				return err
			}
		}
		log, closeLog := c.monitorLog(form, queue)
		defer func() { err = errors.Join(err, closeLog()) }()
		log.Info("service begins", "version", versionName())
		record, closeLedger := writeLedger(ledger.Administrators, queue, ledger.ByService, log)
		defer closeLedger()
		jobs, err := jobsOf(queue, log)
		if err != nil {
			return err
		}
		attendance := service.Attendance{Queue: queue, Ledger: record, Jobs: jobs.Run, Log: log}
		if err := service.Run(command.Context(), service.Definition{Queue: queue, Managed: installed}, attendance.Attend); err != nil {
			log.Error("service failed", "err", err)
			return err
		}
		log.Info("service ends")
		return nil
	}
	return command
}

// leaveEnvironment makes the places of the mailboxes those of the protocol: what
// the environment says is for tests and containers.
func leaveEnvironment() error {
	for _, name := range []string{"DESKBELL_RUNTIME_DIR", "DESKBELL_STATE_DIR"} {
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("forget %s: %w", name, err)
		}
	}
	return nil
}
