package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/occasion"
	"github.com/deskbell/deskbell/internal/service"
	"github.com/deskbell/deskbell/internal/setup"
	"github.com/deskbell/deskbell/protocol"
)

// Exit styles.
const (
	stylePosix = "posix"
	styleMSI   = "msi"
)

// Outcomes of a command besides those of a delivery.
const (
	done        delivery.Outcome = "done"        // nothing was to be answered
	usage       delivery.Outcome = "usage"       // a mistake in the command line
	attended    delivery.Outcome = "attended"    // a monitor is there already
	unsupported delivery.Outcome = "unsupported" // this computer has nothing that could do it
	findings    delivery.Outcome = "findings"    // not all is as it should be
	idInUse     delivery.Outcome = "id-in-use"   // another message has the id
	full        delivery.Outcome = "no-space"    // no room for the message
	readOnly    delivery.Outcome = "read-only"   // nothing can be written there
	internal    delivery.Outcome = "error"
	ours        delivery.Outcome = "not-started"    // around a command: before it ran
	notRunnable delivery.Outcome = "not-executable" // the command cannot be executed
	notFound    delivery.Outcome = "not-found"      // the command is not there
)

// exitStatus holds the two exit statuses of an outcome.
type exitStatus struct{ posix, msi int }

// Windows Installer's statuses (winerror.h).
const (
	errorInstallUserExit = 1602 // declined or put off
	errorInstallFailure  = 1603 // it could not be done at all
	errorInstallRunning  = 1618 // nobody could be asked now, try again
	errorCommandLine     = 1639
)

// exits is the one table of exit statuses.
var exits = map[delivery.Outcome]exitStatus{
	done:                  {0, 0},
	delivery.Answered:     {0, 0}, // declined: exitDeclined
	delivery.Dismissed:    exitDeclined,
	delivery.TimedOut:     {5, errorInstallRunning},
	delivery.Expired:      {75, errorInstallRunning},
	delivery.Skipped:      {75, errorInstallRunning},
	delivery.Over:         {75, errorInstallRunning},
	delivery.Withdrawn:    {75, errorInstallRunning},
	delivery.Nobody:       {69, errorInstallRunning},
	delivery.NoMonitor:    {69, errorInstallRunning},
	delivery.Failed:       {69, errorInstallRunning},
	delivery.Rejected:     {65, errorInstallFailure},
	delivery.Interrupted:  {130, errorInstallUserExit},
	delivery.Broken:       {70, errorInstallFailure},
	attended:              {3, 3},
	usage:                 {64, errorCommandLine},
	delivery.NotLoggedOn:  {69, errorInstallRunning},
	delivery.LoggedOff:    {69, errorInstallRunning},
	delivery.SetUp:        {75, errorInstallRunning},
	delivery.Locked:       {75, errorInstallRunning},
	delivery.Disconnected: {75, errorInstallRunning},
	delivery.Busy:         {75, errorInstallRunning},
	delivery.Denied:       {77, errorInstallFailure},
	delivery.Refused:      {77, errorInstallFailure},
	delivery.Told:         {69, errorInstallRunning}, // where nothing was asked: done
	unsupported:           {69, errorInstallRunning},
	findings:              {1, errorInstallFailure},
	idInUse:               {64, errorCommandLine},
	full:                  {70, errorInstallFailure},
	readOnly:              {70, errorInstallFailure},
	internal:              {70, errorInstallFailure},
	ours:                  {125, 125},
	notRunnable:           {126, 126},
	notFound:              {127, 127},
}

var exitDeclined = exitStatus{1, errorInstallUserExit}

const exitHelp = `Exit status: 0 agreed, 1 declined, 3 a monitor is there already, 5 timeout,
64 usage, 65 rejected, 69 nobody attends or it could not be shown, 70 internal
error, 75 not now, 77 not permitted or refused by policy, 130 interrupted.`

// exitOf returns the exit status of an outcome; an answered message is agreed
// to or declined by the button of its reply.
func exitOf(outcome delivery.Outcome, button int, style string) int {
	status := exits[outcome]
	if outcome == delivery.Answered && button != protocol.NoButton && !protocol.Agreed(button) {
		status = exitDeclined
	}
	if style == styleMSI {
		return status.msi
	}
	return status.posix
}

// exitOfResult returns the exit status of the result that counts.
func exitOfResult(r delivery.Result, style string) int {
	switch r.CountsAs {
	case protocol.AbsentYes:
		return exitOf(done, protocol.NoButton, style)
	case protocol.AbsentNo:
		return exitOf(delivery.Dismissed, protocol.NoButton, style)
	}
	if r.Outcome == delivery.Told && r.Err == nil {
		return exitOf(done, protocol.NoButton, style)
	}
	return exitOf(r.Outcome, r.Reply.Button, style)
}

// outcomeOf says what an error comes to.
func outcomeOf(err error) delivery.Outcome {
	var (
		mistake *usageError
		field   *protocol.FieldError
		taken   *mailbox.AttendedError
		launch  *delivery.LaunchError
		command *commandError
		said    *monitorError
		private *setup.PrivateError
		absent  *delivery.AbsentError
	)
	switch {
	case errors.As(err, &command):
		return command.outcome
	case errors.As(err, &mistake), errors.As(err, &private):
		return usage
	case errors.As(err, &taken):
		return attended
	case errors.Is(err, service.ErrNoManager):
		return unsupported
	case errors.As(err, &field):
		return delivery.Rejected
	case errors.As(err, &launch):
		return delivery.NoMonitor
	case errors.As(err, &said), errors.Is(err, dialog.ErrUnavailable):
		return delivery.NoMonitor
	case errors.As(err, &absent) && absent.SetUp != "":
		return delivery.SetUp
	case absent != nil:
		return delivery.NotLoggedOn
	case errors.Is(err, occasion.ErrOver):
		return delivery.Over
	case errors.Is(err, delivery.ErrNobody):
		return delivery.Nobody
	case errors.Is(err, context.Canceled):
		return delivery.Interrupted
	case mailbox.Full(err):
		return full
	case mailbox.ReadOnly(err):
		return readOnly
	case errors.Is(err, fs.ErrExist):
		return idInUse
	case errors.Is(err, fs.ErrPermission):
		return delivery.Denied
	}
	return internal
}
