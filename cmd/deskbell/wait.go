package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/occasion"
	"github.com/deskbell/deskbell/protocol"
)

const waitHelp = `
  free            not busy, and the screen neither locked nor disconnected
  idle=DURATION   nothing typed or moved for so long
  unlocked        the screen is neither locked nor disconnected
  logon           somebody who is meant is logged on
  closed:PROGRAM  none of the program's processes is left in the session

Without --to it is the person of this session who is meant, else who is at the
screen. Of several it has to be so with all. Others are for administrators to
wait for: whether they are busy is known where a monitor of the queue attends,
and for how long they have been idle where the system keeps it.

Exit status: 0 it is so, 69 nobody who is meant is logged on, 75 not within the
time given, 77 not permitted, 130 interrupted.`

func (c *call) wait() *cobra.Command {
	command := &cobra.Command{
		Use:   "wait --for WHAT",
		Short: "Wait until the person at the screen is free, idle, there, or has closed a program",
		Example: `  deskbell wait --for idle=10m --within 8h && ./update
  deskbell wait --for closed:excel.exe --to all`,
	}
	var (
		what   occasionFlag
		to     string
		within time.Duration
	)
	flags := command.Flags()
	flags.Var(&what, "for", "what to wait for")
	flags.StringVar(&to, "to", "", "whom it concerns: active, all, user:NAME, sid:SID, uid:N, session:N")
	flags.Var(duration{&within}, "within", "time to wait")
	c.answerFlags(flags)
	complete(command, "for", []string{occasion.Free, occasion.Idle + "=10m", occasion.Unlocked, occasion.Logon, occasion.Closed + ":"})
	complete(command, "to", []string{"active", "all", "user:", "sid:", "uid:", "session:"})
	complete(command, "exit-style", styles())
	command.Long = command.Short + ".\n" + waitHelp
	command.RunE = func(command *cobra.Command, args []string) error {
		switch {
		case len(args) > 0:
			return &usageError{problem: "it takes no argument: " + args[0], hint: "deskbell wait --for WHAT"}
		case what.Kind == "":
			return &usageError{problem: "--for is missing", hint: "deskbell wait --for free"}
		}
		if err := (protocol.Message{Version: protocol.Version, Kind: protocol.KindControl, Command: protocol.CommandPing, To: to}).Validate(); err != nil {
			return &usageError{problem: "--to: " + err.Error()}
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		ctx := command.Context()
		if within > 0 {
			limited, cancel := context.WithTimeoutCause(ctx, within, occasion.ErrOver)
			defer cancel()
			ctx = limited
		}
		if err := what.Wait(ctx, occasion.Options{To: to, Queue: queue}); err != nil {
			return err
		}
		if c.json {
			return c.writeJSON(c.newReport(done, nil))
		}
		return nil
	}
	return command
}

// occasionFlag is the flag that says what to wait for.
type occasionFlag struct{ occasion.Occasion }

func (f *occasionFlag) String() string { return f.Kind }
func (f *occasionFlag) Type() string   { return "free|idle=DURATION|unlocked|logon|closed:PROGRAM" }
func (f *occasionFlag) Set(s string) (err error) {
	kind, value, _ := strings.Cut(s, "=")
	if program, ok := strings.CutPrefix(s, occasion.Closed+":"); ok {
		kind, value = occasion.Closed, program
	}
	f.Occasion = occasion.Occasion{Kind: kind}
	switch kind {
	case occasion.Idle:
		if f.For, err = parseDuration(value); err == nil && f.For == 0 {
			err = errors.New("it says for how long: idle=10m")
		}
		return err
	case occasion.Closed:
		if f.Program = value; value == "" || strings.ContainsAny(value, `/\`) {
			return errors.New("it names a program, without its directory: closed:excel.exe")
		}
		return nil
	case occasion.Free, occasion.Unlocked, occasion.Logon:
		if s == kind {
			return nil
		}
	}
	return fmt.Errorf("%q is not free, idle=DURATION, unlocked, logon or closed:PROGRAM", s)
}
