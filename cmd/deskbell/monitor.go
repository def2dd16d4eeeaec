package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/dialog/ui"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/monitor"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// attendant holds the flags of "monitor".
type attendant struct {
	ui         string
	foreground bool
	untilIdle  time.Duration
	display    time.Duration
	log        string
}

// idle is how long a monitor that was started for one question stays.
const idle = time.Minute

func (c *call) monitor() *cobra.Command {
	a := &attendant{}
	command := &cobra.Command{
		Use:   "monitor",
		Short: "Attend the queue: show its questions to the user",
		Long: "Attend the queue: show its questions to the user. It leaves the console and\nreturns when it attends; with --foreground or --debug it stays.\n\n" +
			"It logs each step of a message, with its id, never what a message says or what\nis answered: with --foreground to stderr, as text or json; else, or with\n--log system, to the event log or the journal, and to a file where neither is.\n\n" +
			"--ui is auto, native, tty, host:PATH or script:FILE (default DESKBELL_UI, else\nauto).\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
	}
	flags := command.Flags()
	flags.StringVar(&a.ui, "ui", "", "how to show questions: auto, native, tty, host:PATH, script:FILE")
	flags.BoolVar(&a.foreground, "foreground", false, "stay in the console")
	flags.Var(duration{&a.untilIdle}, "until-idle", "end after this time with nothing to do")
	flags.Var(duration{&a.display}, "wait-display", "wait so long for the display to answer, then end")
	flags.Lookup("until-idle").NoOptDefVal = idle.String()
	flags.Var(&word{&a.log, logs}, "log", "how to log: text or json (in the foreground), system, file or none")
	complete(command, "ui", []string{"auto", "native", "tty", "host:", "script:"})
	complete(command, "log", logs)
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(command, args[0])
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		if a.foreground || c.debug {
			return c.attend(command.Context(), queue, a)
		}
		if a.log == logText || a.log == logJSON {
			return &usageError{problem: "--log " + a.log + " is for a monitor in the foreground", hint: "add --foreground, or use --log system"}
		}
		return c.detach(command.Context(), queue, a)
	}
	command.AddCommand(c.control("stop", "End the monitors of this queue"), c.control("restart", "Start the monitors of this queue anew"), c.kill())
	return command
}

// attend runs the monitor here until it is told to end.
func (c *call) attend(ctx context.Context, queue string, a *attendant) (err error) {
	if a.display > 0 { // before anything is asked of the session
		waiting, cancel := context.WithTimeout(ctx, a.display)
		err := session.AwaitDisplay(waiting)
		cancel()
		if err != nil {
			return err
		}
	}
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	o, err := monitor.Local(watching, queue)
	if err != nil {
		return err
	}
	log, closeLog := c.monitorLog(a.log, queue)
	defer func() { err = errors.Join(err, closeLog()) }()
	dialog, err := ui.Open(a.ui, ui.Options{Log: log, History: c.historyOfNotices(queue, a)})
	if err != nil {
		return err
	}
	if c, ok := dialog.(interface{ Close() }); ok {
		defer c.Close()
	}
	programs := c.programs
	programs.Queue = queue
	processors := func(trusted bool) map[string]processor.Processor {
		programs.User = o.Sender(trusted)
		found, err := programs.Processors()
		if err != nil {
			log.Warn("not all processors are there", "err", err)
		}
		return found
	}
	o.Dialog, o.Version, o.UntilIdle, o.Log = dialog, versionName(), a.untilIdle, log
	o.Processors = processors
	record, closeLedger := writeLedger(ledger.Own, queue, ledger.ByMonitor, log)
	o.Ledger = record
	err = monitor.Run(ctx, o)
	closeLedger()
	if errors.Is(err, monitor.ErrRestart) {
		return again()
	}
	return err
}

// detach starts a monitor away from this console and waits until it attends.
// A ping tells that; the error is a *mailbox.AttendedError where one was
// there before.
func (c *call) detach(ctx context.Context, queue string, a *attendant) error {
	box, err := mailbox.OpenUser(queue)
	if err != nil {
		return err
	}
	m := protocol.NewMessage(protocol.KindControl)
	m.Command, m.When, m.Session = protocol.CommandPing, protocol.WhenShow, session.Current()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var started *background
	results, err := delivery.Send(ctx, m, delivery.Options{
		Queue: queue, Mailbox: box, Within: time.Minute, Log: c.log(),
		Launch: func(context.Context) (err error) {
			started, err = startMonitor(ctx, queue, a, cancel)
			return err
		},
	})
	if started != nil {
		if err == nil && results[0].Outcome == delivery.Answered {
			err = started.settle(ctx, box)
		}
		cancel(nil)
		started.watched()
	}
	if err != nil {
		return err
	}
	if result := results[0]; result.Outcome != delivery.Answered {
		return result.Err
	}
	if started == nil || started.taken {
		return attendedBy(box, m.Session)
	}
	return nil
}

// launch starts a monitor that goes by itself when it has been idle, and waits
// until one attends.
func (c *call) launch(ctx context.Context, queue string) error {
	err := c.detach(ctx, queue, &attendant{untilIdle: idle})
	if attended := (*mailbox.AttendedError)(nil); errors.As(err, &attended) {
		return nil
	}
	return err
}

// attendedBy names the monitor that is there already.
func attendedBy(box *mailbox.Mailbox, session string) error {
	attendants, err := box.Attending()
	if err != nil {
		return err
	}
	for _, a := range attendants {
		if a.Session == session {
			return &mailbox.AttendedError{Pid: a.Pid}
		}
	}
	return &mailbox.AttendedError{}
}

// control is a command that every monitor of the queue is sent.
func (c *call) control(name, short string) *cobra.Command {
	command := &cobra.Command{Use: name, Short: short, Args: cobra.ArbitraryArgs}
	var within time.Duration
	command.Flags().Var(duration{&within}, "within", "time for it (default 30s)")
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		box, attendants, err := c.attendants()
		if err != nil {
			return err
		}
		if within == 0 {
			within = 30 * time.Second
		}
		for _, a := range attendants {
			m := protocol.NewMessage(protocol.KindControl)
			m.Command, m.Session, m.When = name, a.Session, protocol.WhenShow
			results, err := delivery.Send(command.Context(), m, delivery.Options{Mailbox: box, Within: within, Log: c.log()})
			if err != nil {
				return err
			}
			if r := results[0]; r.Outcome != delivery.Answered {
				c.exit = exitOf(r.Outcome, protocol.NoButton, c.style)
				c.tell(command, fmt.Errorf("process %d: %w", a.Pid, r.Err))
			} else if name == protocol.CommandStop {
				if err := waitEnd(command.Context(), a, within); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return command
}

// waitEnd waits until a monitor that was told to stop has ended.
func waitEnd(ctx context.Context, a mailbox.Attendant, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := process.Wait(ctx, process.ID{Pid: a.Pid, Started: a.Started}); err != nil {
		return fmt.Errorf("wait for process %d to end: %w", a.Pid, err)
	}
	return nil
}

// attendants are the live monitors of the queue; ErrNobody where there is none.
func (c *call) attendants() (*mailbox.Mailbox, []mailbox.Attendant, error) {
	queue, err := c.queueName()
	if err != nil {
		return nil, nil, err
	}
	box, err := mailbox.OpenUser(queue)
	if err != nil {
		return nil, nil, err
	}
	attendants, err := box.Attending()
	if err == nil && len(attendants) == 0 {
		err = delivery.ErrNobody
	}
	return box, attendants, err
}
