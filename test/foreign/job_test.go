//go:build linux

package foreign

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// A software-distribution job in a shell script (examples/jobs) is put off by
// the user, shown to him while it is under way, and tells him how it ended.
func TestJobIsPutOffShownAndComplete(t *testing.T) {
	for name, test := range map[string]struct {
		person  string
		command string
		exit    int
		ran     bool
	}{
		"put off":  {`{"match":"ready","button":"Later"}`, "exit 0", 75, false},
		"agreed":   {`{"match":"ready","button":"Install now"}` + "\n" + told, "exit 0", 0, true},
		"it fails": {`{"match":"ready","button":"Install now"}` + "\n" + told, "exit 7", 7, true},
		"closed":   {`{"match":"ready","dismiss":true}`, "exit 0", 75, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			m := attend(t, linuxMonitor(dir, "job", script(t, test.person)))
			attended(t, func() *exec.Cmd { // or the job starts one itself
				cmd := exec.Command(bed.Build("deskbell"), "status", "--queue", "job")
				cmd.Env = environment(dir)
				return cmd
			})
			ran := filepath.Join(t.TempDir(), "ran")
			cmd := exec.Command("sh", filepath.Join(bed.Root(), "examples/jobs/install.sh"), "Acme 7", "sh", "-c", `: >"$0"; `+test.command, ran)
			cmd.Env = append(environment(dir), "DESKBELL_QUEUE=job", "PATH="+filepath.Dir(bed.Build("deskbell"))+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != test.exit {
				t.Errorf("exit status %d, want %d (%v)\n%s", got, test.exit, err, out)
			}
			if _, err := os.Stat(ran); (err == nil) != test.ran {
				t.Errorf("the installer: %v\n%s\n%s", err, out, m.log())
			}
		})
	}
}

// told is a person who looks at the bar, and reads the notice.
const told = `{"match":"is being installed","timeout":true}
{"match":"Acme 7\n.*(has been|could not be) installed","dismiss":true}`
