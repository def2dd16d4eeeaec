package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func virtualScreen(context.Context) (stage, error) {
	return stage{name: "a virtual screen"}, &stageError{"Windows has none"}
}

func isTerminal(file *os.File) bool {
	var mode uint32
	return windows.GetConsoleMode(windows.Handle(file.Fd()), &mode) == nil
}

// removeQueue deletes the demo's queue from the user's registry.
func removeQueue(queue string) error {
	return removeKey(registry.CURRENT_USER, `Software\Deskbell\Queues\`+queue)
}

// removeKey deletes a key of this user's with all below it.
func removeKey(parent registry.Key, path string) error {
	key, err := registry.OpenKey(parent, path, registry.ENUMERATE_SUB_KEYS)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := key.ReadSubKeyNames(-1)
	for _, name := range names {
		err = errors.Join(err, removeKey(key, name))
	}
	if err = errors.Join(err, key.Close()); err != nil {
		return err
	}
	return registry.DeleteKey(parent, path)
}
