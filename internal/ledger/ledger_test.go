package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// writeTo has the test program write into the ledger of a folder instead of
// testing.
const writeTo = "DESKBELL_TEST_LEDGER"

const written = 300 // events of each writer

// useDamaged has it read and write the ledger of a folder that is damaged.
const useDamaged = "DESKBELL_TEST_DAMAGED"

func TestMain(m *testing.M) {
	if folder := os.Getenv(writeTo); folder != "" {
		w := placeIn(folder).NewWriter(fmt.Sprint(os.Getpid()), slog.New(slog.NewTextHandler(os.Stderr, nil)))
		for i := range written {
			w.Record(Event{Event: Put, Count: i})
		}
		w.Close()
		return
	}
	if folder := os.Getenv(useDamaged); folder != "" {
		p := placeIn(folder)
		if all, _, err := p.Read(Cursor{}); !errors.Is(err, ErrDamaged) {
			fmt.Printf("it reads %d events, %v\n", len(all), err)
		}
		w := p.NewWriter(ByMonitor, slog.New(slog.NewTextHandler(os.Stdout, nil)))
		w.Record(Event{ID: "after"})
		w.Close()
		return
	}
	os.Exit(m.Run())
}

func placeIn(folder string) Place { return Place{queue: "q", base: folder, below: []string{"own"}} }

func place(t *testing.T) Place { return placeIn(t.TempDir()) }

func record(t *testing.T, p Place, all ...Event) {
	t.Helper()
	w := p.NewWriter(ByMonitor, slog.New(slog.NewTextHandler(t.Output(), nil)))
	for _, e := range all {
		w.Record(e)
	}
	w.Close()
}

func read(t *testing.T, p Place) []Event {
	t.Helper()
	all, _, err := p.Read(Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	p := place(t)
	if all := read(t, p); len(all) != 0 {
		t.Fatalf("before the first event there is %v", all)
	}
	if _, err := os.Stat(p.folder()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("reading has made the folder: %v", err)
	}
	at := time.Now().Add(-time.Hour)
	button := 101
	e := Event{
		Time: at, Event: "answered", Scope: "user", ID: "a", Kind: "popup", Title: "Title \x1b[31m", Sender: "s", User: "u", UID: "1",
		Session: "2", Channel: "dialog", Button: &button, Choice: "Now", Seen: true, ShownAt: At(at), AnsweredAt: At(at), Count: 3,
		Why: "why", Text: "text", Details: "details",
	}
	record(t, p, e, Event{Event: Put, Scope: service, Time: at.Add(-time.Second)})
	e.Version, e.By, e.Queue, e.Time = 1, ByMonitor, "q", at.UTC().Truncate(time.Millisecond)
	all, end, err := p.Read(Cursor{})
	if err != nil || len(all) != 2 || all[0].Event != Put {
		t.Fatalf("there is %+v, %v", all, err)
	}
	if diff := cmp.Diff(e, all[1]); diff != "" {
		t.Error(diff)
	}
	record(t, p, Event{Event: Shown, ID: "b"})
	if more, _, err := p.Read(end); err != nil || len(more) != 1 || more[0].ID != "b" {
		t.Errorf("after the cursor there is %+v, %v", more, err)
	}
	// The administrator's has not what the person reads.
	p.shared = true
	w := &Writer{place: p, events: make(chan Event, 1)} // which does not run
	w.Record(Event{Event: Shown, Text: "secret", Details: "secret"})
	if e := <-w.events; e.Text != "" || e.Details != "" {
		t.Errorf("it would write %+v", e)
	}
}

// Nothing is opened before there is something to be written.
func TestNothingBefore(t *testing.T) {
	p := place(t)
	p.NewWriter(ByMonitor, nil).Close()
	if entries, err := os.ReadDir(p.base); err != nil || len(entries) != 0 {
		t.Errorf("it has made %v, %v", entries, err)
	}
}

func TestPrune(t *testing.T) {
	p := place(t)
	now := time.Now()
	most := limits{age: time.Hour, events: 10, bytes: 1 << 20}
	write := func(all ...Event) {
		t.Helper()
		if aside, err := p.write(all, most, now); err != nil || aside {
			t.Fatal(aside, err)
		}
	}
	ids := func() string {
		var ids []string
		for _, e := range read(t, p) {
			ids = append(ids, e.ID)
		}
		return strings.Join(ids, " ")
	}
	for i := range 12 {
		write(Event{ID: fmt.Sprint(i), Time: now.Add(time.Duration(i-10) * 10 * time.Minute)})
	}
	// Six are too old, and of ten there may be eight that are no user's to the service.
	if got, want := ids(), "4 5 6 7 8 9 10 11"; got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
	now = now.Add(time.Hour)
	write(Event{ID: "new", Time: now})
	if got, want := ids(), "10 11 new"; got != want {
		t.Errorf("an hour later there are %s, want %s", got, want)
	}
	// What users bring about pushes out its own kind alone.
	for i := range 9 {
		write(Event{ID: fmt.Sprintf("s%d", i), Scope: service, Time: now})
	}
	if got, want := ids(), "10 11 new s7 s8"; got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
	most.bytes = 0
	write(Event{ID: "none", Time: now})
	if got := ids(); got != "" {
		t.Errorf("with no room there are %s", got)
	}
}

// Whatever is written, the file is bounded.
func TestSize(t *testing.T) {
	p := place(t)
	most := limits{age: time.Hour, events: 1 << 20, bytes: 256 << 10}
	text := strings.Repeat("x", 4<<10)
	for range 60 {
		var all []Event
		for i := range 20 {
			all = append(all, Event{Text: text[:i*200], Time: time.Now(), Scope: []string{"user", service}[i%2]})
		}
		if _, err := p.write(all, most, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(p.Path())
	if err != nil || info.Size() > 1<<20 {
		t.Errorf("of %d bytes it makes a file of %d, %v", most.bytes, info.Size(), err)
	}
	if n := len(read(t, p)); n < 50 {
		t.Errorf("it keeps %d", n)
	}
	e := Event{Text: strings.Repeat("ü", maxText), Title: strings.Repeat("x", maxText)}.bounded()
	if len(e.Text) > maxText || !strings.HasSuffix(e.Text, "ü…") || len(e.Title) > maxLine {
		t.Errorf("an event may have %d and %d bytes", len(e.Text), len(e.Title))
	}
}

// Two processes write at once, and what both write is there.
func TestTwoWriters(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := place(t)
	var all []*exec.Cmd
	for range 2 {
		command := exec.Command(self)
		command.Env = append(os.Environ(), writeTo+"="+p.base)
		command.Stderr = os.Stderr
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, command)
	}
	for _, command := range all {
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	}
	by := map[string]int{}
	for _, e := range read(t, p) {
		if e.Count != by[e.By] {
			t.Fatalf("event %d of %s is %d", by[e.By], e.By, e.Count)
		}
		by[e.By]++
	}
	for who, n := range by {
		if n != written {
			t.Errorf("%s has %d events", who, n)
		}
	}
	if len(by) != 2 {
		t.Errorf("there are those of %d writers", len(by))
	}
}

// A damaged file does not end anybody: it is moved aside, and that is said once.
func TestDamaged(t *testing.T) {
	good := place(t)
	for i := range 40 {
		record(t, good, Event{ID: fmt.Sprint(i), Text: strings.Repeat("x", 500)})
	}
	whole, err := os.ReadFile(good.Path())
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	noise := bytes.Repeat([]byte("damage! "), len(whole)/8)
	for name, data := range map[string][]byte{
		"text":       []byte("this is no ledger\n"),
		"a piece":    whole[:4096],
		"noise":      noise,
		"pages":      append(append([]byte{}, whole[:8192]...), noise[8192:]...),
		"cut":        whole[:8192+100],
		"only zeros": make([]byte, len(whole)),
	} {
		t.Run(name, func(t *testing.T) {
			p := place(t)
			if err := os.MkdirAll(p.folder(), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p.Path(), data, 0o600); err != nil {
				t.Fatal(err)
			}
			// In a process of its own, which may keep a file mapped that has failed.
			command := exec.Command(self)
			command.Env = append(os.Environ(), useDamaged+"="+p.base)
			log, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, log)
			}
			if all := read(t, p); len(all) != 1 || all[0].ID != "after" {
				t.Errorf("afterwards there is %v", all)
			}
			if bytes.Count(log, []byte("\n")) != 1 || !bytes.Contains(log, []byte("moved aside")) {
				t.Errorf("it says %q", log)
			}
			if kept, err := os.ReadFile(p.Path() + damaged); err != nil || !bytes.HasPrefix(kept, data[:min(len(data), 4096)]) {
				t.Errorf("what was damaged is not aside: %v", err)
			}
			if files, err := p.Files(); err != nil || len(files) != 2 {
				t.Errorf("it has %q, %v", files, err)
			}
			if err := p.Remove(); err != nil {
				t.Error(err)
			}
			if entries, err := os.ReadDir(p.base); err != nil || len(entries) != 0 {
				t.Errorf("removed, it has left %v, %v", entries, err)
			}
		})
	}
}

// What cannot be written is dropped, and said once; nobody waits.
func TestUnwritable(t *testing.T) {
	p := place(t)
	if err := os.WriteFile(p.folder(), []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	w := p.NewWriter(ByMonitor, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 * batch {
		w.Record(Event{})
	}
	w.Close()
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "is not written down") {
		t.Errorf("it says %q", &log)
	}
}

// Who records faster than can be written loses what there is no room for.
func TestTooMany(t *testing.T) {
	p := place(t)
	w := &Writer{place: p, most: atMost, events: make(chan Event, 2), lost: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	var log bytes.Buffer
	w.log = slog.New(slog.NewTextHandler(&log, nil))
	for i := range 5 {
		w.Record(Event{ID: fmt.Sprint(i)})
	}
	go w.run()
	w.Close()
	if all := read(t, p); len(all) != 2 || all[1].ID != "1" {
		t.Errorf("there is %v", all)
	}
	if strings.Count(log.String(), "more happens") != 1 {
		t.Errorf("it says %q", &log)
	}
}

func TestChanges(t *testing.T) {
	p := place(t)
	ctx, stop := context.WithCancel(t.Context())
	changes, err := p.Changes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	<-changes
	record(t, p, Event{ID: "a"})
	for read(t, p) == nil {
		select {
		case <-changes:
		case <-time.After(time.Minute):
			t.Fatal("it is not noticed")
		}
	}
	stop()
	for range changes {
		continue
	}
}

func TestPlaces(t *testing.T) {
	if _, err := Own("../x"); err == nil {
		t.Error("a queue may have any name")
	}
	if _, err := Administrators("a/b"); err == nil {
		t.Error("a queue may have any name")
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("LOCALAPPDATA", t.TempDir())
	p, err := Own("Q")
	if err != nil {
		t.Fatal(err)
	}
	if name := filepath.Base(p.Path()); name != "q.db" {
		t.Errorf("it is in %s", name)
	}
}
