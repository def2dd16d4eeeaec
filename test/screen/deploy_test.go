//go:build linux

package screen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/test/bed"
)

// A job of software distribution in its whole life: put off, kept off, forced,
// under way, complete; on Linux a .deb, on Windows an .msi, both real.
func TestDeploy(t *testing.T) {
	t.Parallel()
	t.Run("gtk", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		gate := filepath.Join(dir, "gate")
		if err := unix.Mkfifo(gate, 0o600); err != nil {
			t.Fatal(err)
		}
		root := filepath.Join(dir, "root")
		installer := []string{
			"--progress=stdout", "--", "sh", "-c",
			"echo 20; echo '# Unpacking'; dpkg --root=" + root + " -i " + deb(t, dir, root) + " && echo 60 && echo '# Setting up' && read line <" + gate,
		}
		d := openGTK(t)
		linux := d.deskbell
		d.deskbell = func(args ...string) *exec.Cmd {
			cmd := linux(args...)
			cmd.Env = append(cmd.Env, "DESKBELL_STATE_DIR="+dir)
			return cmd
		}
		life{desk: d, windowed: true, installer: installer, installed: func() bool {
			_, err := os.Stat(root + "/opt/acme/readme.txt")
			return err == nil
		}, underWay: func() {
			d.Wait("the package to be installed", func() bool { _, err := os.Stat(root + "/opt/acme/readme.txt"); return err == nil })
		}, release: func() {
			if err := os.WriteFile(gate, []byte("go on\n"), 0); err != nil {
				t.Error(err)
			}
		}}.lead()
		editor := filepath.Join(dir, "acme-"+filepath.Base(dir)+"-editor")
		if err := os.Link("/bin/sleep", editor); err != nil {
			if out, err := exec.Command("cp", "/bin/sleep", editor).CombinedOutput(); err != nil {
				t.Fatalf("copy a program: %v\n%s", err, out)
			}
		}
		closing(d, editor, filepath.Base(editor), func() *exec.Cmd {
			cmd := exec.Command(editor, "600")
			cmd.Env = append(os.Environ(), "DISPLAY="+d.Name) // which tells it from a service of the same user
			return cmd
		}, "true")
	})
	t.Run("wine", func(t *testing.T) {
		t.Parallel()
		d := openWine(t)
		life{
			desk:      d,
			installer: []string{"--progress", "--msi", bed.Path(msi(t)), "--msi-property", "ACMENOTE=a note with spaces", "--msi-property", "ACMEGATE=1"},
			installed: func() bool { return acme(d) },
			underWay:  func() { underWay(d) },
			release:   func() { goOn(d) },
		}.lead()
		restart(d)
		closing(d, "notepad.exe", "notepad", func() *exec.Cmd { return d.box.(registry).windows.Command("notepad") }, "cmd", "/c", "exit 0")
	})
}

// The one line of the README's and of the first page of docs/deploy.md: it asks,
// closes a program, shows that it is under way, tells that it is done, and asks when
// the computer is to be restarted.
func TestDeployInOneLine(t *testing.T) {
	t.Parallel()
	d := openWine(t)
	windows := d.box.(registry).windows
	if out, err := windows.Command("cmd", "/c", "copy", `C:\windows\notepad.exe`, `C:\winword.exe`).CombinedOutput(); err != nil {
		t.Fatalf("copy a program: %v\n%s", err, out)
	}
	word := windows.Command(`C:\winword.exe`)
	if err := word.Start(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- word.Wait() }()
	t.Cleanup(func() {
		_ = word.Process.Kill() // it may have ended
	})
	d.Window("Untitled - Notepad")
	job := d.run("deploy", "--name", "acme-7", "--title", "Acme 7", "--defer-times", "3", "--defer-days", "5", "--close", "winword.exe",
		"--progress", "--complete", "--reboot", "ask", "--msi", bed.Path(msi(t)),
		// What its package, its restart and this test need besides.
		"--msi-property", "ACMENOTE=a note with spaces", "--msi-property", "ACMEGATE=1", "--reboot-codes", "0,3010", "--exit-style", "posix", "--json")
	windowsOf := d.sequence("Acme 7")
	windowsOf.next("asked").Keys("Return")
	windowsOf.next("close").Keys("Return")
	windowsOf.next("progress")
	underWay(d)
	d.Shot(shotName(t, "progress"))
	goOn(d)
	windowsOf.next("restart").Keys("Return")
	if a := job.answer(); a.Outcome != "installed" || a.Exit != 0 || a.Restart == nil || !a.Restart.Pending || a.Restart.By != "windows" || a.Restart.User == "" {
		t.Errorf("it ends with %+v, %+v", a, a.Restart)
	}
	if !acme(d) {
		t.Error("it is not installed")
	}
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Error("winword.exe was not closed")
	}
}

// underWay waits until the package asks whether to go on, and its bar is to be seen.
func underWay(d *desk) {
	d.t.Helper()
	d.Window("Gate")
	// It lies on the bar.
	if out, err := d.Command("xdotool", "search", "--onlyvisible", "--name", "^Gate$", "windowmove", "20", "20").CombinedOutput(); err != nil {
		d.t.Errorf("move a window: %v\n%s", err, out)
	}
	d.Wait("the bar to have got somewhere", func() bool { return reached(d) })
}

// goOn has the package go on. Where neither of the two windows has the focus when
// the key comes, as when Wine is still moving one, it is lost, and pressed again.
func goOn(d *desk) {
	d.t.Helper()
	gone := func() bool { return !slices.Contains(d.Titles(), "Gate") }
	for range 3 {
		d.Window("Gate").Keys("Return")
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
			if gone() {
				return
			}
		}
	}
	d.t.Fatal("the package does not go on")
}

// life is the life of a job.
type life struct {
	*desk
	installer []string
	installed func() bool
	underWay  func() // waits until the installer waits for release
	release   func()
	windowed  bool // notices are windows
}

func (l life) deploy(args ...string) *running {
	all := []string{"deploy", "--name", "acme-7", "--title", "Acme 7", "--defer-times", "3", "--delays", "1h,4h,tomorrow@9", "--complete", "--exit-style", "posix", "--json"}
	return l.run(append(append(all, args...), l.installer...)...)
}

func (l life) lead() {
	l.t.Helper()
	asked, windows := l.deploy(), l.sequence("Acme 7")
	windows.next("asked").Keys("Tab", "space")
	if a := asked.answer(); a.Outcome != "deferred" || a.Exit != 75 {
		l.t.Fatalf("put off, it ends with %+v", a)
	}
	if a := l.deploy().answer(); a.Outcome != "deferred" || l.installed() {
		l.t.Fatalf("before the time that was chosen it ends with %+v; installed: %v", a, l.installed())
	}

	forced := l.deploy("--defer-deadline", "2026-01-01", "--countdown", "10m")
	windows.next("forced").Keys("Escape", "Return") // the first is of no use
	windows.next("progress")
	l.underWay()
	l.Shot(shotName(l.t, "progress"))
	l.release()
	if l.windowed {
		windows.next("complete") // a notice, which keeps nobody
	}
	if a := forced.answer(); a.Outcome != "installed" || a.Exit != 0 {
		l.t.Fatalf("installed, it ends with %+v", a)
	}
	if !l.installed() {
		l.t.Error("it is not installed")
	}
	said, err := l.deskbell("deploy", "--name", "acme-7", "--defer-times", "3", "--explain").Output()
	if err != nil || !strings.Contains(string(said), "3 of 3 left") {
		l.t.Errorf("after that it is %q, %v", said, err)
	}
}

// closing has somebody close a program that is in the installer's way, by the
// button, which lets it ask what is to be saved.
func closing(d *desk, pattern, name string, program func() *exec.Cmd, installer ...string) {
	d.t.Helper()
	editor := program()
	if err := editor.Start(); err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- editor.Wait() }()
	d.t.Cleanup(func() {
		_ = editor.Process.Kill() // it may have ended
	})
	explained := func() bool {
		out, err := d.deskbell("deploy", "--name", "acme-9", "--close", pattern, "--defer-times", "1", "--explain").Output()
		return err == nil && strings.Contains(string(out), "Would close "+name+".")
	}
	d.Wait("the program to be there", explained)
	job := d.run(append([]string{"deploy", "--name", "acme-9", "--title", "Acme 9", "--defer-times", "1", "--close", pattern, "--exit-style", "posix", "--json", "--"}, installer...)...)
	windows := d.sequence("Acme 9")
	windows.next("close-asked").Keys("Return")
	windows.next("close").Keys("Return")
	if a := job.answer(); a.Outcome != "installed" || a.Exit != 0 {
		d.t.Errorf("it ends with %+v", a)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		d.t.Errorf("%s was not closed", name)
	}
}

// restart has somebody choose when the computer is restarted. Wine takes the plan
// and restarts nothing.
func restart(d *desk) {
	d.t.Helper()
	job := d.run("deploy", "--name", "acme-8", "--title", "Acme 8", "--countdown", "10m", "--reboot", "ask", "--reboot-codes", "10",
		"--exit-style", "posix", "--json", "--", "cmd", "/c", "exit 10")
	windows := d.sequence("Acme 8")
	windows.next("restart-forced").Keys("Return")
	windows.next("restart").Keys("Return") // now
	if a := job.answer(); a.Outcome != "installed" || a.Exit != 0 || a.Restart == nil || !a.Restart.Pending || a.Restart.By != "windows" || a.Restart.User == "" {
		d.t.Errorf("it ends with %+v, %+v", a, a.Restart)
	}
	// The job has ended, and the window that counts down is there.
	windows.next("restart-countdown").Keys("Return")
	d.Wait("the window to go", func() bool { return d.NoWindow("Acme 8") })
}

// deb builds a package, and the root that it is to be installed in.
func deb(t *testing.T, dir, root string) string {
	t.Helper()
	tree := filepath.Join(dir, "tree")
	for name, text := range map[string]string{
		filepath.Join(tree, "DEBIAN/control"):            "Package: acme\nVersion: 7\nArchitecture: all\nMaintainer: Acme <acme@example.org>\nDescription: test\n",
		filepath.Join(tree, "opt/acme/readme.txt"):       "installed\n",
		filepath.Join(root, "var/lib/dpkg/status"):       "",
		filepath.Join(root, "var/lib/dpkg/info/x"):       "",
		filepath.Join(root, "var/lib/dpkg/updates/0000"): "",
		filepath.Join(root, "var/log/dpkg.log"):          "",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(root, "var/lib/dpkg/updates/0000")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "acme.deb")
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", tree, file).CombinedOutput(); err != nil {
		t.Fatalf("build a package: %v\n%s", err, out)
	}
	return file
}

// acmeSource is a package of one file and one value, of which the value has what
// a property says. With ACMEGATE, a queue, it asks whether to go on.
const acmeSource = `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
 <Product Id="*" Name="Acme" UpgradeCode="5a0d6c1e-0a51-4d36-9b1a-0f7a6d1c7e55" Language="1033" Version="7.0.0" Manufacturer="Acme">
  <Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine"/>
  <Media Id="1" Cabinet="acme.cab" EmbedCab="yes"/>
  <Property Id="ACMENOTE" Value="none" Secure="yes"/>
  <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFiles64Folder"><Directory Id="INSTALLDIR" Name="Acme">
   <Component Id="Main" Guid="0b1f7c3e-6a27-4f5d-8f0c-3f1f5f8f4a10" Win64="yes">
    <File Id="readme" Name="readme.txt" Source="readme.txt" KeyPath="yes"/>
   </Component>
   <Component Id="Note" Guid="0b1f7c3e-6a27-4f5d-8f0c-3f1f5f8f4a11" Win64="yes">
    <RegistryKey Root="HKLM" Key="Software\Acme"><RegistryValue Name="Note" Type="string" Value="[ACMENOTE]" KeyPath="yes"/></RegistryKey>
   </Component>
  </Directory></Directory></Directory>
  <Binary Id="script" SourceFile="gate.js"/>
  <CustomAction Id="Gate" BinaryKey="script" JScriptCall="gate" Execute="deferred" Return="check"/>
  <InstallExecuteSequence><Custom Action="Gate" After="ProcessComponents">ACMEGATE</Custom></InstallExecuteSequence>
  <Feature Id="F" Level="1"><ComponentRef Id="Main"/><ComponentRef Id="Note"/></Feature>
 </Product>
</Wix>
`

// msi builds a package of Windows Installer.
func msi(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ask := fmt.Sprintf(`"%s" ask "Go on?" --title Gate --queue %s --launch never --within 5m`, bed.Path(bed.Build("deskbell.exe")), queue)
	gate := fmt.Sprintf("function gate() { new ActiveXObject('WScript.Shell').Run('%s', 0, true); return 1; }\n", strings.ReplaceAll(ask, `\`, `\\`))
	for name, text := range map[string]string{"acme.wxs": acmeSource, "readme.txt": "installed\n", "gate.js": gate} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("wixl", "-a", "x64", "-o", "acme.msi", "acme.wxs")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build a package: %v\n%s", err, out)
	}
	return filepath.Join(dir, "acme.msi")
}

// acme reports whether the package is installed, with what its property said.
func acme(d *desk) bool {
	box, ok := d.box.(registry)
	if !ok {
		return false
	}
	out, err := box.windows.Command("reg", "query", `HKLM\Software\Acme`, "/v", "Note").Output()
	return err == nil && strings.Contains(string(out), "REG_SZ    a note with spaces")
}

var percents = regexp.MustCompile(`Percent +REG_DWORD +0x([0-9a-f]+)`)

// reached reports whether a bar has got somewhere, by its message.
func reached(d *desk) bool {
	box, ok := d.box.(registry)
	if !ok {
		return false
	}
	// It fails while keys go.
	out, _ := box.windows.Command("reg", "query", `HKCU\Software\Deskbell\Queues\`+queue+`\Inbox`, "/s", "/v", "Percent").Output()
	for _, match := range percents.FindAllStringSubmatch(string(out), -1) {
		if n, err := strconv.ParseUint(match[1], 16, 32); err == nil && n > 0 && n < 100 {
			return true
		}
	}
	return false
}
