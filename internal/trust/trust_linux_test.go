package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// grove makes root/lib/deskbell/processors/desk/backup in a directory of the
// test's own, which stands for the whole file system and whose owner, whoever
// runs the test, for the administrator.
func grove(t *testing.T) (tree, []string) {
	t.Helper()
	real, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(real, "root")
	dir := filepath.Join(root, "lib", "deskbell", "processors", "desk")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "backup")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	components := []string{root}
	rest, _ := filepath.Rel(root, program)
	for step := range strings.SplitSeq(rest, "/") {
		components = append(components, filepath.Join(components[len(components)-1], step))
	}
	for _, c := range components {
		if err := os.Chmod(c, 0o755); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	return tree{root: root, admin: uint32(os.Getuid())}, components
}

func refused(t *testing.T, err error, component, reason string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Component != component || !strings.Contains(e.Reason, reason) {
		t.Fatalf("%v; want that %s %s", err, component, reason)
	}
}

func TestTree(t *testing.T) {
	tree, components := grove(t)
	for _, c := range components {
		if err := tree.adminsOnly(c); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
	program := components[len(components)-1]
	if err := tree.adminsOnly(program + "2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of one that is not there: %v", err)
	}
	if err := tree.adminsOnly(program + "/below"); err == nil {
		t.Error("a file has something below it")
	}
}

// Each component from the root to the program is attacked in each way.
func TestTreeAttacked(t *testing.T) {
	chmod := func(mode os.FileMode) func(string) error {
		return func(c string) error { return os.Chmod(c, mode) }
	}
	for _, attack := range []struct {
		name, reason string
		do           func(component string) error
	}{
		{"group", "by its group", chmod(0o775)},
		{"everybody", "by everybody", chmod(0o757)},
		{"sticky", "everybody may put files", chmod(0o777 | os.ModeSticky)},
		{"link", "is a link", func(c string) error {
			if err := os.Rename(c, c+".real"); err != nil {
				return err
			}
			return os.Symlink(c+".real", c)
		}},
	} {
		t.Run(attack.name, func(t *testing.T) {
			_, components := grove(t)
			for i := range components {
				tree, components := grove(t)
				if err := attack.do(components[i]); err != nil {
					t.Fatal(err)
				}
				refused(t, tree.adminsOnly(components[len(components)-1]), components[i], attack.reason)
			}
		})
	}
}

func TestTreeOfAnother(t *testing.T) {
	tree, components := grove(t)
	tree.admin++
	refused(t, tree.adminsOnly(components[len(components)-1]), components[0], "belongs to user")
}

// An access list is read through what was opened, also without the right to
// read the file.
func TestTreeAccessList(t *testing.T) {
	_, components := grove(t)
	const none = 0xffffffff
	for i := range components {
		tree, components := grove(t)
		list := aclBytes(aclLine{aclOwner, 7, none}, aclLine{aclUser, 7, 54321}, aclLine{aclOwning, 5, none}, aclLine{aclMask, 7, none}, aclLine{aclOthers, 5, none})
		if err := unix.Setxattr(components[i], aclAttribute, list, 0); errors.Is(err, unix.EOPNOTSUPP) {
			// A file system without access lists grants nothing by them.
			if err := tree.adminsOnly(components[len(components)-1]); err != nil {
				t.Fatal(err)
			}
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		refused(t, tree.adminsOnly(components[len(components)-1]), components[i], "by user 54321, by its access list")
	}
}

func TestTreeNoFile(t *testing.T) {
	tree, components := grove(t)
	pipe := filepath.Join(components[len(components)-2], "pipe")
	if err := unix.Mkfifo(pipe, 0o755); err != nil {
		t.Fatal(err)
	}
	refused(t, tree.adminsOnly(pipe), pipe, "neither a file nor a folder")
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"", "bin/sh", "./bin", "/bin/../bin/sh", "/usr//bin", "/usr/bin/", "/usr/./bin", "/usr\x00/bin"} {
		var e *Error
		if err := AdminsOnly(name); !errors.As(err, &e) {
			t.Errorf("%q: %v", name, err)
		}
	}
	tree, components := grove(t)
	refused(t, tree.adminsOnly(components[0]+"2/x"), components[0]+"2/x", "is not below")
}

func TestSystem(t *testing.T) {
	if err := AdminsOnly("/usr/bin/env"); err != nil {
		t.Errorf("a program of the system: %v", err)
	}
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if err := AdminsOnly(file); !errors.As(err, &e) {
		t.Errorf("a program in the folder for temporary files: %v", err)
	}
}

// What is trusted stays what it is between the look and the start: somebody
// else can do nothing to any component of the path. The same attempts succeed
// in a folder that is not trusted. Somebody else is, for root, a thread with
// another user's file-system ids; who is not root has none, and what he makes
// is not trusted in the first place.
func TestTrustedCannotBeExchanged(t *testing.T) {
	if os.Geteuid() != 0 {
		_, components := grove(t)
		refused(t, AdminsOnly(components[0]), firstOfAnother(t, components[0]), "")
		return
	}
	root, err := os.MkdirTemp("/run", "deskbell-trust-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(root); err != nil {
			t.Error(err)
		}
	})
	folder := filepath.Join(root, "folder")
	program := filepath.Join(folder, "program")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{root, folder, program} {
		if err := os.Chmod(c, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	own := filepath.Join(t.TempDir(), "own")
	if err := os.WriteFile(own, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := AdminsOnly(program); err != nil {
		t.Fatal(err)
	}
	if done := attempts(own, root, folder, program); len(done) > 0 {
		t.Errorf("somebody else could %q", done)
	}
	if err := AdminsOnly(program); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if done := attempts(own, program); len(done) == 0 {
		t.Error("nothing could be done where everybody may write")
	}
}

// firstOfAnother is the first component of path that refusal is due to.
func firstOfAnother(t *testing.T, path string) string {
	t.Helper()
	var e *Error
	if err := AdminsOnly(path); !errors.As(err, &e) {
		t.Fatalf("%s is trusted: %v", path, err)
	}
	return e.Component
}

// attempts tries to exchange or change files as somebody else and returns
// what could be done.
func attempts(own string, targets ...string) (done []string) {
	const somebody = 65534
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // and never unlocked: the thread ends with its ids
		if _, err := unix.SetfsgidRetGid(somebody); err != nil {
			done = append(done, err.Error())
			return
		}
		if _, err := unix.SetfsuidRetUid(somebody); err != nil {
			done = append(done, err.Error())
			return
		}
		for _, target := range targets {
			for what, err := range map[string]error{
				"make one beside":   unix.Mkdir(target+".new", 0o755),
				"change its mode":   unix.Chmod(target, 0o777),
				"take it":           unix.Chown(target, somebody, somebody),
				"truncate it":       unix.Truncate(target, 0),
				"open it":           opened(target),
				"put one over it":   unix.Rename(own, target),
				"set a list":        unix.Setxattr(target, aclAttribute, aclBytes(aclLine{aclUser, 7, somebody}), 0),
				"put it elsewhere":  unix.Rename(target, target+".old"),
				"remove it":         unix.Unlink(target),
				"remove the folder": unix.Rmdir(target),
			} {
				if err == nil {
					done = append(done, what+": "+target)
				}
			}
		}
	}()
	<-ended
	return done
}

func opened(target string) error {
	fd, err := unix.Open(target, unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}
