package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// Changes signals once, and then whenever the ledger may have been written,
// until ctx is done or it cannot be watched any more: then the channel is
// closed. What leads to the ledger is made.
func (p Place) Changes(ctx context.Context) (<-chan struct{}, error) {
	if err := p.begin(); err != nil {
		return nil, fmt.Errorf("watch the ledger: %w", err)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the ledger: %w", err)
	}
	if err := watcher.Add(p.folder()); err != nil {
		return nil, errors.Join(fmt.Errorf("watch the ledger: %w", err), watcher.Close())
	}
	signals := make(chan struct{}, 1)
	signals <- struct{}{}
	go func() {
		defer close(signals)
		defer watcher.Close() //nolint:errcheck // nothing more is asked of it
		for {
			select {
			case <-ctx.Done():
				return
			case e, ok := <-watcher.Events:
				if !ok || filepath.Clean(e.Name) == p.folder() && e.Has(fsnotify.Remove|fsnotify.Rename) {
					return
				}
				if !strings.EqualFold(filepath.Base(e.Name), filepath.Base(p.Path())) {
					continue
				}
			case _, ok := <-watcher.Errors:
				if !ok {
					return
				}
				// Some were lost: there may be one of ours among them.
			}
			select {
			case signals <- struct{}{}:
			default:
			}
		}
	}()
	return signals, nil
}

// begin makes the ledger, empty, where there is none.
func (p Place) begin() error {
	file, err := p.open(os.O_RDWR | os.O_CREATE)
	if err != nil {
		return err
	}
	return file.Close()
}
