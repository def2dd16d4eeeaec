package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
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
