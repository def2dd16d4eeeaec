package program

import (
	"fmt"
	"path/filepath"
)

// Using returns the running programs that use files below a folder: that run from
// there, have files there open, or are there themselves (/proc, or the Restart
// Manager of Windows). Without this process. Of a program that cannot be looked at
// nothing is known.
func Using(dir string) ([]Program, error) {
	whole, err := filepath.Abs(dir)
	if err == nil {
		whole, err = filepath.EvalSymlinks(whole)
	}
	if err != nil {
		return nil, fmt.Errorf("find the programs that use %s: %w", dir, err)
	}
	programs, err := using(whole)
	if err != nil {
		return nil, fmt.Errorf("find the programs that use %s: %w", dir, err)
	}
	return programs, nil
}
