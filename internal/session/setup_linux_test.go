package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFactsOfTheFileSystem(t *testing.T) {
	root := t.TempDir()
	if got := factsBelow(root).running(); got != "" {
		t.Fatalf("in an empty one %q", got)
	}
	for _, step := range []struct {
		file string
		want string
	}{
		{"run/systemd/first-boot", "first-boot"},
		{"run/cloud-init/enabled", "first-boot"},
		{"run/cloud-init/status.json", "cloud-init"},
		{"var/lib/cloud/instance/boot-finished", "first-boot"},
	} {
		name := filepath.Join(root, step.file)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := factsBelow(root).running(); got != step.want {
			t.Errorf("with %s too: %q, want %q", step.file, got, step.want)
		}
	}
	if err := os.Remove(filepath.Join(root, "run/systemd/first-boot")); err != nil {
		t.Fatal(err)
	}
	if got := factsBelow(root).running(); got != "" {
		t.Errorf("at the end %q", got)
	}
}

func TestSetupRunningCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := SetupRunning(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
