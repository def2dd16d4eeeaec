package deskbell_test

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

// removeQueue deletes a queue of the test's own from the registry.
func removeQueue(queue string) error {
	return removeKey(registry.CURRENT_USER, `Software\Deskbell\Queues\`+queue)
}

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
