package msi

import (
	"fmt"
	"sync"

	"github.com/deskbell/deskbell/internal/dialog"
)

// Package is what is installed.
type Package struct {
	File       string
	Properties string // as msiexec takes them: NAME="VALUE" …
	Log        string // file for all that Windows Installer has to say; "" = none
}

// Teller is told of an installation, by one goroutine at a time.
type Teller struct {
	Progress func(percent int, line string) // when one of them has changed
	Failed   func(text string)              // on one line, of an error
}

// Install installs a package without windows (MsiInstallProduct). It blocks until
// that is done. The status is Windows Installer's, such as 0, 3010 or 1603; the error
// says that it could not be called at all. There is none but one at a time in a
// process, whose windows it takes away.
func Install(p Package, t Teller) (status int, err error) {
	var mu sync.Mutex // of progress and t: Windows Installer has threads of its own
	var progress Progress
	percent, line := Unknown, ""
	status, err = install(p, func(kind Kind, text string) {
		mu.Lock()
		defer mu.Unlock()
		switch kind & kindMask {
		case FatalExit, Error:
			t.Failed(dialog.CleanLine(text))
			return
		}
		if progress.Hear(kind, text) && (progress.Percent() != percent || progress.Line() != line) {
			percent, line = progress.Percent(), progress.Line()
			t.Progress(percent, line)
		}
	})
	if err != nil {
		err = fmt.Errorf("install %s: %w", p.File, err)
	}
	return status, err
}
