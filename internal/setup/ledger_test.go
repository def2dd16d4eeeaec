package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/ledger"
)

// The ledgers of a queue go with it, and those of others stay.
func TestLedgerIsRemoved(t *testing.T) {
	for _, name := range []string{"DESKBELL_STATE_DIR", "DESKBELL_RUNTIME_DIR", "XDG_STATE_HOME", "LOCALAPPDATA"} {
		t.Setenv(name, t.TempDir())
	}
	queue := fmt.Sprintf("setup-%d-ledger", os.Getpid())
	for what, find := range map[string]func(string) (ledger.Place, error){"ledger": ledger.Administrators, "own ledger": ledger.Own} {
		var places [2]ledger.Place
		for n, queue := range []string{queue, queue + "-other"} {
			place, err := find(queue)
			if err != nil {
				t.Fatal(err)
			}
			w := place.NewWriter(ledger.ByService, nil)
			w.Record(ledger.Event{Event: ledger.Put})
			w.Close()
			t.Cleanup(func() {
				if err := place.Remove(); err != nil {
					t.Error(err)
				}
			})
			places[n] = place
		}
		installed := Installation{Queue: queue}
		ours := installed.ledger(what, find)
		left := ours.left(context.Background())
		if len(left) != 1 || left[0].What != what || left[0].Place != places[0].Path() || left[0].State != OK {
			t.Fatalf("%s: there is %+v", what, left)
		}
		if err := ours.remove(context.Background()); err != nil {
			t.Fatal(err)
		}
		if left := ours.left(context.Background()); len(left) != 0 {
			t.Errorf("%s: there is still %+v", what, left)
		}
		if _, err := os.Stat(places[1].Path()); errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: another queue's is gone too", what)
		}
	}
}

// The doctor says how much is written down, and when it cannot be read.
func TestLedgerIsExamined(t *testing.T) {
	for _, name := range []string{"DESKBELL_STATE_DIR", "DESKBELL_RUNTIME_DIR", "XDG_STATE_HOME", "LOCALAPPDATA"} {
		t.Setenv(name, t.TempDir())
	}
	queue := fmt.Sprintf("setup-%d-examined", os.Getpid())
	find := func(string) (ledger.Place, error) { return ledger.Own(queue) }
	if f := examineLedger("ledger", queue, find); len(f) != 0 {
		t.Errorf("nothing was written: %+v", f)
	}
	place, err := find(queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := place.Remove(); err != nil {
			t.Error(err)
		}
	})
	write := func() {
		w := place.NewWriter(ledger.ByMonitor, nil)
		for range 3 {
			w.Record(ledger.Event{Event: ledger.Put})
		}
		w.Close()
	}
	write()
	if f := examineLedger("ledger", queue, find); len(f) != 1 || f[0].State != OK || f[0].Place != place.Path() || !strings.HasPrefix(f[0].Problem, "3 events, ") {
		t.Errorf("whole: %+v", f)
	}
	if err := os.WriteFile(place.Path(), []byte(strings.Repeat("no ledger", 10000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := examineLedger("ledger", queue, find); len(f) != 1 || f[0].State != Different || f[0].Advice == "" || !strings.Contains(f[0].Problem, "damaged") {
		t.Errorf("damaged: %+v", f)
	}
	write()
	if f := examineLedger("ledger", queue, find); len(f) != 2 || f[0].State != OK || f[1].State != Note || f[1].Place != place.Path()+".damaged" {
		t.Errorf("moved aside: %+v", f)
	}
	file, err := os.OpenFile(place.Path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.Truncate(ledger.MaxFile+4096), file.Close()); err != nil {
		t.Fatal(err)
	}
	if f := examineLedger("ledger", queue, find); f[0].State != Different || !strings.Contains(f[0].Problem, "KiB, and cannot") {
		t.Errorf("too large: %+v", f)
	}
}
