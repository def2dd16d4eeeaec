// Package job keeps jobs of software distribution that people have put off until a
// time, with what they need, and has them run then.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/deskbell/deskbell/internal/file"
)

// Job is what is run, and when.
type Job struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	// Args are those of deskbell, without its own name. On Windows Line is the
	// rest of the command line behind that, as it was written.
	Args []string `json:"args"`
	Line string   `json:"line,omitempty"`
	// Dir is where it is run: its own copy of the payload, or where the line was
	// first given.
	Dir string `json:"dir"`
}

// Resumed is the variable in the environment of a job that is run at its time.
const Resumed = "DESKBELL_RESUMED"

// limit is how large the description of a job may be.
const limit = 256 << 10

// Store are the jobs of a queue: a file each, and a folder for the payload, in a
// folder that administrators alone can write, or read.
type Store struct {
	dir   string
	way   []string               // folders that lead there, and go when nothing is in them
	check func(dir string) error // whether others could change it
	make  func(dir string) error
}

// Open is where the jobs of a queue are kept. Nothing is made yet.
func Open(queue string) (Store, error) { return open(queue) }

// Dir is the folder.
func (s Store) Dir() string { return s.dir }

func (s Store) file(name string) string    { return filepath.Join(s.dir, name+".json") }
func (s Store) payload(name string) string { return filepath.Join(s.dir, name) }

// Make makes the folder, and looks whether others could change it.
func (s Store) Make() error {
	if err := s.make(s.dir); err != nil {
		return fmt.Errorf("make the folder for jobs: %w", err)
	}
	return s.trusted()
}

func (s Store) trusted() error {
	if err := s.check(s.dir); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// Save keeps a job, in place of an earlier one of the name. payload is a folder
// that is copied, "" = none; one that is there already is not copied again, as it
// is from there that the job ran. It has to be of folders and files alone.
func (s Store) Save(j Job, payload string) error {
	if err := s.Make(); err != nil {
		return err
	}
	if payload != "" {
		if err := s.copy(j.Name, payload); err != nil {
			return fmt.Errorf("copy the payload of the job %s: %w", j.Name, err)
		}
		j.Dir = s.payload(j.Name)
	}
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	rename := func(from, to string) error { return undisturbed(func() error { return os.Rename(from, to) }) }
	err = file.ReplaceBy(s.file(j.Name), rename, func(file *os.File) error {
		_, err := file.Write(text)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the job %s: %w", j.Name, err)
	}
	return nil
}

// copy copies a folder beside its place, so that it is there whole or not at all.
func (s Store) copy(name, payload string) (err error) {
	to := s.payload(name)
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	root, err := os.OpenRoot(payload)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !d.Type().IsRegular() {
			err = fmt.Errorf("%s is neither a folder nor a file", path)
		}
		return err
	})
	if err != nil {
		return err
	}
	making, err := os.MkdirTemp(s.dir, ".making-")
	if err != nil {
		return err
	}
	if err := os.CopyFS(making, root.FS()); err != nil {
		return errors.Join(err, os.RemoveAll(making))
	}
	return os.Rename(making, to)
}

// List returns the jobs, that which is next in front. One that cannot be read is
// left out, and told of by the error.
func (s Store) List() (jobs []Job, err error) {
	if err := s.trusted(); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name, isJob := strings.CutSuffix(e.Name(), ".json")
		if !isJob || strings.HasPrefix(name, ".") || !e.Type().IsRegular() {
			continue
		}
		j, readErr := s.read(name)
		if errors.Is(readErr, fs.ErrNotExist) {
			continue
		}
		if readErr != nil {
			err = errors.Join(err, fmt.Errorf("read the job %s: %w", name, readErr))
			continue
		}
		jobs = append(jobs, j)
	}
	slices.SortFunc(jobs, func(a, b Job) int { return a.At.Compare(b.At) })
	return jobs, err
}

func (s Store) read(name string) (j Job, err error) {
	file, err := os.Open(s.file(name))
	if err != nil {
		return j, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && len(text) > limit {
		err = fmt.Errorf("larger than %d KiB", limit>>10)
	}
	if err == nil {
		err = json.Unmarshal(text, &j)
	}
	if err == nil && (j.Name != name || len(j.Args) == 0 || j.At.IsZero() || !filepath.IsAbs(j.Dir)) {
		err = errors.New("it is no whole job")
	}
	return j, err
}

// Remove removes a job and its payload; no error where there is none.
func (s Store) Remove(name string) error {
	if err := s.trusted(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	err := undisturbed(func() error { return os.Remove(s.file(name)) })
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(s.payload(name)))
}

// Forget removes all jobs of a queue, and their folder. The error is that of the
// file system, or says that others can change what is there.
func Forget(queue string) error {
	s, err := open(queue)
	if err != nil {
		return err
	}
	if err := s.trusted(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return err
	}
	for _, dir := range s.way {
		_ = os.Remove(dir) // unless something else is there
	}
	return nil
}

// Kept is the folder of a queue's jobs, "" where there is none.
func Kept(queue string) (string, error) {
	s, err := open(queue)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(s.dir); errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return "", nil // who may not see it has none
	} else if err != nil {
		return "", err
	}
	return s.dir, nil
}

// Watch signals when there may be other jobs, until ctx is done; the channel is
// closed then. The folder has to be there.
func (s Store) Watch(ctx context.Context) (<-chan struct{}, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the jobs: %w", err)
	}
	if err := watcher.Add(s.dir); err != nil {
		return nil, errors.Join(fmt.Errorf("watch the jobs: %w", err), watcher.Close())
	}
	changes := make(chan struct{}, 1)
	go func() { // ends with ctx, and closes the channel then
		defer close(changes)
		defer watcher.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case _, ok := <-watcher.Events:
				if !ok {
					return
				}
			case <-watcher.Errors: // some were lost, perhaps
			}
			select {
			case changes <- struct{}{}:
			default: // one waits already
			}
		}
	}()
	return changes, nil
}
