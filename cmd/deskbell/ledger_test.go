package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// output is what a program has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func told(ts *testscript.TestScript, _ bool, args []string) {
	p, wanted := begun(ts, args[0]), regexp.MustCompile(args[1])
	wait(ts, func() (string, bool) {
		text := p.stdout.String()
		return text + p.stderr.String(), wanted.MatchString(text)
	})
}

// unkept looks at the bytes themselves: what was removed from a ledger may be in
// its file still.
func unkept(ts *testscript.TestScript, _ bool, args []string) {
	var all []byte
	for _, place := range []string{"run/.ledger", "state/.ledger", "own/Deskbell"} {
		files, err := filepath.Glob(filepath.Join(ts.MkAbs("."), filepath.FromSlash(place), "*.db*"))
		ts.Check(err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			ts.Check(err)
			all = append(all, data...)
		}
	}
	if len(all) == 0 {
		ts.Fatalf("there is no ledger")
	}
	for _, arg := range args {
		if found := regexp.MustCompile(arg).Find(all); found != nil {
			ts.Fatalf("a ledger has %q", found)
		}
	}
}
