package job

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// store is one of the test's own.
func store(t *testing.T) Store {
	t.Helper()
	return Store{
		dir:   filepath.Join(t.TempDir(), "jobs", "queue"),
		check: func(dir string) error { _, err := os.Lstat(dir); return err },
		make:  func(dir string) error { return os.MkdirAll(dir, 0o700) },
	}
}

func put(t *testing.T, s Store, name string, at time.Time) {
	t.Helper()
	check(t, s.Save(Job{Name: name, At: at, Args: []string{"deploy", "--name", name}, Dir: t.TempDir()}, ""))
}

func names(t *testing.T, s Store) (names []string) {
	t.Helper()
	jobs, err := s.List()
	check(t, err)
	for _, j := range jobs {
		names = append(names, j.Name)
	}
	return names
}

func TestStore(t *testing.T) {
	s := store(t)
	if got := names(t, s); len(got) != 0 {
		t.Errorf("before: %v", got)
	}
	check(t, s.Remove("nothing"))
	now := time.Now().Round(0)
	put(t, s, "second", now.Add(time.Hour))
	put(t, s, "first", now)
	if got := names(t, s); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("%v", got)
	}
	put(t, s, "first", now.Add(2*time.Hour))
	jobs, err := s.List()
	if err != nil || len(jobs) != 2 || jobs[1].Name != "first" || !jobs[1].At.Equal(now.Add(2*time.Hour)) || !slices.Equal(jobs[1].Args, []string{"deploy", "--name", "first"}) {
		t.Errorf("put again: %+v, %v", jobs, err)
	}
	check(t, s.Remove("first"))
	if got := names(t, s); !slices.Equal(got, []string{"second"}) {
		t.Errorf("removed: %v", got)
	}
}

// The payload is there whole, and stays as it was first given.
func TestPayload(t *testing.T) {
	s, from := store(t), t.TempDir()
	check(t, errors.Join(os.Mkdir(filepath.Join(from, "data"), 0o700), os.WriteFile(filepath.Join(from, "data", "acme.msi"), []byte("acme"), 0o600)))
	j := Job{Name: "acme", At: time.Now(), Args: []string{"deploy"}, Dir: from}
	for range 2 {
		check(t, s.Save(j, from))
		check(t, os.RemoveAll(filepath.Join(from, "data", "acme.msi")))
		jobs, err := s.List()
		if err != nil || len(jobs) != 1 || jobs[0].Dir != filepath.Join(s.Dir(), "acme") {
			t.Fatalf("%+v, %v", jobs, err)
		}
		if text, err := os.ReadFile(filepath.Join(jobs[0].Dir, "data", "acme.msi")); err != nil || string(text) != "acme" {
			t.Errorf("%q, %v", text, err)
		}
	}
	check(t, s.Remove("acme"))
	if left, err := os.ReadDir(s.Dir()); err != nil || len(left) != 0 {
		t.Errorf("left is %v, %v", left, err)
	}
	if err := s.Save(j, filepath.Join(from, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a payload that is not there: %v", err)
	}
	if left, err := os.ReadDir(s.Dir()); err != nil || len(left) != 0 {
		t.Errorf("then left is %v, %v", left, err)
	}
}

// What is no job is not run, and keeps no other from it.
func TestOddJobs(t *testing.T) {
	s := store(t)
	put(t, s, "good", time.Now())
	good, err := os.ReadFile(s.file("good"))
	check(t, err)
	whole := map[string]any{}
	check(t, json.Unmarshal(good, &whole))
	odd := map[string]string{"empty": "", "text": "hello", "other": string(good), "large": `{"name":"` + strings.Repeat("x", limit) + `"}`}
	for _, without := range []string{"at", "args", "dir"} {
		less := map[string]any{}
		for name, value := range whole {
			if name != without {
				less[name] = value
			}
		}
		less["name"] = "no" + without
		text, err := json.Marshal(less)
		check(t, err)
		odd["no"+without] = string(text)
	}
	for name, text := range odd {
		check(t, os.WriteFile(s.file(name), []byte(text), 0o600))
	}
	check(t, os.Mkdir(s.file("folder"), 0o700))
	jobs, err := s.List()
	if len(jobs) != 1 || jobs[0].Name != "good" || err == nil {
		t.Errorf("%+v, %v", jobs, err)
	}
	for name := range odd {
		if err == nil || !strings.Contains(err.Error(), "job "+name+":") {
			t.Errorf("%s is not told of: %v", name, err)
		}
	}
	s.check = func(string) error { return errors.New("others can write it") }
	if jobs, err := s.List(); err == nil || len(jobs) != 0 {
		t.Errorf("in a folder of others': %+v, %v", jobs, err)
	}
	if err := s.Save(Job{Name: "x"}, ""); err == nil {
		t.Error("a job is put into a folder of others'")
	}
}

// ran are the jobs that a runner has started.
type ran struct {
	mu    sync.Mutex
	names []string // guarded by mu
	ends  map[string]chan struct{}
	seen  chan string
}

func (r *ran) start(_ context.Context, j Job) (func(context.Context) error, error) {
	r.mu.Lock()
	r.names = append(r.names, j.Name)
	end := r.ends[j.Name]
	r.mu.Unlock()
	r.seen <- j.Name
	if j.Name == "broken" {
		return nil, errors.New("it cannot be run")
	}
	return func(ctx context.Context) error {
		select {
		case <-end:
		case <-ctx.Done():
		}
		return nil
	}, nil
}

func TestRunner(t *testing.T) {
	s := store(t)
	put(t, s, "due", time.Now().Add(-time.Minute))
	put(t, s, "later", time.Now().Add(time.Hour))
	put(t, s, "broken", time.Now().Add(-time.Minute))
	r := &ran{ends: map[string]chan struct{}{"due": make(chan struct{}), "new": make(chan struct{})}, seen: make(chan string, 8)}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- (&Runner{Store: s, Start: r.start, Log: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	started := func(want ...string) {
		t.Helper()
		var got []string
		for range want {
			select {
			case name := <-r.seen:
				got = append(got, name)
			case <-time.After(time.Minute):
				t.Fatalf("started are %v, want %v", got, want)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("started are %v, want %v", got, want)
		}
	}
	started("broken", "due")
	// One that is put is seen; one that runs is not run again, whatever is put.
	put(t, s, "new", time.Now())
	started("new")
	put(t, s, "due", time.Now())
	// One whose time was chosen anew while it ran is run then.
	put(t, s, "new", time.Now().Add(time.Second))
	close(r.ends["new"])
	started("new")
	stop()
	check(t, <-done)
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.names)
	if want := []string{"broken", "due", "new", "new"}; !slices.Equal(r.names, want) {
		t.Errorf("started were %v, want %v", r.names, want)
	}
}
