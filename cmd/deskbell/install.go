package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/setup"
	"github.com/deskbell/deskbell/protocol"
)

// installer holds the flags of the commands that install.
type installer struct {
	noService bool
	dryRun    bool
	within    time.Duration
}

const setupHelp = "It needs administrator rights. Afterwards everything is read back and listed, and\nthe exit status is 0 only if all of it is as it should be. --dry-run lists what\nwould be done, and does nothing."

func (c *call) install() *cobra.Command {
	return c.setup("install", "Install this queue for the whole computer: its mailbox and its service",
		"Install this queue for the whole computer: the machine mailbox with its access\nlists, what the system has to know, and the service, which it starts. What is so\nalready stays, what is not is put right.\n\n"+setupHelp,
		setup.Installation.Install, setup.Installation.Plan)
}

func (c *call) reinstall() *cobra.Command {
	return c.setup("reinstall", "Put this version in the place of the one that is installed",
		"Put this version in the place of the one that is installed: the service is\nstopped, and runs again when all is done. Messages that wait are kept, and what\nbecame of others.\n\n"+setupHelp,
		setup.Installation.Reinstall, setup.Installation.Plan)
}

func (c *call) uninstall() *cobra.Command {
	return c.setup("uninstall", "Remove all that this queue has on the computer",
		"Remove all that this queue has on the computer: its service and its monitors are\nended, then the autostart entries, the mailboxes with what is in them, of every\nuser who is logged on, and the program that install copied go. Other queues keep\nwhat they have.\n\n"+setupHelp,
		setup.Installation.Uninstall, setup.Installation.PlanUninstall)
}

type setupAct func(setup.Installation, context.Context) ([]setup.Finding, error)

func (c *call) setup(name, short, long string, act, plan setupAct) *cobra.Command {
	command := &cobra.Command{Use: name, Short: short, Long: long, Args: cobra.ArbitraryArgs}
	var o installer
	flags := command.Flags()
	if name != "uninstall" {
		flags.BoolVar(&o.noService, "no-service", false, "install no service")
	}
	flags.BoolVar(&o.dryRun, "dry-run", false, "list what would be done, and do nothing")
	flags.Var(duration{&o.within}, "within", "time for it (default 2m)")
	c.answerFlags(flags)
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		i, err := c.installation()
		if err != nil {
			return err
		}
		i.NoService = o.noService
		if o.within == 0 {
			o.within = 2 * time.Minute
		}
		ctx, cancel := context.WithTimeout(command.Context(), o.within)
		defer cancel()
		if o.dryRun {
			act = plan
		}
		findings, err := act(i, ctx)
		if err != nil && len(findings) == 0 {
			return err
		}
		if err := c.tellFindings(i.Queue, findings, err == nil && (o.dryRun || setup.Good(findings))); err != nil {
			return err
		}
		if err != nil {
			c.tell(command, err)
		}
		return nil
	}
	return command
}

// installation is that of this queue and this program.
func (c *call) installation() (setup.Installation, error) {
	queue, err := c.queueName()
	if err != nil {
		return setup.Installation{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return setup.Installation{}, fmt.Errorf("find this program: %w", err)
	}
	return setup.Installation{
		Queue: queue, Program: self, Version: versionName(), Trusted: c.programs.Trusted, Administrator: c.administrator,
	}, nil
}

// findingsReport is the JSON object of install, uninstall, reinstall and
// doctor.
type findingsReport struct {
	Schema   int              `json:"schema"`
	Outcome  delivery.Outcome `json:"outcome"`
	Exit     int              `json:"exit"`
	Queue    string           `json:"queue"`
	Version  string           `json:"version"`
	Findings []setup.Finding  `json:"findings"`
}

// tellFindings writes the list and sets the exit status.
func (c *call) tellFindings(queue string, list []setup.Finding, good bool) error {
	r := findingsReport{Schema: schema, Outcome: done, Queue: queue, Version: versionName(), Findings: list}
	if r.Findings == nil {
		r.Findings = []setup.Finding{}
	}
	if !good {
		r.Outcome = findings
	}
	c.exit = exitOf(r.Outcome, protocol.NoButton, c.style)
	r.Exit = c.exit
	if c.json {
		return c.writeJSON(r)
	}
	return c.write(findingsText(list))
}

// findingsText is the list for people. What others may have written is made
// one line of, in which nothing can steer a terminal.
func findingsText(list []setup.Finding) string {
	if len(list) == 0 {
		return "There is nothing.\n"
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.State, f.Act, f.What, harmless(f.Place))
	}
	table.Flush()
	lines := strings.SplitAfter(b.String(), "\n")
	b.Reset()
	for n, f := range list {
		b.WriteString(lines[n])
		if f.Problem != "" {
			b.WriteString("         " + harmless(f.Problem) + "\n")
		}
		if f.Advice != "" {
			b.WriteString("         what to do: " + f.Advice + "\n")
		}
	}
	return b.String()
}

// harmless is a text without what a terminal would obey.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, oneLine(s))
}
