package process

import (
	"os"
	"os/exec"
	"testing"
)

// Kill ends the process that is meant, and no other that has its pid.
func TestKill(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := Of(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	other := id
	other.Started += "9"
	if err := other.Kill(); err != nil || !id.Running() {
		t.Errorf("another with its pid: %v, running %v", err, id.Running())
	}
	if err := id.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it ended by itself")
	}
	if err := id.Kill(); err != nil {
		t.Errorf("kill it again: %v", err)
	}
}
