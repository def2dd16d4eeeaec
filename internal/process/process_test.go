package process

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"sync"
	"testing"
	"time"
)

// childEnv makes the test binary a process that waits for the end of stdin.
const childEnv = "DESKBELL_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		_, _ = os.Stdin.Read(make([]byte, 1))
		return
	}
	os.Exit(m.Run())
}

// child starts a process that runs until end is called, which waits for it.
func child(t *testing.T) (id ID, end func()) {
	t.Helper()
	id, cmd, in := start(t)
	ended := false
	end = func() {
		if !ended {
			ended = true
			_ = in.Close()
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(end)
	return id, end
}

// killable starts one that is to be killed; ended collects it.
func killable(t *testing.T) (id ID, ended func()) {
	t.Helper()
	id, cmd, in := start(t, "a b", `c"d`)
	ended = sync.OnceFunc(func() {
		_ = in.Close()
		_ = cmd.Wait() // killed, or not
	})
	t.Cleanup(ended)
	return id, ended
}

func start(t *testing.T, args ...string) (ID, *exec.Cmd, io.Closer) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(executable, args...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := Of(cmd.Process.Pid)
	if err != nil {
		t.Error(err)
	}
	return id, cmd, in
}

func TestSelf(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if self.Pid != os.Getpid() || self.Started == "" || !self.Running() || !self.SameUser() {
		t.Errorf("got %+v", self)
	}
	again, err := Of(os.Getpid())
	if err != nil || again != self {
		t.Errorf("got %+v and %+v, %v", self, again, err)
	}
}

func TestBelongsTo(t *testing.T) {
	id, _ := child(t)
	own, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if !id.BelongsTo(own.Uid) {
		t.Errorf("a process of ours is not %s's", own.Uid)
	}
	for _, other := range []string{"", "4711", "S-1-5-21-1-2-3-4711"} {
		if id.BelongsTo(other) {
			t.Errorf("a process of ours is %q's", other)
		}
	}
}

func TestRunning(t *testing.T) {
	id, end := child(t)
	if !id.Running() || !id.SameUser() {
		t.Errorf("%+v does not run", id)
	}
	if reused := (ID{id.Pid, "1"}); reused.Running() {
		t.Error("another start time, but runs")
	}
	if unknown := (ID{Pid: id.Pid}); !unknown.Running() {
		t.Error("without a start time it does not run")
	}
	end()
	if id.Running() {
		t.Error("ended, but runs")
	}
	if _, err := Of(id.Pid); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	for _, pid := range []int{0, -1} {
		if _, err := Of(pid); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("pid %d: error %v", pid, err)
		}
	}
}

func TestWait(t *testing.T) {
	id, end := child(t)
	waits := make(chan error)
	go func() { waits <- Wait(context.Background(), id) }()
	select {
	case err := <-waits:
		t.Fatal("did not wait", err)
	default:
	}
	end()
	if err := <-waits; err != nil {
		t.Error(err)
	}
	if err := Wait(context.Background(), id); err != nil {
		t.Error(err)
	}
	if err := Wait(context.Background(), ID{os.Getpid(), "1"}); err != nil {
		t.Error(err)
	}
}

func TestWaitCancelled(t *testing.T) {
	id, _ := child(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := Wait(ctx, id); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}
