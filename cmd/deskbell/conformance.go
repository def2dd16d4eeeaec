package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/conformance"
	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

const conformanceHelp = `

It prints the Test Anything Protocol: a line for each thing that docs/protocol.md
asks for, by its section, and below a "not ok" what was seen. Exit status: 0 when
all is ok, 1 when something is not, 69 when nobody attends.`

// conformanceReport is the JSON object of "conformance".
type conformanceReport struct {
	Schema  int                `json:"schema"`
	Outcome delivery.Outcome   `json:"outcome"`
	Exit    int                `json:"exit"`
	Checks  []conformanceCheck `json:"checks"`
}

type conformanceCheck struct {
	ID       string   `json:"id"`
	Section  string   `json:"section"`
	Must     string   `json:"must"`
	OK       bool     `json:"ok"`
	Known    bool     `json:"known,omitempty"`
	Skip     string   `json:"skip,omitempty"`
	Problems []string `json:"problems,omitempty"`
}

func (c *call) conformance() *cobra.Command {
	command := &cobra.Command{
		Use:   "conformance",
		Short: "Prove a sender or a monitor of your own by the protocol",
		Args:  cobra.ArbitraryArgs,
	}
	command.Long = command.Short + ".\n\nFor those who write one, in any language." + conformanceHelp
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(command, args[0])
		}
		return command.Help()
	}
	command.AddCommand(c.conformanceSender(), c.conformanceMonitor(), c.conformanceList(), c.conformancePerson(), conformanceWait())
	return command
}

func (c *call) conformanceSender() *cobra.Command {
	s := conformance.SenderUnderTest{}
	command := &cobra.Command{
		Use:   "sender [-- COMMAND...]",
		Short: "Play the monitor for a sender, and say whether it keeps to the protocol",
		Example: `  deskbell conformance sender -- python3 ask.py {queue} {seconds}
  deskbell conformance sender --queue try      then start the sender by hand`,
	}
	command.Long = command.Short + `.

COMMAND asks one question of the user who runs it, prints the answer and ends.
It is run several times. {queue} stands for the queue that it has to use, which
DESKBELL_QUEUE names too; {seconds} for how long it has to wait at most: without
it that is not tried. Without COMMAND a sender is waited for that is started by
hand, and less is seen.` + conformanceHelp
	flags := command.Flags()
	flags.StringVar(&s.Answer, "answer", "", "what to answer a question that asks for text")
	c.conformanceFlags(command, &s.Patience, &s.Known, 30*time.Second)
	command.RunE = func(command *cobra.Command, args []string) error {
		queue := "conformance-" + fmt.Sprint(os.Getpid())
		if len(args) == 0 || c.queue != "" {
			var err error
			if queue, err = c.queueName(); err != nil {
				return err
			}
		}
		if len(args) > 0 {
			path, err := lookUp(args[0])
			if err != nil {
				return err
			}
			s.Command = func(seconds string) *exec.Cmd { return underTest(path, args, queue, seconds) }
			s.Limited = strings.Contains(strings.Join(args, " "), "{seconds}")
		} else if _, err := fmt.Fprintf(c.stderr, "start the sender now; its queue is %s\n", queue); err != nil {
			return err
		}
		if err := conformance.IsKnown(conformance.Sender, s.Known); err != nil {
			return &usageError{problem: "--known: " + err.Error()}
		}
		s.Queue, s.Throwaway = queue, len(args) > 0 && c.queue == ""
		tap := c.tap(&s.Progress)
		return c.tellConformance(tap)(s.Run(command.Context()))
	}
	return command
}

func (c *call) conformanceMonitor() *cobra.Command {
	m := conformance.MonitorUnderTest{}
	command := &cobra.Command{
		Use:   "monitor [-- COMMAND...]",
		Short: "Play the senders for a monitor, and say whether it keeps to the protocol",
		Example: `  deskbell conformance person >person.jsonl
  deskbell conformance monitor -- ./mymonitor {queue}
  deskbell conformance monitor --queue try     one that runs already`,
	}
	command.Long = command.Short + `.

COMMAND runs the monitor until it is told to stop; {queue} stands for the queue
that it has to attend, which DESKBELL_QUEUE names too. Without COMMAND it is one
that attends the queue already. Its windows say what to do in them: a person can
do that, or a script; deskbell conformance person prints one for our monitor.` + conformanceHelp
	flags := command.Flags()
	flags.StringSliceVar(&m.Kinds, "kinds", nil, "what it handles (default what its record says)")
	flags.BoolVar(&m.Stop, "stop", false, "stop it at the end, as is done where it was started")
	c.conformanceFlags(command, &m.Patience, &m.Known, time.Minute)
	command.RunE = func(command *cobra.Command, args []string) (err error) {
		if m.Queue, err = c.queueName(); err != nil {
			return err
		}
		if len(args) > 0 {
			path, err := lookUp(args[0])
			if err != nil {
				return err
			}
			if c.queue == "" {
				m.Queue, m.Throwaway = "conformance-"+fmt.Sprint(os.Getpid()), true
			}
			m.Command = func() *exec.Cmd { return underTest(path, args, m.Queue, "") }
		}
		if err := conformance.IsKnown(conformance.Monitor, m.Known); err != nil {
			return &usageError{problem: "--known: " + err.Error()}
		}
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		m.Waiter = func() *exec.Cmd { return exec.Command(self, "conformance", waitName) }
		tap := c.tap(&m.Progress)
		return c.tellConformance(tap)(m.Run(command.Context()))
	}
	return command
}

func (c *call) conformanceFlags(command *cobra.Command, patience *time.Duration, known *[]string, usual time.Duration) {
	flags := command.Flags()
	*patience = usual
	flags.Var(duration{patience}, "patience", "time to wait for each step of the other side")
	flags.StringSliceVar(known, "known", nil, "numbers of what it is known not to do, like 3.28: shown, and no failure")
	c.answerFlags(flags)
}

// underTest makes the command of a sender or monitor.
func underTest(path string, args []string, queue, seconds string) *exec.Cmd {
	fill := strings.NewReplacer("{queue}", queue, "{seconds}", seconds)
	command := exec.Command(path)
	command.Args = command.Args[:0]
	for _, arg := range args {
		command.Args = append(command.Args, fill.Replace(arg))
	}
	command.Env = append(os.Environ(), "DESKBELL_QUEUE="+queue)
	return command
}

// tap has the results shown as they come, unless all of them are one object.
func (c *call) tap(progress *conformance.Progress) *conformance.TAP {
	tap := &conformance.TAP{W: c.stdout}
	if !c.json {
		*progress = tap
	}
	return tap
}

func (c *call) tellConformance(tap *conformance.TAP) func([]conformance.Result, error) error {
	return func(results []conformance.Result, err error) error {
		if errors.Is(err, conformance.ErrNobody) {
			err = errors.Join(err, delivery.ErrNobody)
		}
		if err = errors.Join(err, tap.Err()); err != nil {
			return err
		}
		r := conformanceReport{Schema: schema, Outcome: done, Checks: []conformanceCheck{}}
		if !conformance.Good(results) {
			r.Outcome = findings
		}
		r.Exit = exitOf(r.Outcome, protocol.NoButton, c.style)
		c.exit = r.Exit
		if !c.json {
			return nil
		}
		for _, result := range results {
			r.Checks = append(r.Checks, conformanceCheck{
				result.ID, result.Section(), result.Must, len(result.Problems) == 0, result.Known, result.Skip, result.Problems,
			})
		}
		return c.writeJSON(r)
	}
}

func (c *call) conformanceList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print what is asked of senders and monitors, and what of it is checked",
		RunE: func(_ *cobra.Command, args []string) error {
			if err := noMore(nil, args); err != nil {
				return err
			}
			var b strings.Builder
			for _, r := range conformance.Requirements() {
				fmt.Fprintf(&b, "%-4s %-7s %s\n", r.ID, r.Side, r.Must)
				if r.Unseen != "" {
					fmt.Fprintf(&b, "%12s not checked: %s\n", "", r.Unseen)
				}
			}
			return c.write(b.String())
		},
	}
}

func (c *call) conformancePerson() *cobra.Command {
	return &cobra.Command{
		Use:   "person",
		Short: "Print the script of a person who does what conformance monitor asks",
		Long:  "Print the script of a person who does what conformance monitor asks, for\ndeskbell monitor --ui script:FILE.",
		RunE: func(_ *cobra.Command, args []string) error {
			if err := noMore(nil, args); err != nil {
				return err
			}
			return c.write(conformance.Person())
		},
	}
}

// waitName is a command for ourselves: a sender that waits, and is ended while
// its question is on screen.
const waitName = "wait"

func conformanceWait() *cobra.Command {
	return &cobra.Command{
		Use:    waitName,
		Hidden: true,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := io.Copy(io.Discard, command.InOrStdin())
			return err
		},
	}
}
