package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/protocol"
)

// call is one run of the program: its streams, the flags that every command
// has, and the exit status it comes to.
type call struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	programs       processor.Programs // queue and user are the monitor's to add
	// administrator says why this process has not the rights to install; nil =
	// to look whether it has.
	administrator func() error

	queue string
	debug bool
	json  bool
	out   string
	style string

	exit    int
	closers []func() // what has to be done before the program ends, after it has answered
}

// run executes args and returns the exit status. Whatever goes wrong has been
// told when it returns.
func (c *call) run(ctx context.Context, args []string) int {
	root := c.root()
	args = modern(args)
	root.SetArgs(args)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	command, rest, err := root.Find(args)
	if err == nil {
		c.json = command.Annotations[alwaysJSON] != ""
		err = prepareFlags(command, rest)
	}
	if err == nil {
		command, err = root.ExecuteContextC(ctx)
	} else {
		err = usageOf(root, err, args)
	}
	if err != nil {
		c.anticipate(args)
		c.fail(command, err)
	}
	for _, end := range c.closers {
		end()
	}
	return c.exit
}

// alwaysJSON marks a command that has no other output.
const alwaysJSON = "json"

// anticipate reads the flags that say how a failure is told, as the failure
// may be that the flags could not be read.
func (c *call) anticipate(args []string) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.SetOutput(io.Discard)
	c.answerFlags(flags)
	for i, arg := range args {
		if arg == "--" {
			args = args[:i]
			break
		}
	}
	for i, arg := range args {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if strings.HasPrefix(arg, "--") && flags.Lookup(name) != nil {
			if err := flags.Parse(args[i:min(i+2, len(args))]); err != nil {
				continue // told already as the error of the command
			}
		}
	}
}

func (c *call) root() *cobra.Command {
	cobra.MousetrapHelpText = ""
	cobra.EnableCommandSorting = false
	root := &cobra.Command{
		Use:           "deskbell",
		Short:         "Ask the people at the screen something, from any program",
		Long:          "Deskbell lets a program that has no desktop ask the people at the screen\nsomething and get their answer.\n\n" + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(command, args[0])
			}
			return command.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	flags := root.PersistentFlags()
	flags.StringVar(&c.queue, "queue", "", "name of the queue (default DESKBELL_QUEUE, else the name of this executable)")
	flags.BoolVar(&c.debug, "debug", false, "tell on stderr what is going on")
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(&cobra.Group{ID: "ask", Title: "Talk to the user:"}, &cobra.Group{ID: "attend", Title: "Attend and look:"},
		&cobra.Group{ID: "computer", Title: "For the whole computer:"})
	for _, command := range []*cobra.Command{c.ask(), c.input(), c.choose(), c.notify(), c.progress(), c.deploy(), c.detect(), c.closePrograms(), c.installMSI(), c.send(), c.await(), c.wait()} {
		command.GroupID = "ask"
		root.AddCommand(command)
	}
	for _, command := range []*cobra.Command{c.monitor(), c.autostart(), c.status(), c.history(), c.doctor(), c.conformance(), c.demo(), c.version()} {
		command.GroupID = "attend"
		root.AddCommand(command)
	}
	for _, command := range []*cobra.Command{c.install(), c.reinstall(), c.uninstall(), c.service()} {
		command.GroupID = "computer"
		root.AddCommand(command)
	}
	addManual(root)
	return root
}

// answerFlags are the flags that say how the outcome is told.
func (c *call) answerFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&c.json, "json", c.json, "print one JSON object, also on failure")
	flags.StringVar(&c.out, "out", c.out, "write the answer to this file instead of stdout")
	flags.Var(&word{&c.style, styles()}, "exit-style", "exit statuses as listed here (posix) or, on Windows, as Windows Installer's (msi)")
}

// queueName is the queue to use: --queue, DESKBELL_QUEUE, or the executable's.
func (c *call) queueName() (string, error) {
	name, from := c.queue, "--queue"
	if name == "" {
		name, from = os.Getenv("DESKBELL_QUEUE"), "DESKBELL_QUEUE"
	}
	if name != "" {
		queue, err := protocol.ParseQueue(name)
		if err != nil {
			return "", &usageError{problem: from + ": " + err.Error()}
		}
		return queue, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the name of this program: %w", err)
	}
	return protocol.QueueOf(self), nil
}

// log tells on stderr what goes on when --debug asks for it.
func (c *call) log() *slog.Logger {
	if !c.debug {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// usageError is a mistake in the command line.
type usageError struct{ problem, hint string }

func (e *usageError) Error() string { return e.problem }

// usageOf makes a usage error of what cobra says about a command line.
func usageOf(root *cobra.Command, err error, args []string) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return err
	}
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return unknownCommand(root, arg)
		}
	}
	return &usageError{problem: err.Error()}
}

func unknownCommand(root *cobra.Command, name string) error {
	e := &usageError{problem: fmt.Sprintf("%q is no command", name), hint: "deskbell --help lists them"}
	var names []string
	for _, command := range root.Commands() {
		if command.IsAvailableCommand() {
			names = append(names, command.Name())
		}
	}
	if near := nearest(name, names); near != "" {
		e.hint = "did you mean " + near + "?"
	}
	return e
}
