package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/internal/service"
)

// Variables that a script's deskbell goes by, and the real one knows nothing
// of: where the processors are; if it is set, that they are trusted there; and
// if it is "none", that its user is no administrator.
const (
	processorsEnv = "SCRIPT_PROCESSORS"
	trustedEnv    = "SCRIPT_TRUSTED"
	rightsEnv     = "SCRIPT_RIGHTS"
)

// scriptRights are the rights of a script's deskbell, nil for those that it has.
func scriptRights() func() error {
	if os.Getenv(rightsEnv) != "none" {
		return nil
	}
	return func() error {
		return &service.PermissionError{What: "install Deskbell", Err: fs.ErrPermission}
	}
}

// scriptPrograms are the processors of a script.
func scriptPrograms() processor.Programs {
	p := processor.Programs{Folders: []string{os.Getenv(processorsEnv)}}
	if os.Getenv(trustedEnv) != "" {
		p.Trusted = func(string) error { return nil }
	}
	return p
}

// placeProcessor puts the test binary among the processors, under the name of
// the program that it is to play.
func placeProcessor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: processor NAME")
	}
	program, err := exec.LookPath(args[0])
	ts.Check(err)
	folder := ts.Getenv(processorsEnv)
	ts.Check(os.MkdirAll(folder, 0o755))
	ts.Check(os.Link(program, filepath.Join(folder, filepath.Base(program))))
}

// greet plays a processor that answers with what it was told.
func greet() {
	var m struct {
		Text, User, Queue string
		Whom              string // a field of its own
	}
	in := bufio.NewScanner(os.Stdin)
	if in.Scan(); json.Unmarshal(in.Bytes(), &m) != nil || m.User == "" || m.Queue == "" {
		fmt.Fprintf(os.Stderr, "what is %q?\n", in.Text())
		os.Exit(2)
	}
	if m.Text == "wait" {
		<-time.After(time.Hour) // until the monitor has had enough
	}
	reply, err := json.Marshal(map[string]string{"status": "answered", "answer": m.Text + " " + m.Whom})
	if err != nil {
		os.Exit(1)
	}
	fmt.Println(string(reply))
}

// broken plays one that fails.
func broken() {
	fmt.Fprintln(os.Stderr, "the tape is full")
	os.Exit(3)
}
