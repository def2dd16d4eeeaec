package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Names of the Desktop Notifications Specification, and dunst's own.
const (
	notificationsName = "org.freedesktop.Notifications"
	notificationsPath = dbus.ObjectPath("/org/freedesktop/Notifications")
	dunstName         = "org.dunstproject.cmd0"
)

// GNOME has no name for that; its settings do, and dconf tells of changes.
const (
	gnomeShell      = "org.gnome.Shell"
	dconfWriter     = "ca.desrt.dconf.Writer"
	dconfWriterPath = dbus.ObjectPath("/ca/desrt/dconf/Writer/user")
)

func busy() (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	d := openDesktop(ctx)
	defer d.close()
	return d.busy()
}

// A desktop is where a person sits: the X display, the user's bus, cameras and
// microphones, as far as there are.
type desktop struct {
	ctx     context.Context
	display *xgb.Conn
	root    xproto.Window
	active  xproto.Window // whose properties we hear of
	atoms   map[string]xproto.Atom
	changed chan struct{} // a window came to the front, or its state changed
	bus     *dbus.Conn
	signals chan *dbus.Signal
	devices devices
}

var atomNames = []string{"_NET_ACTIVE_WINDOW", "_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN"}

func openDesktop(ctx context.Context) *desktop {
	d := &desktop{ctx: ctx, bus: sessionBus(ctx), devices: devices{dev: "/dev", proc: "/proc"}}
	display, err := dialX()
	if err != nil {
		return d
	}
	d.root = xproto.Setup(display).DefaultScreen(display).Root
	d.atoms = map[string]xproto.Atom{}
	for _, name := range atomNames {
		atom, err := xproto.InternAtom(display, false, uint16(len(name)), name).Reply()
		if err != nil {
			display.Close()
			return d
		}
		d.atoms[name] = atom.Atom
	}
	d.display = display
	return d
}

// listen has the display, the bus and the devices tell of changes.
func (d *desktop) listen() {
	d.devices.listen()
	if d.display != nil {
		d.hear(d.root, xproto.EventMaskPropertyChange)
		d.changed = make(chan struct{}, 1)
		go d.events()
	}
	if d.bus != nil {
		ctx, cancel := context.WithTimeout(d.ctx, patience)
		defer cancel()
		d.signals = make(chan *dbus.Signal, 16)
		d.bus.Signal(d.signals)
		// A bus that does not take these never tells, as if there were none.
		for _, match := range [][]dbus.MatchOption{
			{dbus.WithMatchObjectPath(notificationsPath), dbus.WithMatchInterface(propertiesName), dbus.WithMatchMember("PropertiesChanged")},
			{dbus.WithMatchObjectPath(dconfWriterPath), dbus.WithMatchInterface(dconfWriter), dbus.WithMatchMember("Notify")},
			ownerChanged(notificationsName),
			ownerChanged(gnomeShell),
		} {
			_ = d.bus.AddMatchSignalContext(ctx, match...)
		}
	}
}

// ownerChanged matches that a name on the bus comes, goes or is another's.
func ownerChanged(name string) []dbus.MatchOption {
	return []dbus.MatchOption{
		dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name),
	}
}

// hear asks for events of a window. That it has gone meanwhile comes as an error
// event, which says nothing new.
func (d *desktop) hear(window xproto.Window, events uint32) {
	xproto.ChangeWindowAttributes(d.display, window, xproto.CwEventMask, []uint32{events})
}

// events says on d.changed when something changed that busy reads, until the
// display is closed, and closes d.changed then. That the active window has gone
// not every window manager says in _NET_ACTIVE_WINDOW.
func (d *desktop) events() {
	defer close(d.changed)
	for {
		event, err := d.display.WaitForEvent()
		if event == nil && err == nil {
			return
		}
		switch e := event.(type) {
		case xproto.PropertyNotifyEvent:
			if e.Atom != d.atoms["_NET_ACTIVE_WINDOW"] && e.Atom != d.atoms["_NET_WM_STATE"] {
				continue
			}
		case xproto.DestroyNotifyEvent, xproto.UnmapNotifyEvent:
		default:
			continue
		}
		select {
		case d.changed <- struct{}{}:
		default: // it will be looked anyway
		}
	}
}

func (d *desktop) busy() (bool, error) {
	if d.devices.inUse() {
		return true, nil
	}
	full, errX := d.fullScreen()
	held, errBus := d.heldBack()
	if full || held {
		return true, nil
	}
	if err := errors.Join(errX, errBus); err != nil {
		return false, fmt.Errorf("ask whether the person is busy: %w", err)
	}
	return false, nil
}

// fullScreen reports whether the active window fills the screen (Extended
// Window Manager Hints, _NET_WM_STATE_FULLSCREEN).
func (d *desktop) fullScreen() (bool, error) {
	if d.display == nil {
		return false, nil
	}
	active, err := d.property(d.root, "_NET_ACTIVE_WINDOW", xproto.AtomWindow)
	if err != nil || len(active) == 0 || active[0] == 0 {
		return false, err
	}
	window := xproto.Window(active[0])
	if d.changed != nil && window != d.active {
		if d.active != 0 {
			d.hear(d.active, 0)
		}
		d.active = window
		d.hear(window, xproto.EventMaskPropertyChange|xproto.EventMaskStructureNotify)
	}
	states, err := d.property(window, "_NET_WM_STATE", xproto.AtomAtom)
	if gone := (xproto.WindowError{}); errors.As(err, &gone) {
		return false, nil
	}
	for _, state := range states {
		if xproto.Atom(state) == d.atoms["_NET_WM_STATE_FULLSCREEN"] {
			return true, err
		}
	}
	return false, err
}

// property reads 64 numbers of a window's property at most.
func (d *desktop) property(window xproto.Window, name string, kind xproto.Atom) ([]uint32, error) {
	reply, err := xproto.GetProperty(d.display, false, window, d.atoms[name], kind, 0, 64).Reply()
	if err != nil {
		return nil, err
	}
	if reply.Format != 32 {
		return nil, nil
	}
	var numbers []uint32
	for value := reply.Value; len(value) >= 4; value = value[4:] {
		numbers = append(numbers, xgb.Get32(value))
	}
	return numbers, nil
}

// heldBack reports whether notifications are not shown now: the property
// Inhibited of KDE's server and of those that follow it, paused of dunst's, or
// GNOME's settings. Nobody is started to be asked.
func (d *desktop) heldBack() (bool, error) {
	if d.bus == nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	if gnome, err := d.owned(ctx, gnomeShell); err != nil || gnome && quietGnome() {
		return err == nil, err
	}
	if owned, err := d.owned(ctx, notificationsName); err != nil || !owned {
		return false, err
	}
	server := d.bus.Object(notificationsName, notificationsPath)
	for _, name := range [][2]string{{notificationsName, "Inhibited"}, {dunstName, "paused"}} {
		var value dbus.Variant
		err := server.CallWithContext(ctx, propertiesName+".Get", dbus.FlagNoAutoStart, name[0], name[1]).Store(&value)
		if refused := (dbus.Error{}); errors.As(err, &refused) {
			continue // it has no such property
		}
		if err != nil {
			return false, err
		}
		if yes, _ := value.Value().(bool); yes {
			return true, nil
		}
	}
	return false, nil
}

// owned reports whether somebody on the bus has the name.
func (d *desktop) owned(ctx context.Context, name string) (owned bool, err error) {
	call := d.bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name)
	return owned, call.Store(&owned)
}

// close closes both connections, and waits for the events to end.
func (d *desktop) close() {
	d.devices.close()
	if d.display != nil {
		d.display.Close()
		if d.changed != nil {
			for range d.changed { // until it is closed
			}
		}
	}
	if d.bus != nil {
		d.bus.Close()
	}
}
