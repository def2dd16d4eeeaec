package ui

import (
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/balloon"
	"github.com/deskbell/deskbell/internal/dialog/host"
	"github.com/deskbell/deskbell/internal/dialog/inputbox"
	"github.com/deskbell/deskbell/internal/dialog/taskdialog"
	"github.com/deskbell/deskbell/internal/dialog/tty"
	"github.com/deskbell/deskbell/protocol"
)

// available lists what shows questions on Windows.
func available(Options) system {
	return system{
		native: []rung{
			{name: "task dialog", kinds: []string{protocol.KindPopup, protocol.KindProgress}, dialog: taskdialog.New()},
			{name: "input window", kinds: []string{protocol.KindInput, protocol.KindChoose}, dialog: inputbox.New()},
			{name: "notification", kinds: []string{protocol.KindNotify}, dialog: balloon.New()},
		},
		tty:  []rung{{name: "terminal", dialog: tty.New("")}},
		host: func(path string) (dialog.Dialog, error) { return host.New(path), nil },
	}
}
