package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainProc is a process of a user as /proc shows it.
type plainProc struct {
	uids    string // real, effective, saved, file system's
	tty     int
	environ string
}

func (p plainProc) write(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"status":  "Name:\tx\nUid:\t" + strings.ReplaceAll(p.uids, " ", "\t") + "\nGid:\t1\t1\t1\t1\n",
		"stat":    fmt.Sprintf("7 (a) b (c) S 1 7 7 %d 7 0", p.tty),
		"environ": strings.ReplaceAll(p.environ, " ", "\x00") + "\x00",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestProcessSessions(t *testing.T) {
	ann, ben, root := "4001 4001 4001 4001", "4002 4002 4002 4002", "0 0 0 0"
	tests := []struct {
		name  string
		procs []plainProc
		want  []string // uid id type
	}{
		{"nobody", []plainProc{{uids: root}}, nil},
		{"a display", []plainProc{{ann, 0, "DISPLAY=:0"}, {ann, 0, "A=b DISPLAY=:0"}}, []string{"4001 :0 x11"}},
		{"a compositor's", []plainProc{{ann, 0, "DISPLAY=:0 WAYLAND_DISPLAY=Wayland-0"}}, []string{"4001 wayland-0 wayland"}},
		{"told its session", []plainProc{{ann, 0, "DISPLAY=:0 XDG_SESSION_ID=c7"}}, []string{"4001 c7 x11"}},
		{"two users", []plainProc{{ann, 0, "DISPLAY=:0"}, {ben, 0, "DISPLAY=:1"}}, []string{"4001 :0 x11", "4002 :1 x11"}},
		{"a terminal", []plainProc{{ann, 34816, "TERM=x"}}, []string{"4001 0 tty"}},
		{"a terminal in a window", []plainProc{{ann, 34816, "TERM=x"}, {ann, 0, "DISPLAY=:0"}}, []string{"4001 :0 x11"}},
		{"a service", []plainProc{{ben, 0, "A=b"}}, nil},
		{"root on a user's display", []plainProc{{root, 0, "DISPLAY=:0"}, {ann, 0, "DISPLAY=:0"}}, []string{"4001 :0 x11"}},
		{"root on a display of his own", []plainProc{{root, 0, "DISPLAY=:0"}, {ann, 0, "DISPLAY=:1"}}, []string{"0 :0 x11", "4001 :1 x11"}},
		{"changed who it is", []plainProc{{"4001 0 0 0", 0, "DISPLAY=:0"}, {"4001 4001 0 4001", 0, "DISPLAY=:0"}}, nil},
		{"the system's", []plainProc{{"112 112 112 112", 0, "DISPLAY=:0"}}, nil},
		{"nobody's", []plainProc{{"65534 65534 65534 65534", 0, "DISPLAY=:0"}}, nil},
		{"junk", []plainProc{{"a b", 0, "DISPLAY"}, {"", 0, "=;="}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proc := t.TempDir()
			for i, p := range test.procs {
				p.write(t, filepath.Join(proc, strconv.Itoa(100+i)))
			}
			plainProc{uids: ann, environ: "DISPLAY=:9"}.write(t, filepath.Join(proc, "self"))
			if err := os.Mkdir(filepath.Join(proc, "99"), 0o755); err != nil { // ended meanwhile
				t.Fatal(err)
			}
			compare(t, proc, t.TempDir(), test.want)
		})
	}
}

// A directory in /run/user counts with a process of the user whose it is.
func TestProcessSessionsByRuntimeDirectory(t *testing.T) {
	own := strconv.Itoa(os.Getuid())
	run, proc := t.TempDir(), t.TempDir()
	for _, uid := range []string{"4001", "4002"} {
		if err := os.Mkdir(filepath.Join(run, uid), 0o700); err != nil {
			t.Fatal(err)
		}
		plainProc{uids: strings.TrimSpace(strings.Repeat(uid+" ", 4))}.write(t, filepath.Join(proc, uid))
	}
	compare(t, proc, run, nil) // both are this user's
	if own == "0" {
		if err := os.Chown(filepath.Join(run, "4001"), 4001, 4001); err != nil {
			t.Fatal(err)
		}
		compare(t, proc, run, []string{"4001 0 unspecified"})
	}
}

func compare(t *testing.T, proc, run string, want []string) {
	t.Helper()
	sessions, err := processSessions(proc, run)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sessions {
		if !s.Active || s.Class != "user" {
			t.Errorf("%+v is not an active one of a user", s)
		}
		got = append(got, s.UID+" "+s.ID+" "+s.Type)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
