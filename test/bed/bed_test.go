//go:build linux

package bed

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// dies, in the environment, makes this test program boot a Wine, name it, and
// wait to be killed.
const dies = "DESKBELL_BED_DIES"

func TestMain(m *testing.M) {
	if os.Getenv(dies) == "" {
		os.Exit(m.Run())
	}
	w, err := BootWine("", nil)
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(w.dir + "\n")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

func TestWindowIsFoundAndAnswered(t *testing.T) {
	a, b := NewDisplay(t), NewDisplay(t)
	if a.Name == b.Name {
		t.Fatalf("two displays with the name %s", a.Name)
	}
	cmd := a.Command("zenity", "--question", "--title=Bed", "--text=Is it there?")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := a.Window("Bed")
	if !b.NoWindow("Bed") {
		t.Error("the window is on the other display too")
	}
	w.Keys("Escape")
	w.Gone()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("Escape: %v, want exit status 1", err)
	}
}

func TestWinesShareNothing(t *testing.T) {
	before := reg(t)
	a, err := BootWine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := BootWine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := a.Command("reg", "add", `HKCU\Software\Bed`, "/v", "Here", "/d", "1").CombinedOutput(); err != nil {
		t.Fatalf("reg add: %v\n%s", err, out)
	}
	if err := b.Command("reg", "query", `HKCU\Software\Bed`).Run(); err == nil {
		t.Error("what one Wine has in its registry is in the other's too")
	}
	for _, w := range []*Wine{a, b} {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		gone(t, w.dir)
	}
	if after := reg(t); after != before {
		t.Error("the registry of the prefix that all are copied from has changed")
	}
}

// reg is the registry of the base prefix.
func reg(t *testing.T) (text string) {
	t.Helper()
	if err := base(func(prefix string) error {
		for _, file := range []string{"system.reg", "user.reg", "userdef.reg"} {
			data, err := os.ReadFile(filepath.Join(prefix, file))
			if err != nil {
				return err
			}
			text += string(data)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return text
}

// No program of Wine's, nor what Wine starts itself, has its heap where luck
// puts it.
func TestWineLeavesNoMemoryToChance(t *testing.T) {
	err := exec.Command("setarch", "-R", "true").Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Skip("personality(2) is forbidden here, as in some containers: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	w, err := BootWine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	const fixed = "00040000" // ADDR_NO_RANDOMIZE of personality(2)
	programs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range programs {
		env, _ := os.ReadFile(file) // it may have ended
		dir := filepath.Dir(file)
		name, _ := os.ReadFile(filepath.Join(dir, "comm"))
		if !strings.Contains(string(env), "WINEPREFIX="+w.dir+"\x00") || !strings.HasSuffix(strings.TrimSpace(string(name)), ".exe") {
			continue
		}
		how, err := os.ReadFile(filepath.Join(dir, "personality"))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue
		}
		if seen++; strings.TrimSpace(string(how)) != fixed {
			t.Errorf("%s has the personality %q, %v", name, how, err)
		}
	}
	if seen < 2 {
		t.Errorf("there are %d programs, want the desktop and the services at least", seen)
	}
}

func TestWineEndsWithWhoeverStartedIt(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), dies+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	gone(t, strings.TrimSpace(line))
}

// What the server of a Wine does not know ends with the Wine as well, such as a
// program that was just beginning when the server ended.
func TestWineEndsWhatItsServerDoesNotKnow(t *testing.T) {
	w, err := BootWine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	unknown := exec.Command("sleep", "infinity")
	unknown.Env = w.env
	if err := unknown.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- unknown.Wait() }()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if !until(patience, func() bool { return len(ended) > 0 }) {
		t.Error("it is still there")
		_ = unknown.Process.Kill()
	}
	<-ended
}

func gone(t *testing.T, dir string) {
	t.Helper()
	if !until(patience, func() bool { _, err := os.Stat(dir); return errors.Is(err, fs.ErrNotExist) }) {
		t.Errorf("%s is still there", dir)
	}
}
