package session

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/windows"
)

// elevationEnv has TestUnelevate say what it is.
const elevationEnv = "DESKBELL_TEST_ELEVATION"

// What is started on the desktop has no administrator's rights, whatever whoever
// starts it has. In Wine everybody has them, and what is started for a person
// keeps them.
func TestUnelevate(t *testing.T) {
	if os.Getenv(elevationEnv) != "" {
		facts, err := factsOf(windows.GetCurrentProcessToken())
		if err != nil {
			t.Fatal(err)
		}
		if facts.admin {
			t.Fatal("it is an administrator")
		}
		os.Stdout.WriteString("\nlimited " + facts.user + "\n")
		return
	}
	own, err := factsOf(windows.GetCurrentProcessToken())
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, "-test.run=^TestUnelevate$")
	command.Env = append(os.Environ(), elevationEnv+"=1")
	done, err := takeRights(command)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	out, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("limited "+own.user)) {
		t.Errorf("%v\n%s", err, out)
	}
}
