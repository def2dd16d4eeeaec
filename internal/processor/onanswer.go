package processor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/deskbell/deskbell/internal/child"
	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// OnAnswer runs the programs of administrators that get a reply in the place of
// its sender.
type OnAnswer struct {
	Queue string
	// Trusted says why a program must not be started; nil = trust.AdminsOnly.
	Trusted func(path string) error
	Limit   time.Duration // 0 = 10 minutes
}

// Run runs the program with the reply as one line of JSON on its input and
// blocks until it has ended; cancelling ctx ends it and all that it has started.
// The error says why it was refused, or that it did not end with status 0.
func (o OnAnswer) Run(ctx context.Context, program string, reply protocol.Fields) error {
	if !filepath.IsAbs(program) {
		return fmt.Errorf("%s is not started: it is not a whole path", program)
	}
	trusted := o.Trusted
	if trusted == nil {
		trusted = trust.AdminsOnly
	}
	if err := trusted(program); err != nil {
		return fmt.Errorf("%s is not started: %w", program, err)
	}
	line, err := json.Marshal(reply)
	if err != nil {
		return fmt.Errorf("write the reply for %s: %w", program, err)
	}
	limit := cmp.Or(o.Limit, execLimit)
	running, end := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%s ran for longer than %v", program, limit))
	defer end()
	p, err := child.Start(running, child.Command{
		Path: program, Env: environment(o.Queue), Dir: filepath.Dir(program), Grace: execGrace,
	})
	if err != nil {
		return err
	}
	p.Send(line)
	p.CloseInput()
	err = p.Wait()
	if running.Err() != nil {
		return errors.Join(context.Cause(running), err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return nil
}
