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
func available(o Options) system {
	return system{
		native: []rung{
			{name: "task dialog", channel: protocol.ChannelDialog, kinds: []string{protocol.KindPopup, protocol.KindProgress}, dialog: taskdialog.New()},
			{name: "input window", channel: protocol.ChannelDialog, kinds: []string{protocol.KindInput, protocol.KindChoose}, dialog: inputbox.New()},
			{name: "notification", channel: protocol.ChannelToast, kinds: []string{protocol.KindNotify}, dialog: balloon.New(o.History)},
		},
		tty:  []rung{{name: "terminal", channel: protocol.ChannelTTY, dialog: tty.New("")}},
		host: func(path string) dialog.Dialog { return host.New(path) },
	}
}
