package protocol

import (
	"reflect"
	"strings"
	"time"
)

// Follow returns the message with the fields that may be rewritten while it
// is on screen taken over from newer, and the others as they were.
func (m Message) Follow(newer Message) Message {
	for _, c := range messageTable.columns {
		if !c.Live {
			continue
		}
		switch to := c.at(&m).(type) {
		case *string:
			*to = *c.at(&newer).(*string)
		case *int:
			*to = *c.at(&newer).(*int)
		case *bool:
			*to = *c.at(&newer).(*bool)
		case *[]string:
			*to = *c.at(&newer).(*[]string)
		case *time.Time:
			*to = *c.at(&newer).(*time.Time)
		}
	}
	variants := map[string]any{}
	for name, value := range m.Variants {
		if !liveVariant(name) {
			variants[name] = value
		}
	}
	for name, value := range newer.Variants {
		if liveVariant(name) {
			variants[name] = value
		}
	}
	m.Variants = variants
	return m
}

func liveVariant(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	c, ok := messageTable.column(base)
	return ok && c.Live
}

// Same reports whether other is this message, perhaps with other values in the
// fields that may be rewritten, and put by another process.
func (m Message) Same(other Message) bool {
	m = m.Follow(other)
	m.SenderPid, m.SenderStarted = other.SenderPid, other.SenderStarted
	return reflect.DeepEqual(m.Fields(), other.Fields())
}
