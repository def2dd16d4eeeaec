package session

import (
	"context"
	"os"
	"path/filepath"
)

func readFacts(ctx context.Context) (facts, error) {
	return factsBelow("/"), ctx.Err()
}

// factsBelow reads what there is in the file system: cloud-init's flags, and
// that of systemd, which manager_set_first_boot removes when the first boot is
// over.
func factsBelow(root string) facts {
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err == nil
	}
	return facts{
		cloudInit: cloudInit{
			enabled:  there("run/cloud-init/enabled"),
			begun:    there("run/cloud-init/status.json"),
			ended:    there("run/cloud-init/result.json"),
			finished: there("var/lib/cloud/instance/boot-finished"),
		},
		firstBootFlag: there("run/systemd/first-boot"),
	}
}
