package logging

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/eventlog"
)

const sourceKey = `SYSTEM\CurrentControlSet\Services\EventLog\Application\` + Source

// Register makes Deskbell a source of the Application log, which needs
// administrator rights; it may be one already.
func Register() error {
	if registered() {
		return nil
	}
	if err := eventlog.InstallAsEventCreate(Source, eventlog.Info|eventlog.Warning|eventlog.Error); err != nil {
		return fmt.Errorf("register the event source %s: %w", Source, err)
	}
	return nil
}

// Unregister undoes Register; the source may be gone already.
func Unregister() error {
	if err := eventlog.Remove(Source); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("remove the event source %s: %w", Source, err)
	}
	return nil
}

// registered reports whether the source is there. Without it events are
// taken, but have no text.
func registered() bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, sourceKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	return key.Close() == nil
}

func openEventLog() (*EventLog, error) {
	log, err := eventlog.Open(Source)
	if err != nil {
		return nil, fmt.Errorf("open the event log: %w", err)
	}
	return &EventLog{log}, nil
}
