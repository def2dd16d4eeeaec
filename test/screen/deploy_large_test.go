//go:build linux

package screen

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// The windows of a job with much to say have room on the smallest screen when all
// letters are half as large again, and are answered from the keyboard.
func TestDeployInLargeLetters(t *testing.T) {
	t.Parallel()
	t.Run("gtk", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		d := openLinux(t, bed.Build("deskbell"), "GDK_DPI_SCALE=1.5", "LANG=C.UTF-8", "LANGUAGE=de", "LC_MESSAGES=de_DE.UTF-8")
		linux := d.deskbell
		d.deskbell = func(args ...string) *exec.Cmd {
			cmd := linux(args...)
			cmd.Env = append(cmd.Env, "DESKBELL_STATE_DIR="+dir)
			return cmd
		}
		editor := filepath.Join(dir, "an-editor-with-a-name-that-is-much-longer-than-most-of-them-are")
		if err := copyFile("/bin/sleep", editor); err != nil {
			t.Fatal(err)
		}
		large(d, editor, func() *exec.Cmd {
			cmd := exec.Command(editor, "600")
			cmd.Env = append(cmd.Environ(), "DISPLAY="+d.Name)
			return cmd
		}, "true")
	})
	t.Run("wine", func(t *testing.T) {
		t.Parallel()
		d := openWineWith(t, bed.Settings{`Control Panel\\Desktop`: `"LogPixels"=dword:00000090`})
		large(d, "notepad.exe", func() *exec.Cmd { return d.box.(registry).windows.Command("notepad") },
			"--reboot", "ask", "--reboot-codes", "0", "--", "cmd", "/c", "exit 0")
	})
}

func large(d *desk, pattern string, program func() *exec.Cmd, installer ...string) {
	d.t.Helper()
	editor := program()
	if err := editor.Start(); err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- editor.Wait() }()
	d.t.Cleanup(func() {
		_ = editor.Process.Kill() // it may have ended
		<-ended
	})
	d.Wait("the program to be there", func() bool {
		out, err := d.deskbell("deploy", "--name", "large", "--close", pattern, "--explain").Output()
		return err == nil && strings.Contains(string(out), "Would close ")
	})
	const title = "The Acme Suite for Very Large Enterprises, Edition 2026 with Service Pack 7"
	text := strings.Repeat("What is new in it is told here at some length, as is what will no longer be there. ", 18)
	if !slices.Contains(installer, "--") {
		installer = append([]string{"--"}, installer...)
	}
	job := d.run(append([]string{
		"deploy", "--name", "large", "--title", title, "--text", text, "--defer-times", "3",
		"--delays", "30m,1h,2h,4h,tomorrow@9,3d", "--close", pattern, "--exit-style", "posix", "--json",
	}, installer...)...)
	moments := []string{"asked", "close"}
	if slices.Contains(installer, "--reboot") {
		moments = append(moments, "restart", "restart-countdown")
	}
	windows := d.sequence(title)
	for _, moment := range moments {
		window := windows.next(moment)
		fits(d, title)
		window.Keys("Return")
	}
	if a := job.answer(); a.Outcome != "installed" || a.Exit != 0 {
		d.t.Errorf("it ends with %+v", a)
	}
	select {
	case err := <-ended:
		ended <- err
	case <-time.After(time.Minute):
		d.t.Error("the program was not closed")
	}
}

// fits reports where a window is not all on the screen.
func fits(d *desk, title string) {
	d.t.Helper()
	out, err := d.Command("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$", "getwindowgeometry", "--shell").Output()
	if err != nil {
		d.t.Errorf("look where %s is: %v", title, err)
		return
	}
	at := map[string]int{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		at[name], _ = strconv.Atoi(value) // all are numbers
	}
	if at["WIDTH"] == 0 || at["X"] < 0 || at["Y"] < 0 || at["X"]+at["WIDTH"] > 1366 || at["Y"]+at["HEIGHT"] > 768 {
		d.t.Errorf("it is not all on the screen: %s", out)
	}
}
