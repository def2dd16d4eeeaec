package setup

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/internal/job"
	"github.com/deskbell/deskbell/internal/mailbox"
)

// What is remembered of a queue's jobs goes with it; another queue's stays, and so
// does what leads there, which is no fault.
func TestDeferralsAreRemoved(t *testing.T) {
	t.Setenv("DESKBELL_STATE_DIR", t.TempDir())
	queue := fmt.Sprintf("setup-%d-deferrals", os.Getpid())
	for _, queue := range []string{queue, queue + "-other"} {
		record, err := deploy.OpenRecord(queue, "acme")
		if err != nil {
			t.Fatal(err)
		}
		if err := record.Save(deploy.Facts{FirstShown: time.Now()}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := deploy.Forget(queue); err != nil {
				t.Error(err)
			}
		})
	}
	installed := Installation{Queue: queue}
	ours := installed.deferrals()
	if left := ours.left(context.Background()); len(left) != 1 || left[0].State != OK {
		t.Fatalf("there is %+v", left)
	}
	if err := ours.remove(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := ours.left(context.Background()); len(left) != 0 {
		t.Errorf("there is still %+v", left)
	}
	if left, err := deploy.Remembered(queue + "-other"); err != nil || len(left) != 1 {
		t.Errorf("of the other queue there is %v, %v", left, err)
	}

	place := mailbox.Place{Queue: queue, Scope: mailbox.ScopeMachine}
	if err := mailbox.Make(place); err != nil {
		t.Fatal(err)
	}
	machine := installed.machine()
	if err := machine.remove(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := machine.left(context.Background()); len(left) != 0 {
		t.Errorf("where another queue has something: %+v", left)
	}
}

// So do its jobs that wait for their time.
func TestJobsAreRemoved(t *testing.T) {
	t.Setenv("DESKBELL_STATE_DIR", t.TempDir())
	queue := fmt.Sprintf("setup-%d-jobs", os.Getpid())
	store, err := job.Open(queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := job.Forget(queue); err != nil {
			t.Error(err)
		}
	})
	if err := store.Save(job.Job{Name: "acme", At: time.Now(), Args: []string{"deploy"}, Dir: store.Dir()}, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	ours := Installation{Queue: queue}.jobs()
	if left := ours.left(t.Context()); len(left) != 1 || left[0].Place != store.Dir() {
		t.Fatalf("there is %+v", left)
	}
	if err := ours.remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := ours.left(t.Context()); len(left) != 0 {
		t.Errorf("there is still %+v", left)
	}
}
