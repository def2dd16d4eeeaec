package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// A library that lies beside the program, or where it was started, is not loaded.
func TestLibrariesOfTheSystemAlone(t *testing.T) {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		t.Fatal(err)
	}
	library, err := os.ReadFile(filepath.Join(system, "version.dll"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const planted = "planted-by-somebody.dll"
	here := t.TempDir()
	t.Chdir(here)
	for _, dir := range []string{filepath.Dir(self), here} {
		path := filepath.Join(dir, planted)
		if err := os.WriteFile(path, library, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		})
	}
	load := func() bool {
		handle, err := windows.LoadLibrary(planted)
		if err == nil {
			err = windows.FreeLibrary(handle)
		}
		return err == nil
	}
	if !load() {
		t.Fatal("it is not loaded without the lock either: this shows nothing")
	}
	if err := lockLibraries(); err != nil {
		t.Fatal(err)
	}
	if load() {
		t.Error("it is loaded")
	}
}
