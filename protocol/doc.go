// Package protocol defines what senders and monitors say to each other: the
// message, the reply, the record of who attends, the limits they keep to and
// the two forms in which they are written down, registry values and JSON.
//
// It is pure: it opens no file, no key and no window, so that every rule of
// docs/protocol.md can be tested on any system.
package protocol

import "time"

// Version is the protocol version that this package speaks. A message with a
// higher one is rejected.
const Version = 1

// TimeFormat is how times are written: RFC 3339 in UTC with milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z07:00"

// FormatTime writes t as TimeFormat, in UTC.
func FormatTime(t time.Time) string { return t.UTC().Format(TimeFormat) }
