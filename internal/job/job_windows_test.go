package job

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// toldEnv makes the test binary write down how it was run.
const toldEnv = "DESKBELL_TEST_TOLD"

type told struct {
	Args                []string
	Dir, Resumed, Queue string
}

func TestMain(m *testing.M) {
	if path := os.Getenv(toldEnv); path != "" {
		dir, _ := os.Getwd()
		text, err := json.Marshal(told{os.Args[1:], dir, os.Getenv(Resumed), os.Getenv("DESKBELL_QUEUE")})
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// A job is run where its payload is, with its line as it was written.
func TestStart(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "told.json")
	t.Setenv(toldEnv, path)
	self, err := os.Executable()
	check(t, err)
	j := Job{Name: "acme", At: time.Now(), Args: []string{"lost"}, Line: `deploy -- msiexec INSTALLDIR="C:\My App"`, Dir: dir}
	wait, err := Start(t.Context(), self, "queue", j)
	check(t, err)
	check(t, wait(t.Context()))
	text, err := os.ReadFile(path)
	check(t, err)
	var got told
	check(t, json.Unmarshal(text, &got))
	if want := []string{"deploy", "--", "msiexec", `INSTALLDIR=C:\My App`}; !slices.Equal(got.Args, want) || got.Dir != dir || got.Resumed == "" || got.Queue != "queue" {
		t.Errorf("%+v", got)
	}
}

func TestOpen(t *testing.T) {
	s, err := Open("test-open")
	check(t, err)
	t.Cleanup(func() { check(t, Forget("test-open")) })
	check(t, s.Make())
	check(t, s.Make())
	put(t, s, "acme", time.Now())
	if got := names(t, s); !slices.Equal(got, []string{"acme"}) {
		t.Errorf("%v", got)
	}
}

// The service reads what deploy replaces or removes.
func TestSaveWhileItIsRead(t *testing.T) {
	s := store(t)
	put(t, s, "acme", time.Now())
	for name, do := range map[string]func(){
		"1 replaced": func() { put(t, s, "acme", time.Now()) },
		"2 removed":  func() { check(t, s.Remove("acme")) },
	} {
		t.Run(name, func(t *testing.T) {
			put(t, s, "acme", time.Now())
			read, err := os.Open(s.file("acme"))
			check(t, err)
			closed := make(chan error, 1)
			time.AfterFunc(100*time.Millisecond, func() { closed <- read.Close() })
			do()
			check(t, <-closed)
		})
	}
}
