package logging

import (
	"fmt"
	"log/slog"
)

// Source is the name under which events are in the Application log.
const Source = "Deskbell"

// maxEvent bounds the text of an event, in bytes: an event takes 31,839
// characters (ReportEvent).
const maxEvent = 30_000

// reporter reports events; *eventlog.Log of golang.org/x/sys is one.
type reporter interface {
	Info(id uint32, text string) error
	Warning(id uint32, text string) error
	Error(id uint32, text string) error
	Close() error
}

// EventLog is the event log of Windows.
type EventLog struct{ log reporter }

// Write reports an entry as an event.
func (l *EventLog) Write(e Entry) error {
	report := l.log.Info
	switch {
	case e.Level >= slog.LevelError:
		report = l.log.Error
	case e.Level >= slog.LevelWarn:
		report = l.log.Warning
	}
	if err := report(eventOf(e), truncate(e.Text(), maxEvent)); err != nil {
		return fmt.Errorf("report an event: %w", err)
	}
	return nil
}

// Close gives the log back.
func (l *EventLog) Close() error { return l.log.Close() }
