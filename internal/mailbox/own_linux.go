package mailbox

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"weak"
)

// own are the caller's own mailboxes that are open in this process, each once,
// however often it was opened. It is the one thing that all of the process share:
// inotify gives a person 128 instances, over all programs of his, so that a
// process with many questions would take them all, and one does for a mailbox.
var own ownSpools

type ownSpools struct {
	mu sync.Mutex
	of map[string]weak.Pointer[Spool] // guarded by mu; by path and user
}

// open returns the mailbox that is open already, or opens it. It goes when
// nobody uses it any more.
func (o *ownSpools) open(root string, path ...string) *Spool {
	s := newSpool(root, path...)
	key := fmt.Sprint(s.uid, " ", filepath.Join(root, filepath.Join(path...)))
	o.mu.Lock()
	defer o.mu.Unlock()
	if there := o.of[key].Value(); there != nil {
		return there
	}
	if o.of == nil {
		o.of = map[string]weak.Pointer[Spool]{}
	}
	o.of[key] = weak.Make(s)
	runtime.AddCleanup(s, o.forget, key)
	return s
}

// forget removes a mailbox that has gone; another of its name may be there.
func (o *ownSpools) forget(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p, there := o.of[key]; there && p.Value() == nil {
		delete(o.of, key)
	}
}
