package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"

	"github.com/deskbell/deskbell/internal/session"
)

const (
	// Look is the control that has the service look at the sessions again. No
	// more comes of it, and so it does not matter who sends it. Wine, which
	// tells services of no session, is told by it.
	Look = svc.Cmd(200)

	// hint is how long the service manager is to wait for the next word.
	hint = time.Minute
	// failed is the exit code of a service whose work failed, of its own
	// numbers.
	failed = 1
)

// run asks for the service manager's controls, and goes on in the foreground
// where it was not the service manager who started us. Who is not managed does not
// even ask: Wine gives the controls to whoever does, while it waits for any service
// that it has started, and ends him with that.
func run(ctx context.Context, d Definition, work Work) error {
	if !d.Managed {
		managed, err := svc.IsWindowsService()
		if err != nil {
			return fmt.Errorf("find out who started the service: %w", err)
		}
		if !managed {
			return foreground(ctx, work)
		}
	}
	h := &handler{ctx: context.WithoutCancel(ctx), work: work}
	err := svc.Run(d.name(), h)
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		return foreground(ctx, work)
	}
	if err != nil {
		return fmt.Errorf("run as the service %s: %w", d.name(), err)
	}
	return h.err
}

func foreground(ctx context.Context, work Work) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := session.Changes(ctx)
	if err != nil {
		return err
	}
	return serve(ctx, work, changes, func() {})
}

// handler is the service as the service manager controls it. Its context ends by
// a control only: a console's events, such as that somebody logs off, are not
// meant for it.
type handler struct {
	ctx  context.Context
	work Work
	err  error // of the work, once Execute has returned
}

// Execute does the work and obeys. It reads requests until it returns, as
// svc.Handler wants it.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	pending := svc.Status{State: svc.StartPending, WaitHint: uint32(hint.Milliseconds())}
	status <- pending
	if h.err = dropPrivileges(); h.err != nil {
		return true, failed
	}
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	changes := make(chan struct{}, 1)
	ready := make(chan struct{})
	done := make(chan error, 1)
	go func() { done <- serve(ctx, h.work, changes, func() { close(ready) }) }()
	for {
		select {
		case <-ready:
			ready = nil
			if ctx.Err() == nil {
				status <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown | svc.AcceptSessionChange}
			}
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				status <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				pending.State = svc.StopPending
				status <- pending
				cancel()
			case svc.SessionChange, Look:
				select {
				case changes <- struct{}{}:
				default: // one waits already
				}
			}
		case h.err = <-done:
			if h.err != nil {
				return true, failed
			}
			return false, 0
		}
	}
}
