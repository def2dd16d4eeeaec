package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const program = "deskbell"

// place is where a run keeps its mailboxes.
type place struct{ directory, raw, queue string }

func newPlace() (place, error) {
	directory, err := os.MkdirTemp("", "deskbell-bench-")
	if err != nil {
		return place{}, err
	}
	run := filepath.Join(directory, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		return place{}, err
	}
	if err := os.Setenv("DESKBELL_RUNTIME_DIR", run); err != nil {
		return place{}, err
	}
	return place{directory, filepath.Join(directory, "raw"), fmt.Sprintf("bench-%d", os.Getpid())}, nil
}

func (p place) remove() { _ = os.RemoveAll(p.directory) }

// inMemory measures a row where a user's mailbox is on Linux by right: on a
// file system in memory.
func inMemory(run func(context.Context, bench) error) func(context.Context, bench) error {
	return func(ctx context.Context, b bench) error {
		before, set := os.LookupEnv("TMPDIR")
		if err := os.Setenv("TMPDIR", "/dev/shm"); err != nil {
			return err
		}
		err := run(ctx, b)
		if set {
			return errors.Join(err, os.Setenv("TMPDIR", before))
		}
		return errors.Join(err, os.Unsetenv("TMPDIR"))
	}
}
