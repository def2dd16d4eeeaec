package mailboxtest

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows/registry"
)

// DeleteTree deletes a key with all that is below it, again where a watch that has
// just ended has made a key there meanwhile. The error is that of the registry;
// fs.ErrNotExist where there is no such key.
func DeleteTree(root registry.Key, path string) error {
	for {
		key, err := registry.OpenKey(root, path, registry.READ)
		if err != nil {
			return err
		}
		names, err := key.ReadSubKeyNames(-1)
		key.Close()
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := DeleteTree(root, path+`\`+name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err = registry.DeleteKey(root, path); !errors.Is(err, fs.ErrPermission) {
			return err
		}
		if info, statErr := statKey(root, path); statErr != nil || info.SubKeyCount == 0 {
			return errors.Join(err, statErr)
		}
	}
}

func statKey(root registry.Key, path string) (*registry.KeyInfo, error) {
	key, err := registry.OpenKey(root, path, registry.READ)
	if err != nil {
		return nil, err
	}
	defer key.Close()
	return key.Stat()
}
