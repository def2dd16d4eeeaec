package logging

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSystem goes through registration. Wine takes events and shows them to
// nobody: what is in them is shown with a recorder instead.
func TestSystem(t *testing.T) {
	t.Setenv("LOCALAPPDATA", t.TempDir())
	path := filepath.Join(os.Getenv("LOCALAPPDATA"), "Deskbell", "q.log")
	write := func() Sink {
		t.Helper()
		sink, err := System("q")
		if err != nil {
			t.Fatal(err)
		}
		if err := slog.New(NewHandler(sink, slog.LevelInfo)).Handler().Handle(t.Context(), slog.Record{Message: "attending"}); err != nil {
			t.Error(err)
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
		return sink
	}
	if err := Unregister(); err != nil {
		t.Fatal(err)
	}
	if _, ok := write().(*File); !ok {
		t.Error("it is no file without the source")
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), "<![LOG[attending]LOG]!>") {
		t.Errorf("the file has %q, %v", data, err)
	}
	for range 2 {
		if err := Register(); err != nil {
			t.Fatal(err)
		}
	}
	if both, ok := write().(*instead); !ok {
		t.Error("it is not the event log with the source")
	} else if _, ok := both.first.(*EventLog); !ok {
		t.Errorf("it is %T", both.first)
	}
	if again, err := os.ReadFile(path); err != nil || len(again) != len(data) {
		t.Errorf("the file has %q besides, %v", again, err)
	}
	for range 2 {
		if err := Unregister(); err != nil {
			t.Error(err)
		}
	}
	if registered() {
		t.Error("the source is still there")
	}
}
