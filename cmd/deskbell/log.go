package main

import (
	"log/slog"
	"os"

	"github.com/deskbell/deskbell/internal/logging"
)

// Ways of a monitor to log.
const (
	logText   = "text"
	logJSON   = "json"
	logSystem = "system"
	logFile   = "file"
	logNone   = "none"
)

var logs = []string{logText, logJSON, logSystem, logFile, logNone}

// monitorLog is how the monitor of a queue logs: as text on stderr where no
// form is given, but to the journal itself where stderr goes there already. A
// log that is not to be had is no reason not to attend: then it is stderr too.
// What it returns besides ends it.
func (c *call) monitorLog(form, queue string) (log *slog.Logger, end func() error) {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if c.debug {
		options.Level = slog.LevelDebug
	}
	end = func() error { return nil }
	both := c.debug && form != ""
	if form == "" && c.stderr == os.Stderr && logging.InSystem() {
		form = logSystem
	}
	var sink logging.Sink
	var err error
	switch form {
	case logNone:
		return slog.New(slog.DiscardHandler), end
	case logJSON:
		return slog.New(slog.NewJSONHandler(c.stderr, options)), end
	case logSystem:
		sink, err = logging.System(queue)
	case logFile:
		sink, err = logging.UserFile(queue)
	}
	if sink == nil || err != nil {
		log = slog.New(slog.NewTextHandler(c.stderr, options))
		if err != nil {
			log.Warn("log to stderr instead", "err", err)
		}
		return log, end
	}
	handler := logging.NewHandler(sink, options.Level)
	if both { // the console shows the trace too
		handler = slog.NewMultiHandler(handler, slog.NewTextHandler(c.stderr, options))
	}
	return slog.New(handler).With("queue", queue), sink.Close
}
