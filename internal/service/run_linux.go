package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/deskbell/deskbell/internal/session"
)

// run tells systemd how it goes, where systemd waits to hear it (sd_notify(3)).
func run(ctx context.Context, _ Definition, work Work) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := session.Changes(ctx)
	if err != nil {
		return err
	}
	stopping := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { stopping <- notify(daemon.SdNotifyStopping) })
	var told error
	err = serve(ctx, work, changes, func() { told = notify(daemon.SdNotifyReady) })
	if !stop() {
		told = errors.Join(told, <-stopping)
	}
	if err != nil {
		// One line, as the protocol of sd_notify has it.
		told = errors.Join(told, notify("STATUS="+strings.Join(strings.Fields(err.Error()), " ")))
	}
	return errors.Join(err, told)
}

func notify(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	return nil
}
