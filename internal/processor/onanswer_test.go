package processor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/protocol"
)

// What is not the whole path of a program that only administrators can change
// is not started.
func TestOnAnswerRefuses(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	err := OnAnswer{Queue: "q"}.Run(t.Context(), "program", nil)
	if err == nil || !strings.Contains(err.Error(), "it is not a whole path") {
		t.Errorf("a name: %v", err)
	}
	refusal := errors.New("anybody can write it")
	err = OnAnswer{Queue: "q", Trusted: func(path string) error {
		if path != program {
			t.Errorf("judged is %s", path)
		}
		return refusal
	}}.Run(context.Background(), program, protocol.Fields{"Status": "answered"})
	if !errors.Is(err, refusal) {
		t.Errorf("not trusted: %v", err)
	}
}
