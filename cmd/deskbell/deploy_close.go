package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/internal/image"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/program"
)

// closing holds the flags of "deploy" that are about other programs.
type closing struct {
	programs, using  []string
	countdown        time.Duration
	lockWait         time.Duration
	force, reopen    bool
	block            bool
	unreachable, ask string
}

// Words of --ask.
const (
	askAlways    = "always"
	askIfRunning = "if-running"
)

func (c *closing) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringSliceVar(&c.programs, "close", nil, "programs that have to be closed: name of the file, path, or pattern")
	flags.StringArrayVar(&c.using, "close-using", nil, "folder: programs that use files there have to be closed, too")
	flags.Var(duration{&c.countdown}, "close-countdown", "time to close them (default 10m)")
	flags.BoolVar(&c.force, "close-force", false, "end by force what is still open then (default: try again later)")
	flags.BoolVar(&c.block, "block", false, "keep them from being opened again while it installs")
	flags.BoolVar(&c.reopen, "reopen", false, "start them again afterwards")
	flags.Var(&word{&c.unreachable, deploy.Unreachables()}, "unreachable-apps", "what to do with programs of somebody who cannot be asked (default wait)")
	flags.Var(&word{&c.ask, []string{askAlways, askIfRunning}}, "ask", "whether to ask where none of them runs (default always)")
	flags.Var(duration{&c.lockWait}, "lock-wait", "time to wait for another installation to end (default 10m for the installers of the system, else 0)")
	complete(command, "unreachable-apps", deploy.Unreachables())
	complete(command, "ask", []string{askAlways, askIfRunning})
}

// policy is what the flags say.
func (c *closing) policy(call *call) (p deploy.Closing, err error) {
	p = deploy.Closing{
		Countdown: cmp.Or(c.countdown, 10*time.Minute), Force: c.force, Block: c.block, Reopen: c.reopen,
		Unreachable: cmp.Or(c.unreachable, deploy.UnreachableWait), IfRunning: c.ask == askIfRunning,
	}
	if len(c.programs)+len(c.using) == 0 {
		if p.IfRunning {
			return p, &usageError{problem: "--ask if-running: of which programs is for --close to say"}
		}
		return p, nil
	}
	patterns, err := program.Parse(c.programs)
	if err != nil {
		return p, &usageError{problem: "--close: " + err.Error()}
	}
	p.Programs = deploy.Desktop{Patterns: patterns, Folders: c.using, Log: call.log(), Image: image.Ready}
	return p, nil
}

// locks says what keeps the installer waiting, and for how long.
func (c *closing) locks(installer string) (busy func() (string, error), wait time.Duration) {
	locks := deploy.Locks{Program: installer}
	switch {
	case c.lockWait > 0:
		locks.Program = ""
	case !locks.Known():
		return func() (string, error) { return "", nil }, 0
	}
	return locks.Busy, cmp.Or(c.lockWait, 10*time.Minute)
}

// closePrograms is a command for ourselves: it closes programs in the session that
// it is started in, as they can be asked from there alone.
func (c *call) closePrograms() *cobra.Command {
	return &cobra.Command{
		Use: deploy.CloseIn + " PID:STARTED…", Hidden: true, Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			for _, arg := range args {
				pid, started, _ := strings.Cut(arg, ":")
				n, err := strconv.Atoi(pid)
				if err != nil || n <= 0 || started == "" {
					return &usageError{problem: fmt.Sprintf("%q is not PID:STARTED", arg)}
				}
				p := program.Program{ID: process.ID{Pid: n, Started: started}}
				about, err := p.About()
				if errors.Is(err, fs.ErrNotExist) {
					continue // it has ended
				}
				if err == nil {
					p.Image, p.UID = about.Image, about.UID
					err = program.Close(p)
				}
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		},
	}
}
