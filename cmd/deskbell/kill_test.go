package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/process"
)

func TestNotMonitor(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(self))
	for _, test := range []struct {
		name  string
		about process.About
		want  string // is in the problem; "" for none
	}{
		{"a monitor", process.About{UID: "u", Image: self, Args: []string{"x", "monitor"}}, ""},
		{"of the queue", process.About{UID: "u", Image: self, Args: []string{"x", "--queue=Q", "monitor", "--foreground"}}, ""},
		{"another copy", process.About{UID: "u", Image: copied, Args: []string{"x", "monitor", "--ui", "tty", "--queue", "q"}}, ""},
		{"as in 2010", process.About{UID: "u", Image: self, Args: []string{"x", "/debug", "-MONITOR"}}, ""},
		{"a newer one", process.About{UID: "u", Image: self, Args: []string{"x", "monitor", "--later=3", "--queue", "q"}}, ""},
		{"another user's", process.About{UID: "v", Image: self, Args: []string{"x", "monitor"}}, "another user"},
		{"of nobody", process.About{Image: self, Args: []string{"x", "monitor"}}, "another user"},
		{"another program", process.About{UID: "u", Image: filepath.Join("bin", "sleep"), Args: []string{"x", "monitor"}}, "another program"},
		{"the service", process.About{UID: "u", Image: self, Args: []string{"x", "service", "run", "--queue", "q"}}, "not run as a monitor"},
		{"a sender", process.About{UID: "u", Image: self, Args: []string{"x", "ask", "monitor"}}, "not run as a monitor"},
		{"one that stops", process.About{UID: "u", Image: self, Args: []string{"x", "monitor", "stop"}}, "not run as a monitor"},
		{"nothing", process.About{UID: "u", Image: self, Args: []string{"x"}}, "not run as a monitor"},
		{"no command line", process.About{UID: "u", Image: self}, "not known"},
		{"another queue's", process.About{UID: "u", Image: self, Args: []string{"x", "monitor", "--queue", "r"}}, "another queue"},
		{"no queue's", process.About{UID: "u", Image: self, Args: []string{"x", "monitor", "--queue", "*"}}, "another queue"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := notMonitor(test.about, "q", "u")
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestSameProgram(t *testing.T) {
	for _, test := range []struct {
		image string
		want  bool
	}{
		{"deskbell", true},
		{"Deskbell.EXE", true},
		{"deskbellw.exe", true},
		{"deskbell-gtk", false},
		{"desk", false},
		{"", false},
	} {
		if got := sameProgram(test.image, filepath.Join("bin", "deskbell.exe")); got != test.want {
			t.Errorf("%q: %v", test.image, got)
		}
	}
}
