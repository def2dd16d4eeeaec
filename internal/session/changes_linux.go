package session

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// changes listens to logind and watches its records.
func changes(ctx context.Context) (<-chan struct{}, error) {
	b := newBell()
	b.ring()
	bus, signals := loginSignals(ctx)
	records := watchRecords(sessionRecords)
	go func() {
		defer close(b)
		defer records.close()
		if bus != nil {
			defer bus.Close()
		}
		for {
			var open bool
			select {
			case <-ctx.Done():
				return
			case _, open = <-signals:
				if !open {
					signals = nil
				}
			case _, open = <-records.changed:
				if !open {
					records.changed = nil
				}
			}
			if open {
				b.ring()
			}
		}
	}()
	return b, nil
}

// loginSignals has logind tell of every session; nil where it cannot.
func loginSignals(ctx context.Context) (*dbus.Conn, <-chan *dbus.Signal) {
	bus, err := connect(ctx, func(ctx context.Context) (*dbus.Conn, error) {
		return dbus.ConnectSystemBus(dbus.WithContext(ctx))
	})
	if err != nil {
		return nil, nil
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(logindName), dbus.WithMatchObjectPath(logindPath), dbus.WithMatchInterface(logindManager), dbus.WithMatchMember("SessionNew")},
		{dbus.WithMatchSender(logindName), dbus.WithMatchObjectPath(logindPath), dbus.WithMatchInterface(logindManager), dbus.WithMatchMember("SessionRemoved")},
		{dbus.WithMatchSender(logindName), dbus.WithMatchPathNamespace(logindPath + "/session"), dbus.WithMatchInterface(propertiesName), dbus.WithMatchMember("PropertiesChanged")},
	} {
		if err := bus.AddMatchSignalContext(asking, match...); err != nil {
			bus.Close()
			return nil, nil
		}
	}
	return bus, signals
}
