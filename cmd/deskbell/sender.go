package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/service"
	"github.com/deskbell/deskbell/protocol"
)

// sender holds the flags of the commands that send.
type sender struct {
	scope  string
	within time.Duration
	launch string
	id     string
	noWait bool
	logon  bool
}

const limitsHelp = `Three limits:
  --timeout   on screen; the window closes itself, exit 5
  --ttl       of use at all; not shown any more after it, exit 75
  --within    all of it from here; taken back at its end, exit 75

A duration is Go's (90s, 1h30m) with d and w besides; a bare number is seconds.

On stdout is the answer and nothing else.

`

// addSender gives a command the flags for sending.
func (c *call) addSender(command *cobra.Command) *sender {
	s := &sender{}
	flags := command.Flags()
	flags.Var(&word{&s.scope, delivery.Scopes()}, "scope", "by which mailbox to send")
	flags.Var(duration{&s.within}, "within", "time for all of it from here; then it is withdrawn")
	flags.Var(&word{&s.launch, []string{"auto", "never"}}, "launch", "start a monitor where none attends (auto) or do not (never)")
	flags.StringVar(&s.id, "id", "", "id of the message (default a new one)")
	flags.BoolVar(&s.noWait, "no-wait", false, "print the id and leave; \"deskbell await ID\" fetches the reply (--on-answer leaves too: the service has it)")
	flags.BoolVar(&s.logon, "wait-logon", false, "ask who is named by --to as soon as he logs on, if he is not; for administrators")
	c.answerFlags(flags)
	complete(command, "scope", delivery.Scopes())
	complete(command, "launch", []string{"auto", "never"})
	complete(command, "exit-style", styles())
	command.Long = command.Short + ".\n\n" + limitsHelp + exitHelp
	return s
}

// options makes the options of a delivery from the flags.
func (s *sender) options(c *call) (delivery.Options, error) {
	queue, err := c.queueName()
	if err != nil {
		return delivery.Options{}, err
	}
	o := delivery.Options{
		Queue: queue, Scope: s.scope, Within: s.within, Outlive: s.noWait, WaitLogon: s.logon,
		Ledger: c.ledger(queue), Log: c.log(),
	}
	if s.id != "" {
		if o.ID, err = protocol.ParseID(s.id); err != nil {
			return o, &usageError{problem: "--id: " + err.Error()}
		}
	}
	if s.launch != "never" {
		o.Launch = delivery.Here(func(ctx context.Context) error { return c.launch(ctx, queue) })
		o.Computer.Served = served
	}
	return o, nil
}

// served reports whether the service of a queue runs, which starts monitors
// where the caller may not.
func served(queue string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := service.Definition{Queue: queue}.Status(ctx)
	return err == nil && s.State == service.Running
}

// deliver sends a message and tells what became of it.
func (c *call) deliver(ctx context.Context, command *cobra.Command, s *sender, m protocol.Message) error {
	o, err := s.options(c)
	if err != nil {
		return err
	}
	if m.OnAnswer != "" {
		s.noWait, o.Outlive = true, true
	}
	d, err := delivery.Open(ctx, m, o)
	if err != nil {
		return err
	}
	if !s.noWait {
		return c.finish(command, d.ID(), m, d.Wait(ctx))
	}
	if result, ok := d.Attended(ctx); !ok {
		return c.finish(command, d.ID(), m, []delivery.Result{result})
	}
	if c.json {
		j := c.newReport(done, nil)
		j.ID = d.ID()
		return c.writeJSON(j)
	}
	return c.write(d.ID() + "\n")
}

// question is a command that asks for one kind of message; its first argument
// is the text.
func (c *call) question(kind, use, short string, more func(set *fields, args []string) error) *cobra.Command {
	command := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs}
	s := c.addSender(command)
	set := c.addFields(command, kind, "Version", "Kind")
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) > 0 {
			if err := set.give("Text", args[0]); err != nil {
				return err
			}
			args = args[1:]
		} else if _, given := set.values["Text"]; !given && kind != protocol.KindProgress {
			return &usageError{problem: "TEXT is missing", hint: "deskbell " + use}
		}
		if err := more(set, args); err != nil {
			return err
		}
		m, err := set.message(kind)
		if err != nil {
			return err
		}
		return c.deliver(command.Context(), command, s, m)
	}
	return command
}

// noMore refuses arguments after the text.
func noMore(_ *fields, args []string) error {
	if len(args) > 0 {
		return &usageError{problem: "one argument too many: " + args[0], hint: "a text of several words is put in quotes"}
	}
	return nil
}
