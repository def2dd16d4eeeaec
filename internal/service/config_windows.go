package service

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/deskbell/deskbell/protocol"
)

// config is what the service manager knows of a service. mgr.Config has more,
// some of which Wine 8 does not know and refuses.
type config struct {
	kind, start          uint32
	command, account     string
	display, description string
	recovery             []mgr.RecoveryAction
	resetPeriod          uint32
	onError              bool
}

// config is how the service is to be.
func (d Definition) config(command string) config {
	display := "Deskbell"
	if d.Queue != protocol.DefaultQueue {
		display += " (queue " + d.Queue + ")"
	}
	return config{
		kind: windows.SERVICE_WIN32_OWN_PROCESS, start: mgr.StartAutomatic,
		command: command, account: "LocalSystem", display: display,
		description: "Asks the people at the screen what programs want to know, and brings back their answers.",
		// Where it ends and was not told to, it is started again, soon at first.
		// After a day without a failure they are counted anew.
		recovery: []mgr.RecoveryAction{
			{Type: mgr.ServiceRestart, Delay: 5 * time.Second},
			{Type: mgr.ServiceRestart, Delay: 30 * time.Second},
			{Type: mgr.ServiceRestart, Delay: time.Minute},
		},
		resetPeriod: 24 * 60 * 60,
		// One that ends with an error has failed too.
		onError: true,
	}
}

// configure writes how the service is to be.
func (d Definition) configure(s *mgr.Service, command string) error {
	c := d.config(command)
	text := func(s string) *uint16 { return windows.StringToUTF16Ptr(s) } // no NUL is in it
	err := windows.ChangeServiceConfig(s.Handle, c.kind, c.start, mgr.ErrorNormal,
		text(c.command), nil, nil, nil, text(c.account), nil, text(c.display))
	if err != nil {
		return fmt.Errorf("write its configuration: %w", err)
	}
	about := windows.SERVICE_DESCRIPTION{Description: text(c.description)}
	if err := windows.ChangeServiceConfig2(s.Handle, windows.SERVICE_CONFIG_DESCRIPTION, (*byte)(unsafe.Pointer(&about))); err != nil {
		return fmt.Errorf("write its description: %w", err)
	}
	if err := s.SetRecoveryActions(c.recovery, c.resetPeriod); err != nil {
		return fmt.Errorf("set what happens when it fails: %w", err)
	}
	if err := s.SetRecoveryActionsOnNonCrashFailures(c.onError); err != nil && !unknown(err) {
		return fmt.Errorf("set that an error is a failure: %w", err)
	}
	return nil
}

// unknown reports whether a part of the configuration is not known here, as
// some are not in Wine 8.
func unknown(err error) bool {
	return errors.Is(err, windows.ERROR_INVALID_LEVEL) || errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED)
}

// different says what configure would change; "" for nothing.
func (d Definition) different(s *mgr.Service, command string) (string, error) {
	is, err := configOf(s)
	if err != nil {
		return "", err
	}
	want := d.config(command)
	switch {
	case is.command != want.command:
		return "its command line is " + is.command, nil
	case is.kind != want.kind:
		return fmt.Sprintf("it is of type %#x", is.kind), nil
	case is.start != want.start:
		return "it does not start with the computer", nil
	case is.account != want.account:
		return "it runs as " + is.account, nil
	case is.display != want.display:
		return fmt.Sprintf("it is called %q", is.display), nil
	case is.description != want.description:
		return fmt.Sprintf("it is described as %q", is.description), nil
	}
	if is.recovery, err = s.RecoveryActions(); err == nil {
		is.resetPeriod, err = s.ResetPeriod()
	}
	if err == nil && (!slices.Equal(is.recovery, want.recovery) || is.resetPeriod != want.resetPeriod) {
		return "it is not started again as it should be when it fails", nil
	}
	if err == nil {
		is.onError, err = s.RecoveryActionsOnNonCrashFailures()
	}
	switch {
	case unknown(err):
	case err != nil:
		return "", fmt.Errorf("read what happens when it fails: %w", err)
	case is.onError != want.onError:
		return "it is not started again when it ends with an error", nil
	}
	return "", nil
}

// configOf reads what the service is, but for what happens when it fails.
func configOf(s *mgr.Service) (config, error) {
	buffer := make([]byte, 8<<10) // the most that QueryServiceConfig gives
	var needed uint32
	is := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buffer[0]))
	if err := windows.QueryServiceConfig(s.Handle, is, uint32(len(buffer)), &needed); err != nil {
		return config{}, fmt.Errorf("read its configuration: %w", err)
	}
	c := config{
		kind: is.ServiceType, start: is.StartType, command: windows.UTF16PtrToString(is.BinaryPathName),
		account: windows.UTF16PtrToString(is.ServiceStartName), display: windows.UTF16PtrToString(is.DisplayName),
	}
	buffer = make([]byte, 8<<10)
	if err := windows.QueryServiceConfig2(s.Handle, windows.SERVICE_CONFIG_DESCRIPTION, &buffer[0], uint32(len(buffer)), &needed); err != nil {
		return config{}, fmt.Errorf("read its description: %w", err)
	}
	about := (*windows.SERVICE_DESCRIPTION)(unsafe.Pointer(&buffer[0]))
	c.description = windows.UTF16PtrToString(about.Description)
	return c, nil
}
