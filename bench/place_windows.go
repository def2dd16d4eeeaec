package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows/registry"
)

const program = "deskbell.exe"

// place is where a run keeps its mailboxes.
type place struct{ directory, raw, queue string }

func newPlace() (place, error) {
	directory, err := os.MkdirTemp("", "deskbell-bench-")
	queue := fmt.Sprintf("bench-%d", os.Getpid())
	return place{directory, `Software\Deskbell-` + queue, queue}, err
}

func (p place) remove() {
	_ = os.RemoveAll(p.directory)
	for _, path := range []string{p.raw, `Software\Deskbell\Queues\` + p.queue} {
		for _, sub := range []string{`\Inbox`, `\Outbox`, `\Monitor`, ``} {
			_ = registry.DeleteKey(registry.CURRENT_USER, path+sub)
		}
	}
}
