package logging

import "log/slog"

// Numbers of the events in the event log of Windows. Administrators filter by
// them: they keep their meaning. EventCreate.exe, whose texts the source
// borrows, has those from 1 to 1000.
const (
	eventStep    = 100 // a step that has no number of its own
	eventWarning = 500
	eventError   = 900
)

// events are the numbers of the steps of a message's life.
var events = map[string]uint32{
	"attending": 101,
	"put":       110,
	"claimed":   111,
	"shown":     112,
	"updated":   113,
	"answered":  120,
	"withdrawn": 121,
}

// eventOf is the number of an entry's event.
func eventOf(e Entry) uint32 {
	switch {
	case e.Level >= slog.LevelError:
		return eventError
	case e.Level >= slog.LevelWarn:
		return eventWarning
	}
	if id, ok := events[e.Message]; ok {
		return id
	}
	return eventStep
}
