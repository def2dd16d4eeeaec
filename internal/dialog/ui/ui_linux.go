package ui

import (
	"context"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/host"
	"github.com/deskbell/deskbell/internal/dialog/kdialog"
	"github.com/deskbell/deskbell/internal/dialog/notification"
	"github.com/deskbell/deskbell/internal/dialog/tty"
	"github.com/deskbell/deskbell/internal/dialog/zenity"
	"github.com/deskbell/deskbell/protocol"
)

// available lists what shows questions on Linux. A notice goes where the
// desktop has notices, if it has a place for them; that place also takes
// questions with buttons where there can be no window.
func available(o Options) system {
	return system{
		native: []rung{
			{name: "notification", channel: protocol.ChannelToast, kinds: []string{protocol.KindNotify, protocol.KindPopup, protocol.KindProgress}, dialog: notification.New("", o.History)},
			{name: "deskbell-gtk", channel: protocol.ChannelDialog, dialog: ours()},
			{name: "zenity", channel: protocol.ChannelDialog, dialog: zenity.New()},
			{name: "kdialog", channel: protocol.ChannelDialog, dialog: kdialog.New()},
		},
		tty:  []rung{{name: "terminal", channel: protocol.ChannelTTY, dialog: tty.New("")}},
		host: func(path string) dialog.Dialog { return host.New(path) },
	}
}

// ours is the dialog host beside this executable.
func ours() dialog.Dialog {
	path, err := host.Find()
	if err != nil {
		return absent{err}
	}
	return host.New(path)
}

// absent is a dialog that is not here, and says why.
type absent struct{ err error }

// Show implements dialog.Dialog.
func (a absent) Show(context.Context, dialog.Question, <-chan dialog.Question) (protocol.Reply, error) {
	return protocol.Reply{}, a.err
}
