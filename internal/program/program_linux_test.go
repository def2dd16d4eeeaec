package program

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// be is a program that ends when it is asked to, or does not.
func be(as string) int {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	fmt.Println("ready")
	for range asked {
		if as == "obedient" {
			break
		}
	}
	return 0
}

func TestReadEntry(t *testing.T) {
	for text, want := range map[string][2]string{
		"[Desktop Entry]\nName=Editor\nName[de]=Schreiber\nExec=/usr/bin/editor --new %F\n":                          {"editor", "Editor"},
		"# a comment\n[Desktop Entry]\nExec = \"editor\"\nName = Editor\n[Desktop Action New]\nName=New\nExec=other": {"editor", "Editor"},
		"Name=Nothing\nExec=nothing\n": {"", ""},
		"[Desktop Entry]\nName=Page\n": {"", "Page"},
	} {
		if program, name := readEntry(strings.NewReader(text)); program != want[0] || name != want[1] {
			t.Errorf("%q: %q, %q", text, program, name)
		}
	}
}
