package deploy

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// open opens a record in a place of the test's own.
func open(t *testing.T) (queue string, r Record) {
	t.Helper()
	t.Setenv("DESKBELL_STATE_DIR", t.TempDir()) // Windows: the registry, and a queue of its own
	queue = fmt.Sprintf("deploy-test-%d", os.Getpid())
	r, err := OpenRecord(queue, "acme-7")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Forget(queue); err != nil {
			t.Error(err)
		}
		if left, err := Remembered(queue); err != nil || len(left) > 0 {
			t.Errorf("there is still %v, %v", left, err)
		}
	})
	return queue, r
}

func TestRecord(t *testing.T) {
	queue, r := open(t)
	if f, err := r.Load(); err != nil || !cmp.Equal(f, Facts{}) {
		t.Errorf("of a job that never ran: %+v, %v", f, err)
	}
	if err := r.Clear(); err != nil {
		t.Error("clear what is not there: ", err)
	}
	shown := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	want := Facts{FirstShown: shown, LastAsked: shown.Add(time.Hour), Deferrals: []Deferral{
		{At: shown, Until: shown.Add(time.Hour), User: `CONTOSO\anna`, How: Chosen},
		{At: shown.Add(time.Hour), Until: shown.Add(2 * time.Hour), User: "bob", How: Closed},
	}}
	if err := r.Save(want); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Load(); err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got))
	}
	// Nothing of what was remembered before stays.
	want = Facts{Installed: shown, Agreed: shown.Add(time.Minute)}
	if err := r.Save(want); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Load(); err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got))
	}
	other, err := OpenRecord(queue, "other")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := other.Load(); err != nil || !cmp.Equal(f, Facts{}) {
		t.Errorf("of another job: %+v, %v", f, err)
	}
	if left, err := Remembered(queue); err != nil || len(left) != 1 {
		t.Errorf("remembered in %v, %v", left, err)
	}
	if err := r.Clear(); err != nil {
		t.Error(err)
	}
	if f, err := r.Load(); err != nil || !cmp.Equal(f, Facts{}) {
		t.Errorf("after it was cleared: %+v, %v", f, err)
	}
	for _, name := range []string{"", "Acme", "a b", "../x", `a\b`, ".x"} {
		if _, err := OpenRecord(queue, name); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

// What is kept is bounded.
func TestRecordIsBounded(t *testing.T) {
	_, r := open(t)
	var f Facts
	for i := range 2 * maxDeferrals {
		at := time.Unix(int64(i), 0).UTC()
		f.Deferrals = append(f.Deferrals, Deferral{At: at, Until: at, How: Chosen})
	}
	if err := r.Save(f); err != nil {
		t.Fatal(err)
	}
	got, err := r.Load()
	if err != nil || len(got.Deferrals) != maxDeferrals || !got.Deferrals[maxDeferrals-1].At.Equal(f.Deferrals[2*maxDeferrals-1].At) {
		t.Errorf("%d are kept, %v", len(got.Deferrals), err)
	}
}

// One run has a job at a time; one that is killed has it no more.
func TestHold(t *testing.T) {
	const holder = "DESKBELL_TEST_HOLDER" // a queue
	if queue := os.Getenv(holder); queue != "" {
		r, err := OpenRecord(queue, "acme-7")
		if err == nil {
			_, err = r.Hold()
		}
		fmt.Println("held", err)
		_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
		return
	}
	queue, r := open(t)
	other, err := OpenRecord(queue, "acme-8")
	if err != nil {
		t.Fatal(err)
	}
	hold := func(r Record) func() error {
		t.Helper()
		release, err := r.Hold()
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	held := func() {
		t.Helper()
		if _, err := r.Hold(); !errors.Is(err, ErrHeld) {
			t.Fatalf("a second has it: %v", err)
		}
	}
	for range 2 {
		release, otherRelease := hold(r), hold(other)
		held()
		if err := errors.Join(otherRelease(), release()); err != nil {
			t.Fatal(err)
		}
	}
	child := exec.Command(os.Args[0], "-test.run=^TestHold$")
	child.Env = append(os.Environ(), holder+"="+queue)
	keyboard, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	said, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "held <nil>" {
		t.Errorf("%q, %v", line, err)
	} else {
		held()
	}
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = child.Wait() // it was killed
	if err := hold(r)(); err != nil {
		t.Error(err)
	}
	if left, err := Remembered(queue); err != nil || len(left) > 0 {
		t.Errorf("what is held is remembered in %v, %v", left, err)
	}
}
