package deploy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Delay is by how much a job can be put off: for a length of time, or to a time
// of one of the next days, by the clock of the computer. The zero value is none.
type Delay struct {
	For time.Duration
	// Clock tells that Days and At count: a day from today, and a time of it.
	Clock bool
	Days  int
	At    time.Duration // since midnight, in whole minutes
}

// ParseDelay reads what --delays has: a length of time, which parse reads,
// "today@18", "tomorrow@9" or "tomorrow@9:30".
func ParseDelay(s string, parse func(string) (time.Duration, error)) (Delay, error) {
	day, clock, timed := strings.Cut(s, "@")
	if !timed {
		length, err := parse(s)
		if err == nil && length < time.Minute {
			err = fmt.Errorf("%q is shorter than a minute", s)
		}
		return Delay{For: length}, err
	}
	days, known := map[string]int{"today": 0, "tomorrow": 1}[strings.ToLower(day)]
	hour, minute, _ := strings.Cut(clock, ":")
	h, err := strconv.Atoi(hour)
	m := 0
	if err == nil && minute != "" {
		m, err = strconv.Atoi(minute)
	}
	if !known || err != nil || h < 0 || h > 23 || m < 0 || m > 59 {
		return Delay{}, fmt.Errorf("%q is no delay like 1h, today@18 or tomorrow@9:30", s)
	}
	return Delay{Clock: true, Days: days, At: time.Duration(h)*time.Hour + time.Duration(m)*time.Minute}, nil
}

// From is when the delay is over that begins at a time. A time that the clock
// passes over in spring is the hour after it.
func (d Delay) From(now time.Time) time.Time {
	if !d.Clock {
		return now.Add(d.For)
	}
	y, month, day := now.Date()
	return time.Date(y, month, day+d.Days, int(d.At/time.Hour), int(d.At%time.Hour/time.Minute), 0, 0, now.Location())
}
