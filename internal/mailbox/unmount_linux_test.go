package mailbox_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// unmountEnv makes TestSpoolWatchUnmount the process with mounts of its own.
const unmountEnv = "DESKBELL_TEST_UNMOUNT"

// The watch survives that the file system with the mailbox is unmounted: the
// mailbox is then the one that was below it.
func TestSpoolWatchUnmount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can mount: nothing tried")
		return
	}
	if os.Getenv(unmountEnv) == "" {
		executable, err := os.Executable()
		check(t, err)
		cmd := exec.Command(executable, "-test.run=^TestSpoolWatchUnmount$")
		cmd.Env = append(os.Environ(), unmountEnv+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	check(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	root := t.TempDir()
	check(t, unix.Mount("tmpfs", root, "tmpfs", 0, ""))
	b, err := mailbox.New(mailbox.NewSpool(filepath.Join(root, "queue")), mailbox.Options{})
	check(t, err)
	signals := changes(t, b)
	wait(t, signals, func() bool { return b.Put("above", question()) == nil })
	drain(signals)
	check(t, unix.Unmount(root, 0))
	wait(t, signals, func() bool { ids, err := b.IDs(); return err == nil && len(ids) == 0 })
	drain(signals)
	check(t, b.Put("below", question()))
	wait(t, signals, func() bool { _, err := b.Get("below"); return err == nil })
}
