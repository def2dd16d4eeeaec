//go:build linux

package main

import (
	"net/url"
	"os/exec"
	"syscall"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
)

// browse opens a link. The browser gets a session of its own where this
// program starts it, so that it outlives the window. What fails is left at
// that: the question is still there to be answered.
func browse(g *gtk.Library, parent gtk.Widget, address string) {
	if g.Browse(parent, address) {
		return
	}
	c := exec.Command("xdg-open", address)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if c.Start() == nil {
		go c.Wait() //nolint:errcheck // it has nobody to tell
	}
}

// isWebAddress reports whether the link may be offered.
func isWebAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Host != ""
}
