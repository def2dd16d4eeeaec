package session

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// When a bus that has gone is looked for again: at first after retryFirst, then
// later and later.
const (
	retryFirst = time.Second
	retryLast  = time.Minute
)

// changes listens to logind, and watches its records and /run/user, which are
// all there is where it does not run.
func changes(ctx context.Context) (<-chan struct{}, error) {
	return watchChanges(ctx, []string{sessionRecords, "/run/user"}), nil
}

func watchChanges(ctx context.Context, folders []string) <-chan struct{} {
	changed := make(chan struct{}, 1)
	say := func() {
		select {
		case changed <- struct{}{}:
		default: // one waits already
		}
	}
	bus, signals := logindChanges(ctx)
	watched := watchFolders(folders)
	say()
	go func() {
		defer close(changed)
		defer watched.close()
		wait := retryFirst
		var retry <-chan time.Time // where the bus was there and went
		for {
			select {
			case <-ctx.Done():
				if bus != nil {
					bus.Close()
				}
				return
			case _, open := <-signals:
				if !open {
					bus, signals, retry = nil, nil, time.After(wait)
				}
				say()
			case _, open := <-watched.changed:
				if !open {
					watched.changed = nil
				}
				say()
			case <-retry:
				if bus, signals = logindChanges(ctx); bus != nil {
					wait, retry = retryFirst, nil
					say()
				} else {
					wait = min(2*wait, retryLast)
					retry = time.After(wait)
				}
			}
		}
	}()
	return changed
}

// logindChanges has logind tell of all sessions; nil where there is no bus.
// logind itself may come later.
func logindChanges(ctx context.Context) (*dbus.Conn, chan *dbus.Signal) {
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
		{
			dbus.WithMatchSender(logindName), dbus.WithMatchPathNamespace(logindPath),
			dbus.WithMatchInterface(propertiesName), dbus.WithMatchMember("PropertiesChanged"),
		},
		{dbus.WithMatchSender(logindName), dbus.WithMatchObjectPath(logindPath), dbus.WithMatchInterface(logindManager)},
	} {
		if err := bus.AddMatchSignalContext(asking, match...); err != nil {
			bus.Close()
			return nil, nil
		}
	}
	return bus, signals
}

// watchFolders is watchRecords for several folders, of which some may not be
// there.
func watchFolders(folders []string) *records {
	r := &records{}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return r
	}
	watching := false
	for _, folder := range folders {
		_, err := unix.InotifyAddWatch(fd, folder, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE|unix.IN_ONLYDIR)
		watching = watching || err == nil
	}
	if !watching {
		unix.Close(fd)
		return r
	}
	r.start(fd)
	return r
}
