// Package logging takes log/slog to where the system keeps its logs: the event
// log of Windows, the journal of systemd, or a file that CMTrace opens.
package logging

import (
	"context"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Sink is where entries go. It may be used by several goroutines at once.
type Sink interface {
	// Write records an entry whole or not at all.
	Write(Entry) error
	Close() error
}

// Entry is one line of a log.
type Entry struct {
	Time    time.Time
	Level   slog.Level
	Message string
	Attrs   []Attr
	File    string // base name of the source file; "" = not known
	Line    int
}

// Attr is an attribute with its groups in the name: "group.name".
type Attr struct{ Name, Value string }

// maxValue bounds what one attribute brings into a log, in bytes.
const maxValue = 4 << 10

// Text is the entry on one line, its attributes behind the message, in
// printable characters alone: whoever had a say in a value cannot forge a
// second entry.
func (e Entry) Text() string {
	var b strings.Builder
	b.WriteString(printable(e.Message))
	for _, a := range e.Attrs {
		b.WriteString(" " + printable(a.Name) + "=")
		if a.Value == "" || strings.ContainsAny(a.Value, " =\"") {
			b.WriteString(strconv.Quote(a.Value))
		} else {
			b.WriteString(printable(a.Value))
		}
	}
	return b.String()
}

// printable quotes a text that holds more than printable characters.
func printable(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			return strconv.Quote(s)
		}
	}
	return s
}

// truncate cuts a text to so many bytes, between characters.
func truncate(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const mark = "…"
	cut := most - len(mark)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + mark
}

// NewHandler returns a handler that gives a sink the records of at least a
// level. What Handle returns is the sink's error, which slog drops: a sink that
// may fail stands in front of another (Instead).
func NewHandler(sink Sink, level slog.Leveler) slog.Handler {
	return &handler{sink: sink, level: level}
}

type handler struct {
	sink   Sink
	level  slog.Leveler
	prefix string // of the groups that are open
	attrs  []Attr
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level.Level() }

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	e := Entry{Time: r.Time, Level: r.Level, Message: r.Message, Attrs: slices.Clone(h.attrs)}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	r.Attrs(func(a slog.Attr) bool {
		e.Attrs = flatten(e.Attrs, h.prefix, a)
		return true
	})
	if r.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
		e.File, e.Line = filepath.Base(frame.File), frame.Line
	}
	return h.sink.Write(e)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = slices.Clone(h.attrs)
	for _, a := range attrs {
		with.attrs = flatten(with.attrs, h.prefix, a)
	}
	return &with
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.prefix += name + "."
	return &with
}

// flatten appends an attribute, a group as its members (slog.Handler), and
// what is there already not once more.
func flatten(attrs []Attr, prefix string, a slog.Attr) []Attr {
	value := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
		return attrs
	case value.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range value.Group() {
			attrs = flatten(attrs, prefix, member)
		}
		return attrs
	}
	flat := Attr{prefix + a.Key, truncate(value.String(), maxValue)}
	if slices.Contains(attrs, flat) {
		return attrs
	}
	return append(attrs, flat)
}

// Instead returns a sink that gives second what first cannot take.
func Instead(first, second Sink) Sink { return &instead{first, second} }

type instead struct{ first, second Sink }

func (s *instead) Write(e Entry) error {
	err := s.first.Write(e)
	if err == nil {
		return nil
	}
	e.Attrs = append(slices.Clone(e.Attrs), Attr{"unlogged", err.Error()})
	return s.second.Write(e)
}

func (s *instead) Close() error {
	err := s.first.Close()
	if second := s.second.Close(); err == nil {
		err = second
	}
	return err
}
