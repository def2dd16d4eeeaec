package logging

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// recorder is an event log that keeps what it is told.
type recorder struct {
	events []string
	fails  error
}

func (r *recorder) add(kind string, id uint32, text string) error {
	r.events = append(r.events, fmt.Sprint(kind, " ", id, " ", text))
	return r.fails
}

func (r *recorder) Info(id uint32, text string) error    { return r.add("info", id, text) }
func (r *recorder) Warning(id uint32, text string) error { return r.add("warning", id, text) }
func (r *recorder) Error(id uint32, text string) error   { return r.add("error", id, text) }
func (r *recorder) Close() error                         { return nil }

func TestEventLog(t *testing.T) {
	recorded := &recorder{}
	log := slog.New(NewHandler(&EventLog{recorded}, slog.LevelInfo))
	log.Info("attending", "queue", "q")
	log.Info("put", "id", "a")
	log.Info("claimed", "id", "a")
	log.Info("shown", "id", "a")
	log.Info("updated", "id", "a")
	log.Info("answered", "id", "a", "button", 1)
	log.Info("withdrawn", "id", "b")
	log.Info("something else")
	log.Debug("not this")
	log.Warn("sweep", "err", errors.New("no\x00thing"))
	log.Error("reply", "err", strings.Repeat("x", 100))
	want := []string{
		"info 101 attending queue=q", "info 110 put id=a", "info 111 claimed id=a", "info 112 shown id=a",
		"info 113 updated id=a", "info 120 answered id=a button=1", "info 121 withdrawn id=b",
		"info 100 something else", `warning 500 sweep err="no\x00thing"`, "error 900 reply err=" + strings.Repeat("x", 100),
	}
	if !slices.Equal(recorded.events, want) {
		t.Errorf("it has\n%q, want\n%q", recorded.events, want)
	}
	recorded.fails = errors.New("the log is full")
	if err := (&EventLog{recorded}).Write(Entry{}); !errors.Is(err, recorded.fails) {
		t.Errorf("a failure is %v", err)
	}
}

// TestEvents keeps the numbers different, and those that EventCreate.exe has.
func TestEvents(t *testing.T) {
	seen := map[uint32]string{eventStep: "", eventWarning: "", eventError: ""}
	for step, id := range events {
		if other, ok := seen[id]; ok || id < 1 || id > 1000 {
			t.Errorf("%q and %q are %d", step, other, id)
		}
		seen[id] = step
	}
}
