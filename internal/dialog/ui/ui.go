// Package ui chooses how questions are shown: by name, or by trying what the
// system has, best first.
package ui

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/script"
	"github.com/deskbell/deskbell/protocol"
)

// Variable is the environment variable that says how to show questions where
// no flag does.
const Variable = "DESKBELL_UI"

// Options are what a dialog may need to know.
type Options struct {
	Log *slog.Logger // told when a dialog cannot show anything; nil = nobody
	// History opens what the person was told, to be read again, and returns
	// when that is on its way; it is called from a goroutine of its own, also
	// at the same time as itself. nil = notices do not lead there.
	History func() error
}

// system is what this system can show questions with.
type system struct {
	native []rung                          // windows of the desktop, best first
	tty    []rung                          // the terminal
	host   func(path string) dialog.Dialog // a dialog host of somebody else's
}

// Open returns the dialog that spec names: auto (the desktop, else the
// terminal), native (the desktop), tty, host:PATH or script:FILE. An empty
// spec is that of DESKBELL_UI, else auto. Nothing is shown or started yet.
// A dialog that holds something open has a Close method, to be called when
// nothing is shown any more.
func Open(spec string, o Options) (dialog.Dialog, error) {
	return open(spec, o, available(o))
}

func open(spec string, o Options, s system) (dialog.Dialog, error) {
	if spec == "" {
		spec = os.Getenv(Variable)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	name, value, valued := strings.Cut(spec, ":")
	switch {
	case spec == "" || spec == "auto":
		return ladder{append(s.native[:len(s.native):len(s.native)], s.tty...), o.Log}, nil
	case spec == "native":
		return ladder{s.native, o.Log}, nil
	case spec == "tty":
		return ladder{s.tty, o.Log}, nil
	case valued && value == "":
		return nil, fmt.Errorf("ui %q: a path is missing after the colon", spec)
	case name == "script" && valued:
		user, err := script.Load(value)
		if err != nil {
			return nil, err
		}
		return ladder{[]rung{{name: name, channel: protocol.ChannelScript, dialog: user}}, o.Log}, nil
	case name == "host" && valued:
		return ladder{[]rung{{name: name, channel: protocol.ChannelDialog, dialog: s.host(value)}}, o.Log}, nil
	}
	return nil, fmt.Errorf("ui %q: not one of auto, native, tty, host:PATH and script:FILE", spec)
}
