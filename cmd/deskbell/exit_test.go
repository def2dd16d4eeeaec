package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/service"
	"github.com/deskbell/deskbell/internal/setup"
	"github.com/deskbell/deskbell/protocol"
)

// TestExitStatus is the table of exit statuses: every outcome, with each
// button where one counts, in each style.
func TestExitStatus(t *testing.T) {
	const none = protocol.NoButton
	tests := []struct {
		outcome    delivery.Outcome
		button     int
		posix, msi int
	}{
		{delivery.Answered, none, 0, 0},
		{delivery.Answered, protocol.ButtonOK, 0, 0},
		{delivery.Answered, protocol.ButtonCancel, 1, 1602},
		{delivery.Answered, protocol.ButtonAbort, 1, 1602},
		{delivery.Answered, protocol.ButtonRetry, 0, 0},
		{delivery.Answered, protocol.ButtonIgnore, 1, 1602},
		{delivery.Answered, protocol.ButtonYes, 0, 0},
		{delivery.Answered, protocol.ButtonNo, 1, 1602},
		{delivery.Answered, protocol.ButtonTryAgain, 0, 0},
		{delivery.Answered, protocol.ButtonContinue, 0, 0},
		{delivery.Answered, protocol.ButtonCustom, 0, 0},
		{delivery.Answered, protocol.ButtonCustom + 1, 1, 1602},
		{delivery.Dismissed, none, 1, 1602},
		{delivery.TimedOut, none, 5, 1618},
		{delivery.Expired, none, 75, 1618},
		{delivery.Skipped, none, 75, 1618},
		{delivery.Over, none, 75, 1618},
		{delivery.Withdrawn, none, 75, 1618},
		{delivery.Rejected, none, 65, 1603},
		{delivery.Failed, none, 69, 1618},
		{delivery.Nobody, none, 69, 1618},
		{delivery.NoMonitor, none, 69, 1618},
		{delivery.Interrupted, none, 130, 1602},
		{delivery.Broken, none, 70, 1603},
		{done, none, 0, 0},
		{attended, none, 3, 3},
		{usage, none, 64, 1639},
		{delivery.Denied, none, 77, 1603},
		{delivery.Refused, none, 77, 1603},
		{delivery.Told, none, 69, 1618},
		{delivery.NotLoggedOn, none, 69, 1618},
		{delivery.LoggedOff, none, 69, 1618},
		{delivery.SetUp, none, 75, 1618},
		{delivery.Locked, none, 75, 1618},
		{delivery.Disconnected, none, 75, 1618},
		{delivery.Busy, none, 75, 1618},
		{unsupported, none, 69, 1618},
		{findings, none, 1, 1603},
		{internal, none, 70, 1603},
		{idInUse, none, 64, 1639},
		{full, none, 70, 1603},
		{readOnly, none, 70, 1603},
		{ours, none, 125, 125},
		{notRunnable, none, 126, 126},
		{notFound, none, 127, 127},
	}
	tested := map[delivery.Outcome]bool{}
	for _, test := range tests {
		tested[test.outcome] = true
		if got := exitOf(test.outcome, test.button, stylePosix); got != test.posix {
			t.Errorf("%s, button %d, posix: exit status %d, want %d", test.outcome, test.button, got, test.posix)
		}
		if got := exitOf(test.outcome, test.button, ""); got != test.posix {
			t.Errorf("%s, button %d, no style: exit status %d, want %d", test.outcome, test.button, got, test.posix)
		}
		if got := exitOf(test.outcome, test.button, styleMSI); got != test.msi {
			t.Errorf("%s, button %d, msi: exit status %d, want %d", test.outcome, test.button, got, test.msi)
		}
	}
	for outcome := range exits {
		if !tested[outcome] {
			t.Errorf("the exit status of %s is not tested", outcome)
		}
	}
	for _, outcome := range delivery.Outcomes() {
		if _, ok := exits[outcome]; !ok {
			t.Errorf("outcome %s has no exit status", outcome)
		}
	}
}

// TestStatusIsOutcome keeps every final status of the protocol an outcome.
func TestStatusIsOutcome(t *testing.T) {
	for _, status := range []protocol.Status{
		protocol.StatusAnswered, protocol.StatusTimeout, protocol.StatusDismissed, protocol.StatusExpired,
		protocol.StatusSkipped, protocol.StatusRejected, protocol.StatusFailed,
	} {
		if _, ok := exits[delivery.Outcome(status)]; !ok {
			t.Errorf("status %s has no exit status", status)
		}
	}
}

func TestOutcomeOfError(t *testing.T) {
	for _, test := range []struct {
		err  error
		want delivery.Outcome
	}{
		{&usageError{problem: "x"}, usage},
		{fs.ErrExist, idInUse},
		{&protocol.FieldError{Field: "Type"}, delivery.Rejected},
		{&mailbox.AttendedError{Pid: 1}, attended},
		{&delivery.LaunchError{Err: fs.ErrNotExist}, delivery.NoMonitor},
		{&monitorError{said: "x"}, delivery.NoMonitor},
		{&setup.PrivateError{Dir: "x"}, usage},
		{service.ErrNoManager, unsupported},
		{&service.PermissionError{Err: fs.ErrPermission}, delivery.Denied},
		{&setup.UntrustedError{Err: fs.ErrNotExist}, delivery.Denied},
		{dialog.ErrUnavailable, delivery.NoMonitor},
		{delivery.ErrNobody, delivery.Nobody},
		{fs.ErrPermission, delivery.Denied},
		{context.Canceled, delivery.Interrupted},
		{&commandError{notFound, errors.New("x")}, notFound},
		{&commandError{ours, delivery.ErrNobody}, ours},
		{errors.New("x"), internal},
	} {
		if got := outcomeOf(fmt.Errorf("what failed: %w", test.err)); got != test.want {
			t.Errorf("%T: outcome %s, want %s", test.err, got, test.want)
		}
	}
}

func TestLineOfMSI(t *testing.T) {
	p := msiPackage{file: `C:\My Files\a.msi`, properties: []string{`INSTALLDIR=C:\My App`, `NOTE=say "hi"`}, transforms: []string{"a.mst", "b.mst"}}
	got, err := p.line(`C:\Logs\a.log`)
	const want = `msiexec.exe /i "C:\My Files\a.msi" TRANSFORMS="a.mst;b.mst" INSTALLDIR="C:\My App" NOTE="say ""hi""" /qn /norestart /l*v "C:\Logs\a.log"`
	if err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	if got, err := p.propertyLine(); err != nil || !strings.Contains(want, " "+got+" ") {
		t.Errorf("properties %s, %v", got, err)
	}
	if _, err := (msiPackage{file: "a.msi", properties: []string{"no value"}}).line(""); err == nil {
		t.Error("a property without a value is taken")
	}
}
