package session

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// patience is how long one answer of a bus is waited for.
const patience = time.Second

// watch listens to logind, to the display, to the user's bus and to devices, and
// looks again when one of them says something. What they say is not believed: on the user's
// bus everybody may send signals.
func watch(ctx context.Context, id string) (<-chan State, error) {
	return watchDesk(ctx, id, openDesktop(ctx)), nil
}

// watchDesk watches a session and its desktop, which it closes in the end.
func watchDesk(ctx context.Context, id string, desk *desktop) <-chan State {
	seat := watchSeat(ctx, id)
	desk.listen()
	said := newLatest()
	look := func() {
		s := seat.state(ctx)
		// Who cannot be asked is not busy.
		s.Busy, _ = desk.busy()
		if ctx.Err() == nil {
			said.say(s)
		}
	}
	look()
	go func() {
		defer close(said.states)
		defer desk.close()
		defer seat.close()
		for {
			var open bool
			select {
			case <-ctx.Done():
				return
			case _, open = <-seat.signals:
				if !open {
					seat.signals = nil
				}
			case _, open = <-seat.records.changed:
				if !open {
					seat.records.changed = nil
				}
			case _, open = <-desk.signals:
				if !open {
					desk.signals = nil
				}
			case _, open = <-desk.changed:
				if !open {
					desk.changed = nil
				}
			case _, open = <-desk.devices.changed:
				if desk.devices.heard(); !open {
					desk.devices.changed = nil
				}
			case <-desk.devices.again:
				open = true
			}
			if open {
				look()
			}
		}
	}()
	return said.states
}

// A seat is a session as logind sees it; without logind nothing is known.
type seat struct {
	bus     *dbus.Conn // nil without logind
	id      string
	path    dbus.ObjectPath
	last    State
	signals chan *dbus.Signal
	records *records
}

// watchSeat has logind tell of changes of the session.
func watchSeat(ctx context.Context, id string) *seat {
	s := &seat{id: id, records: &records{}}
	bus, err := connect(ctx, func(ctx context.Context) (*dbus.Conn, error) {
		return dbus.ConnectSystemBus(dbus.WithContext(ctx))
	})
	if err != nil {
		return s
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	manager := bus.Object(logindName, logindPath)
	call := manager.CallWithContext(asking, logindManager+".GetSession", dbus.FlagNoAutoStart, id)
	if err := call.Store(&s.path); err != nil || !s.path.IsValid() {
		bus.Close()
		return s
	}
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	for _, match := range [][]dbus.MatchOption{
		{
			dbus.WithMatchSender(logindName), dbus.WithMatchObjectPath(s.path),
			dbus.WithMatchInterface(propertiesName), dbus.WithMatchMember("PropertiesChanged"),
		},
		{
			dbus.WithMatchSender(logindName), dbus.WithMatchObjectPath(logindPath),
			dbus.WithMatchInterface(logindManager), dbus.WithMatchMember("SessionRemoved"), dbus.WithMatchArg(0, id),
		},
	} {
		if err := bus.AddMatchSignalContext(asking, match...); err != nil {
			bus.Close()
			return s
		}
	}
	s.bus, s.signals, s.records = bus, signals, watchRecords(sessionRecords)
	return s
}

// state asks logind; the state of before where it does not answer. A session
// that has ended is disconnected.
func (s *seat) state(ctx context.Context) State {
	if s.bus == nil {
		return s.last
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch p, err := getAll(ctx, s.bus, s.path); {
	case err == nil:
		s.last = p.state()
	case vanished(err):
		s.last.Disconnected = true
	}
	return s.last
}

func (s *seat) close() {
	if s.bus != nil {
		s.bus.Close()
	}
	s.records.close()
}
