package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// place is a store of a test's own: what lies in one of its roots can be
// trusted and run, and what is said to be there.
type place struct {
	*store
	t      *testing.T
	noexec string           // below here nothing can be run
	good   map[string]bool  // elsewhere
	bad    map[string]error // and what cannot be trusted wherever it is
	runs   []string         // the running programs
	dir    string           // where the program is
}

func newPlace(t *testing.T) *place {
	t.Helper()
	base := t.TempDir()
	p := &place{t: t, good: map[string]bool{}, bad: map[string]error{}, dir: filepath.Join(base, "downloads")}
	p.store = &store{
		roots: []string{filepath.Join(base, "first", "run"), filepath.Join(base, "second", "run")},
		admin: true,
		open:  os.Open,
		now:   time.Now,
		trusted: func(path string) error {
			if _, err := os.Lstat(path); err != nil {
				return err
			}
			if err := p.bad[path]; err != nil {
				return err
			}
			for _, root := range p.roots {
				if path == root || within(path, root) {
					return nil
				}
			}
			if !p.good[path] {
				return errors.New("cannot be trusted")
			}
			return nil
		},
		running: func() ([]string, error) { return p.runs, nil },
	}
	p.store.runs = func(path string) error {
		if p.noexec != "" && within(path, p.noexec) {
			return errors.New("cannot be run")
		}
		return nil
	}
	if err := os.Mkdir(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

// write puts a file beside the program and returns its path.
func (p *place) write(name, text string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func (p *place) read(path string) string {
	p.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func (p *place) make(self string) string {
	p.t.Helper()
	path, err := p.ready(self)
	if err != nil {
		p.t.Fatal(err)
	}
	return path
}

// age makes a copy as old as one that nobody has wanted for two days.
func (p *place) age(path string) {
	p.t.Helper()
	then := time.Now().Add(-2 * keep)
	if err := os.Chtimes(filepath.Dir(path), then, then); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) entries(root string) []string {
	p.t.Helper()
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

const program = "renamed.exe" // as a copy with a queue of its own

func TestProgramThatCanBeTrustedIsItself(t *testing.T) {
	p := newPlace(t)
	self := p.write(program, "one")
	p.good[self] = true
	p.admin = false
	if got := p.make(self); got != self {
		t.Errorf("%s, want itself", got)
	}
	if len(p.entries(p.roots[0])) != 0 {
		t.Error("a copy was made")
	}
}

func TestCopyKeepsNameAndContent(t *testing.T) {
	p := newPlace(t)
	self := p.write(program, "one")
	first := p.make(self)
	if filepath.Dir(filepath.Dir(first)) != p.roots[0] || filepath.Base(first) != program || p.read(first) != "one" {
		t.Errorf("the copy is %s with %q", first, p.read(first))
	}
	if !isCopy(filepath.Base(filepath.Dir(first))) {
		t.Errorf("%s is no name of a copy", filepath.Dir(first))
	}
	if names := p.entries(p.roots[0]); len(names) != 1 {
		t.Errorf("left behind: %q", names)
	}

	// The same again is the same, for everybody; and it is wanted today.
	p.age(first)
	p.admin = false
	if again := p.make(self); again != first {
		t.Errorf("%s, want %s", again, first)
	}
	info, err := os.Stat(filepath.Dir(first))
	if err != nil || time.Since(info.ModTime()) > keep {
		t.Errorf("it is as old as before: %v, %v", info, err)
	}

	// Another content or name is another copy, which takes an administrator.
	self = p.write(program, "two")
	if _, err := p.ready(self); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "cannot be trusted") {
		t.Errorf("without rights: %v", err)
	}
	p.admin = true
	second := p.make(self)
	if second == first || p.read(second) != "two" || p.read(first) != "one" {
		t.Errorf("%s after %s", second, first)
	}
	if third := p.make(p.write("other.exe", "two")); filepath.Dir(third) == filepath.Dir(second) {
		t.Error("a program of another name is in the same folder")
	}
}

// What lies where the copy belongs is no copy because of its name.
func TestCopyIsCheckedWhereItLies(t *testing.T) {
	p := newPlace(t)
	self := p.write(program, "one")
	copied := p.make(self)
	for name, spoil := range map[string]func() error{
		"changed":     func() error { return os.WriteFile(copied, []byte("bad"), 0o755) },
		"missing":     func() error { return os.Remove(copied) },
		"half a copy": func() error { return os.WriteFile(copied, []byte("o"), 0o755) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if got := p.make(self); got != copied || p.read(got) != "one" {
			t.Errorf("%s: %s with %q", name, got, p.read(got))
		}
	}
	// One that others can write is not taken, and none can be put there.
	p.bad[copied] = errors.New("is everybody's")
	if got, err := p.ready(self); err == nil && strings.HasPrefix(got, p.roots[0]) {
		t.Errorf("everybody's copy is taken: %s", got)
	}
}

func TestSecondPlaceWhereTheFirstIsNoGood(t *testing.T) {
	p := newPlace(t)
	self := p.write(program, "one")
	p.noexec = p.roots[0]
	if got := p.make(self); !within(got, p.roots[1]) {
		t.Errorf("%s, want it in %s", got, p.roots[1])
	}
	if names := p.entries(p.roots[0]); len(names) != 0 {
		t.Errorf("left in the first: %q", names)
	}
	p.bad[p.roots[1]] = errors.New("is everybody's")
	self = p.write(program, "two")
	if _, err := p.ready(self); err == nil || !strings.Contains(err.Error(), "cannot be run") || !strings.Contains(err.Error(), "everybody's") {
		t.Errorf("no place is good: %v", err)
	}
}

func TestCompanionsComeAlong(t *testing.T) {
	p := newPlace(t)
	self := p.write(program, "one")
	alone := p.make(self)
	beside := companions(self)[0]
	p.write(filepath.Base(beside), "beside")
	with := p.make(self)
	if filepath.Dir(with) == filepath.Dir(alone) {
		t.Error("the folder is the same with a companion and without")
	}
	if got := p.read(filepath.Join(filepath.Dir(with), filepath.Base(beside))); got != "beside" {
		t.Errorf("beside the copy is %q", got)
	}
	want := program
	if withoutConsole(self) != self {
		want = filepath.Base(withoutConsole(self))
	}
	if filepath.Base(with) != want {
		t.Errorf("to be started is %s, want %s", with, want)
	}
}

// A link may lead anywhere: it does not come along.
func TestLinkedCompanion(t *testing.T) {
	p := newPlace(t)
	self := p.write(program, "one")
	alone := p.make(self)
	beside := companions(self)[0]
	err := os.Symlink(self, beside)
	if why := noLinks(err, beside); why != "" {
		t.Skip(why)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := p.make(self); got != alone {
		t.Errorf("with a link beside it: %s, want %s", got, alone)
	}
}

func TestSweep(t *testing.T) {
	p := newPlace(t)
	var copies []string
	for _, text := range []string{"self", "used", "old", "new"} {
		copies = append(copies, p.make(p.write(program, text)))
	}
	self, usedCopy, old, recent := copies[0], copies[1], copies[2], copies[3]
	for _, copied := range []string{self, usedCopy, old} {
		p.age(copied)
	}
	p.runs = []string{usedCopy, filepath.Join(p.dir, "x")}
	root := p.roots[0]
	for _, name := range []string{making + "x", gone + "x", "other", strings.Repeat("0", 63), strings.Repeat("g", 64)} {
		p.write("x", "")
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name, "file"), nil, 0o755); err != nil {
			t.Fatal(err)
		}
		p.age(filepath.Join(root, name, "file"))
	}
	if err := os.Mkdir(filepath.Join(root, making+"y"), 0o755); err != nil { // somebody is at it
		t.Fatal(err)
	}
	if err := p.sweep(self); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{
		filepath.Base(filepath.Dir(self)): true, filepath.Base(filepath.Dir(usedCopy)): true, filepath.Base(filepath.Dir(recent)): true,
		"other": true, strings.Repeat("0", 63): true, strings.Repeat("g", 64): true, making + "y": true,
	}
	for _, name := range p.entries(root) {
		if !want[name] {
			t.Errorf("%s is still there", name)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s was removed", name)
	}
	p.running = func() ([]string, error) { return nil, fs.ErrPermission }
	p.age(recent)
	if err := p.sweep(self); !errors.Is(err, fs.ErrPermission) || p.read(recent) != "new" {
		t.Errorf("when it cannot be seen what runs: %v", err)
	}
}

// This program is among those that run.
func TestRunningPrograms(t *testing.T) {
	if !amongOwnPrograms(t) {
		return
	}
	programs, err := runningPrograms()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if !used(programs, filepath.Dir(self)) {
		t.Errorf("%s is not among %q", self, programs)
	}
}
