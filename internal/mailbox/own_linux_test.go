package mailbox

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// Who opens his mailbox many times and waits in each needs one inotify instance,
// is woken by what he waits for alone, and has nothing left of it afterwards.
func TestOwnMailboxIsWatchedOnce(t *testing.T) {
	t.Setenv("DESKBELL_RUNTIME_DIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	before := instances(t)
	var waiting []<-chan struct{}
	for n := range 300 {
		b, err := OpenUser("many")
		if err != nil {
			t.Fatal(err)
		}
		signals, err := b.watchOne(ctx, Outbox, fmt.Sprintf("Q%d", n))
		if err != nil {
			t.Fatal(err)
		}
		<-signals // it is watched
		waiting = append(waiting, signals)
	}
	if n := instances(t) - before; n != 1 {
		t.Errorf("%d inotify instances, want 1", n)
	}
	b, err := OpenUser("many")
	if err != nil {
		t.Fatal(err)
	}
	// One that waits for all sees when the watcher has read both.
	all, err := b.store.Watch(ctx, Outbox)
	if err != nil {
		t.Fatal(err)
	}
	<-all
	for _, name := range []string{"q7", "q8"} {
		if err := b.store.Create(Outbox, name, protocol.Fields{"Ready": true}); err != nil {
			t.Fatal(err)
		}
		<-all
	}
	<-waiting[7]
	<-waiting[8]
	cancel()
	for n, signals := range waiting {
		for range signals {
			t.Errorf("who waits for q%d was woken by another", n)
		}
	}
	b, waiting, all = nil, nil, nil
	end := time.Now().Add(time.Minute)
	for { // watching goes on for a second, as somebody may come again
		runtime.GC()
		own.mu.Lock()
		left := len(own.of)
		own.mu.Unlock()
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("it is still kept")
		}
		runtime.Gosched()
	}
}

// instances is how many inotify instances this process has.
func instances(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		to, err := os.Readlink("/proc/self/fd/" + file.Name())
		if err == nil && strings.Contains(to, "inotify") {
			n++
		}
	}
	return n
}
