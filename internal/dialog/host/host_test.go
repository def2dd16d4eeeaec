package host

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// generous is a deadline that only a failure reaches.
const generous = 30 * time.Second

// actEnv makes the test binary play a dialog host.
const actEnv = "HOST_TEST_ACT"

func TestMain(m *testing.M) {
	if act := os.Getenv(actEnv); act != "" {
		os.Exit(play(act))
	}
	os.Exit(m.Run())
}

func play(act string) int {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 4<<20)
	next := func() (q dialog.Question) {
		if !lines.Scan() {
			os.Exit(0) // withdrawn
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			os.Exit(90)
		}
		return q
	}
	q := next()
	switch act {
	case "tell": // what it was told, as its answer
		told, err := json.Marshal(string(lines.Bytes()))
		if err != nil {
			return 91
		}
		fmt.Printf(`{"status":"answered","button":1,"answer":%s}`+"\n", told)
	case "answer":
		fmt.Println(`{"status":"answered","button":101,"answer":["a","b"],"checked":true,"shownAt":"2026-01-31T16:00:00.250Z","channel":"toast","user":"root","seen":true,"pid":1}`)
	case "dismiss":
		fmt.Println(`{"status":"dismissed","button":-1}`)
	case "updates": // answers the text it is shown once that is "last"
		for q.Text != "last" {
			q = next()
		}
		fmt.Printf(`{"status":"answered","button":1,"answer":%q}`+"\n", q.Text)
	case "notice": // stays until it is closed, then says so
		fmt.Println(`{"status":"answered","button":-1}`)
		for lines.Scan() {
		}
		if err := os.WriteFile(q.Title, []byte("closed"), 0o600); err != nil {
			return 92
		}
	case "until-closed":
		for {
			next()
		}
	case "answer-at-the-end": // says when it has the question
		if err := os.WriteFile(q.Title, []byte("read"), 0o600); err != nil {
			return 93
		}
		for lines.Scan() {
		}
		fmt.Println(`{"status":"answered","button":2}`)
	case "hang":
		hang()
	case "answer-and-hang":
		fmt.Println(`{"status":"answered","button":1}`)
		hang()
	case "missing":
		fmt.Fprintln(os.Stderr, "no such library")
		return exitMissing
	case "no-display":
		return exitNoDisplay
	case "crash":
		panic("crash")
	case "silent":
	case "garbage":
		fmt.Println("<html>")
	case "two":
		fmt.Println(`{"status":"answered"}{"status":"answered"}`)
	case "timeout":
		fmt.Println(`{"status":"timeout"}`)
	case "wrong-type":
		fmt.Println(`{"status":"answered","button":"first"}`)
	case "endless":
		for {
			if _, err := os.Stdout.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
				return 0
			}
		}
	default:
		return 99
	}
	return 0
}

// hang ends by being killed alone. It waits for a signal, as the runtime ends a
// program in which nothing is waited for.
func hang() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals)
	for range signals {
	}
}

func newFake(t *testing.T, act string) *Host {
	t.Helper()
	t.Setenv(actEnv, act)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := New(self)
	if strings.HasSuffix(act, "hang") {
		h.grace = 100 * time.Millisecond // it will be over, whatever it is
	}
	t.Cleanup(h.Close)
	return h
}

func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	t.Cleanup(cancel)
	return ctx
}

func TestReply(t *testing.T) {
	for act, want := range map[string]protocol.Reply{
		"answer": {
			Status: protocol.StatusAnswered, Button: 101, Items: []string{"a", "b"}, Checked: true,
			ShownAt: time.Date(2026, 1, 31, 16, 0, 0, 250e6, time.UTC), Channel: protocol.ChannelDialog,
		},
		"dismiss": {Status: protocol.StatusDismissed, Button: protocol.NoButton, Channel: protocol.ChannelDialog},
	} {
		t.Run(act, func(t *testing.T) {
			got, err := newFake(t, act).Show(limited(t), dialog.Question{Kind: protocol.KindPopup}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestToldVersionAndRemaining(t *testing.T) {
	q := dialog.Question{Kind: protocol.KindPopup, Text: "a\n<b>\u2028", Deadline: time.Now().Add(time.Minute)}
	got, err := newFake(t, "tell").Show(limited(t), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	var told dialog.Question
	if err := json.Unmarshal([]byte(got.Answer), &told); err != nil {
		t.Fatal(err)
	}
	if told.Host != Version || told.Text != q.Text || told.Remaining <= 0 || told.Remaining > 60_000 {
		t.Errorf("told %s", got.Answer)
	}
}

func TestDeadlineThatHasPassed(t *testing.T) {
	data, err := encode(dialog.Question{Deadline: time.Now().Add(-time.Hour)})
	if err != nil || !bytes.Contains(data, []byte(`"remaining":1,`)) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestLatestUpdateArrives(t *testing.T) {
	h := newFake(t, "updates")
	updates := make(chan dialog.Question)
	go func() {
		defer close(updates)
		for i := range 100 {
			updates <- dialog.Question{Text: fmt.Sprint(i)}
		}
		updates <- dialog.Question{Text: "last"}
	}()
	got, err := h.Show(limited(t), dialog.Question{Kind: protocol.KindPopup, Text: "first"}, updates)
	if err != nil || got.Answer != "last" {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestClockThatStandsStill(t *testing.T) {
	data, err := encode(dialog.Question{Deadline: time.Now().Add(time.Hour), Remaining: 5000, Paused: true})
	if err != nil || !bytes.Contains(data, []byte(`"remaining":5000,`)) {
		t.Errorf("%s, %v", data, err)
	}
}

var errWithdrawn = errors.New("withdrawn")

// showUntilCancelled cancels the context while the question is shown.
func showUntilCancelled(t *testing.T, h *Host) (protocol.Reply, error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(limited(t))
	updates := make(chan dialog.Question)
	go func() {
		updates <- dialog.Question{} // taken only once the host runs
		cancel(errWithdrawn)
	}()
	return h.Show(ctx, dialog.Question{Kind: protocol.KindPopup}, updates)
}

func TestWithdrawn(t *testing.T) {
	for _, act := range []string{"until-closed", "hang"} {
		t.Run(act, func(t *testing.T) {
			if got, err := showUntilCancelled(t, newFake(t, act)); !errors.Is(err, errWithdrawn) {
				t.Fatalf("%+v, %v", got, err)
			}
		})
	}
}

func TestAnswerBeforeWithdrawalWins(t *testing.T) {
	ctx, cancel := context.WithCancelCause(limited(t))
	read := filepath.Join(t.TempDir(), "read")
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(read); err == nil {
				cancel(errWithdrawn)
			}
			runtime.Gosched()
		}
	}()
	got, err := newFake(t, "answer-at-the-end").Show(ctx, dialog.Question{Kind: protocol.KindPopup, Title: read}, nil)
	if err != nil || got.Button != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestCancelledBeforehand(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errWithdrawn)
	if _, err := New(filepath.Join(t.TempDir(), "nothing")).Show(ctx, dialog.Question{}, nil); !errors.Is(err, errWithdrawn) {
		t.Fatal(err)
	}
}

func TestHangAfterTheReply(t *testing.T) {
	got, err := newFake(t, "answer-and-hang").Show(limited(t), dialog.Question{Kind: protocol.KindPopup}, nil)
	if err != nil || got.Button != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestNoticeStaysUntilClose(t *testing.T) {
	h := newFake(t, "notice")
	closed := filepath.Join(t.TempDir(), "closed")
	ctx, cancel := context.WithCancel(limited(t))
	got, err := h.Show(ctx, dialog.Question{Kind: protocol.KindNotify, Title: closed}, nil)
	if err != nil || got.Status != protocol.StatusAnswered || got.Button != protocol.NoButton {
		t.Fatalf("%+v, %v", got, err)
	}
	cancel() // the notice has been answered: it is no longer of that context
	if _, err := os.Stat(closed); err == nil {
		t.Fatal("closed with the context")
	}
	h.Close()
	if _, err := os.Stat(closed); err != nil {
		t.Fatalf("not closed: %v", err)
	}
}

func TestUnavailable(t *testing.T) {
	for _, act := range []string{"missing", "no-display"} {
		if _, err := newFake(t, act).Show(limited(t), dialog.Question{}, nil); !errors.Is(err, dialog.ErrUnavailable) {
			t.Errorf("%s: %v", act, err)
		}
	}
	if _, err := New(filepath.Join(t.TempDir(), "nothing")).Show(limited(t), dialog.Question{}, nil); !errors.Is(err, dialog.ErrUnavailable) {
		t.Errorf("no program: %v", err)
	}
}

func TestWhatIsNoReply(t *testing.T) {
	for act, want := range map[string]string{
		"crash":      "panic: crash",
		"silent":     "without an answer",
		"garbage":    "not JSON",
		"two":        "more than one",
		"timeout":    `its status is "timeout"`,
		"wrong-type": "is not a number",
		"endless":    "longer than",
	} {
		got, err := newFake(t, act).Show(limited(t), dialog.Question{Kind: protocol.KindPopup}, nil)
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, dialog.ErrUnavailable) {
			t.Errorf("%s: %+v, %v", act, got, err)
		}
	}
}
