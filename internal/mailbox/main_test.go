package mailbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
)

// contendEnv makes the test binary a process that claims in the mailbox there.
const contendEnv = "DESKBELL_TEST_CONTEND"

func TestMain(m *testing.M) {
	if at := os.Getenv(contendEnv); at != "" {
		if err := mailboxtest.Contend(storeAt(at), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestProcesses(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	at := newPlace(t)
	mailboxtest.RunProcesses(t, storeAt(at), func() *exec.Cmd {
		cmd := exec.Command(executable)
		cmd.Env = append(os.Environ(), contendEnv+"="+at, "GORACE=atexit_sleep_ms=0")
		cmd.Stderr = os.Stderr
		return cmd
	})
}
