package deploy

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// lockEnv makes the test binary hold a file locked until its input ends.
const lockEnv = "DESKBELL_TEST_LOCK"

func TestMain(m *testing.M) {
	if path := os.Getenv(lockEnv); path != "" {
		os.Exit(hold(path))
	}
	os.Exit(m.Run())
}

func hold(path string) int {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err == nil {
		err = unix.FcntlFlock(file.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	}
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		return 1
	}
	os.Stdout.WriteString("held\n")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return 0
}

func TestBusy(t *testing.T) {
	dir := t.TempDir()
	usual := "/var/lib/dpkg/lock-frontend"
	path := filepath.Join(dir, "lock")
	files := map[string]string{}
	for _, all := range locks {
		for _, file := range all {
			files[file] = filepath.Join(dir, "none")
		}
	}
	files[usual] = path
	is := func(program, want string) {
		t.Helper()
		if busy, err := (Locks{Program: program, files: files}).Busy(); err != nil || !strings.HasPrefix(busy, want) || (busy == "") != (want == "") {
			t.Errorf("%s: %q, %v, want %q", program, busy, err, want)
		}
	}
	is("", "")
	self, err := os.Executable()
	check(t, err)
	holder := exec.Command(self)
	holder.Env = append(os.Environ(), lockEnv+"="+path)
	in, err := holder.StdinPipe()
	check(t, err)
	out, err := holder.StdoutPipe()
	check(t, err)
	check(t, holder.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	const busy = "another installation is under way (process "
	is("", busy)
	is("/usr/bin/apt-get", busy)
	is("dpkg", busy)
	is("/usr/bin/dnf", "")
	is("/opt/setup.sh", "")
	check(t, in.Close())
	check(t, holder.Wait())
	is("", "")
	is("apt", "")
}

func TestLockIsKnown(t *testing.T) {
	for program, want := range map[string]bool{"/usr/bin/apt-get": true, "dnf": true, "sh": false, "": false} {
		if (Locks{Program: program}).Known() != want {
			t.Errorf("%q: %v", program, !want)
		}
	}
}
