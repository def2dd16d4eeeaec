package main

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// lockLibraries has this process load libraries from the system's own folder
// alone (SetDefaultDllDirectories): beside a program that was copied into a
// folder for downloads lies whatever somebody else has put there.
func lockLibraries() error {
	if err := windows.SetDefaultDllDirectories(windows.LOAD_LIBRARY_SEARCH_SYSTEM32); err != nil {
		return fmt.Errorf("lock the search for libraries: %w", err)
	}
	return nil
}
