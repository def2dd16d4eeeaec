package logging

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"
)

// memory is a sink that keeps what it is given, or fails.
type memory struct {
	mu      sync.Mutex
	entries []Entry
	fails   error
	closed  bool
}

func (m *memory) Write(e Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return m.fails
	}
	m.entries = append(m.entries, e)
	return nil
}

func (m *memory) Close() error { m.closed = true; return nil }

// unfold makes of "a.b" the map that slogtest looks for.
func unfold(e Entry) map[string]any {
	all := map[string]any{slog.LevelKey: e.Level, slog.MessageKey: e.Message}
	for _, a := range e.Attrs {
		into, name := all, a.Name
		for {
			group, rest, ok := strings.Cut(name, ".")
			if !ok {
				break
			}
			if into[group] == nil {
				into[group] = map[string]any{}
			}
			into, name = into[group].(map[string]any), rest
		}
		into[name] = a.Value
	}
	return all
}

// TestHandler is what log/slog asks of a handler, but for one thing: an entry
// without a time gets one, as no log can hold it else.
func TestHandler(t *testing.T) {
	var sink *memory
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		sink = &memory{}
		return NewHandler(sink, slog.LevelInfo)
	}, func(t *testing.T) map[string]any {
		if len(sink.entries) != 1 {
			t.Fatalf("there are %d entries, want 1", len(sink.entries))
		}
		all := unfold(sink.entries[0])
		if !strings.HasSuffix(t.Name(), "/zero-time") {
			all[slog.TimeKey] = sink.entries[0].Time
		}
		return all
	})
}

func TestLevel(t *testing.T) {
	sink := &memory{}
	log := slog.New(NewHandler(sink, slog.LevelWarn))
	log.Info("no")
	log.Warn("yes")
	if len(sink.entries) != 1 || sink.entries[0].Message != "yes" {
		t.Errorf("it has %v", sink.entries)
	}
	if e := sink.entries[0]; e.File != "handler_test.go" || e.Line == 0 {
		t.Errorf("it comes from %s:%d", e.File, e.Line)
	}
}

func TestOnce(t *testing.T) {
	sink := &memory{}
	slog.New(NewHandler(sink, slog.LevelInfo)).With("queue", "q").Info("attending", "queue", "q", "session", "1")
	if got, want := sink.entries[0].Text(), "attending queue=q session=1"; got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
}

func TestText(t *testing.T) {
	for want, e := range map[string]Entry{
		`shown id=a1`:               {Message: "shown", Attrs: []Attr{{"id", "a1"}}},
		`shown title="two words"`:   {Message: "shown", Attrs: []Attr{{"title", "two words"}}},
		`shown empty=""`:            {Message: "shown", Attrs: []Attr{{"empty", ""}}},
		`read err="a\nshown id=b"`:  {Message: "read", Attrs: []Attr{{"err", "a\nshown id=b"}}},
		`"read\nshown" x="\x1b[2J"`: {Message: "read\nshown", Attrs: []Attr{{"x", "\x1b[2J"}}},
		`read x="\u202egnp"`:        {Message: "read", Attrs: []Attr{{"x", "\u202egnp"}}},
		`read x="\xff"`:             {Message: "read", Attrs: []Attr{{"x", "\xff"}}},
		`ä b=ö`:                     {Message: "ä", Attrs: []Attr{{"b", "ö"}}},
	} {
		if got := e.Text(); got != want {
			t.Errorf("%#v is %s, want %s", e, got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, most := range []int{3, 4, 5, 6, 7, 8, 9} {
		got := truncate("ääääää", most)
		if len(got) > most || !strings.HasSuffix(got, "…") || strings.ContainsRune(got, '\uFFFD') {
			t.Errorf("to %d bytes: %q", most, got)
		}
	}
	if got := truncate("ää", 4); got != "ää" {
		t.Errorf("what fits became %q", got)
	}
	sink := &memory{}
	slog.New(NewHandler(sink, slog.LevelInfo)).Info("x", "long", strings.Repeat("y", 1<<20))
	if n := len(sink.entries[0].Attrs[0].Value); n != maxValue {
		t.Errorf("a value has %d bytes", n)
	}
}

func TestInstead(t *testing.T) {
	first, second := &memory{}, &memory{}
	both := Instead(first, second)
	write := func(message string) {
		t.Helper()
		if err := both.Write(Entry{Time: time.Now(), Message: message}); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	first.fails = errors.New("no room")
	write("two")
	if len(first.entries) != 1 || len(second.entries) != 1 {
		t.Fatalf("they have %v and %v", first.entries, second.entries)
	}
	if got, want := second.entries[0].Text(), `two unlogged="no room"`; got != want {
		t.Errorf("the second has %s, want %s", got, want)
	}
	second.fails = errors.New("nor here")
	if err := both.Write(Entry{}); !errors.Is(err, second.fails) {
		t.Errorf("where neither takes it: %v", err)
	}
	if err := both.Close(); err != nil || !first.closed || !second.closed {
		t.Errorf("closed: %v, %v, %v", first.closed, second.closed, err)
	}
}
