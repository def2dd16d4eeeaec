package logging

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// appendTo has the test program append to a log of this path instead of
// testing.
const appendTo = "DESKBELL_TEST_APPEND"

const appended = 300 // entries

func TestMain(m *testing.M) {
	if path := os.Getenv(appendTo); path != "" {
		f := &File{Path: path, Component: "q", Max: 20_000}
		for i := range appended {
			err := errFull
			for errors.Is(err, errFull) { // another is about to rename it, who is not waited for
				err = f.Write(Entry{Time: time.Now(), Message: "step", Attrs: []Attr{{"n", strconv.Itoa(i)}}})
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		return
	}
	os.Exit(m.Run())
}

func TestFormatCMTrace(t *testing.T) {
	at := time.Date(2026, 1, 31, 16, 5, 9, 7e6, time.FixedZone("", 3600))
	for _, test := range []struct {
		e    Entry
		want string
	}{
		{
			Entry{Time: at, Message: "shown", Attrs: []Attr{{"id", "a"}}, File: "act.go", Line: 7},
			`<![LOG[shown id=a]LOG]!><time="16:05:09.007-060" date="01-31-2026" component="q" context="" type="1" thread="42" file="act.go:7">`,
		},
		{
			Entry{Time: at.In(time.FixedZone("", -5*3600)), Level: slog.LevelWarn, Message: "x"},
			`<![LOG[x]LOG]!><time="10:05:09.007+300" date="01-31-2026" component="q" context="" type="2" thread="42" file="">`,
		},
		{
			Entry{Time: at.UTC(), Level: slog.LevelError, Message: "x", Attrs: []Attr{{"err", `]LOG]!><time="`}}},
			`<![LOG[x err="]LOG] !><time=\""]LOG]!><time="15:05:09.007+000" date="01-31-2026" component="q" context="" type="3" thread="42" file="">`,
		},
		{
			Entry{Time: at.UTC(), Level: slog.LevelDebug, Message: "ä🔔"},
			`<![LOG[\u00e4\U0001f514]LOG]!><time="15:05:09.007+000" date="01-31-2026" component="q" context="" type="1" thread="42" file="">`,
		},
	} {
		if got := formatCMTrace(test.e, "q", 42); got != test.want+"\r\n" {
			t.Errorf("it is\n%s, want\n%s", got, test.want)
		}
	}
	long := formatCMTrace(Entry{Time: at, Message: strings.Repeat("x", 1<<16)}, "q", 1)
	if len(long) > maxLine+300 || !strings.Contains(long, "]LOG]!><time=") {
		t.Errorf("a long one has %d bytes: …%s", len(long), long[len(long)-200:])
	}
}

// TestRotate fills a file many times over: one old file is kept, neither
// becomes larger than it may, and what was written last is there.
func TestRotate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet")
	f := &File{Path: filepath.Join(dir, "q.log"), Component: "q", Max: 10_000}
	for i := range 1000 {
		if err := f.Write(Entry{Time: time.Now(), Message: "step", Attrs: []Attr{{"n", strconv.Itoa(i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	var left []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"q.lo_", "q.log", "q.log.lock"}; strings.Join(left, " ") != strings.Join(want, " ") {
		t.Errorf("there are %q, want %q", left, want)
	}
	next := -1
	for _, path := range []string{f.Old(), f.Path} {
		lines := readLines(t, path)
		for _, line := range lines {
			if n := number(t, line); next >= 0 && n != next {
				t.Fatalf("entry %d follows %d", n, next-1)
			} else {
				next = n + 1
			}
		}
		if info, err := os.Stat(path); err != nil || info.Size() > f.Max {
			t.Errorf("%s: %v bytes, %v", path, info.Size(), err)
		}
	}
	if next != 1000 {
		t.Errorf("the last is %d", next-1)
	}
}

// TestFullFile keeps the bound where the file cannot be renamed.
func TestFullFile(t *testing.T) {
	f := &File{Path: filepath.Join(t.TempDir(), "q.log"), Max: 2000}
	if err := os.MkdirAll(filepath.Join(f.Old(), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 100 {
		if err = f.Write(Entry{Time: time.Now(), Message: "step"}); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("it never said that it is full")
	}
	if info, err := os.Stat(f.Path); err != nil || info.Size() > 2*f.Max || info.Size() < f.Max {
		t.Errorf("it has %d bytes, %v", info.Size(), err)
	}
}

func readLines(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutSuffix(string(data), "\r\n")
	if !ok {
		t.Fatalf("%s ends with %q", path, data[max(0, len(data)-100):])
	}
	return strings.Split(text, "\r\n")
}

var stepLine = regexp.MustCompile(`^<!\[LOG\[step n=(-?\d+)\]LOG\]!><time="\d\d:\d\d:\d\d\.\d{3}[+-]\d{3}" date="\d\d-\d\d-\d{4}" component="q" context="" type="1" thread="\d+" file="">$`)

func number(t *testing.T, line string) int {
	t.Helper()
	match := stepLine.FindStringSubmatch(line)
	if match == nil {
		t.Fatalf("no entry: %q", line)
	}
	n, err := strconv.Atoi(match[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
