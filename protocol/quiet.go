package protocol

import (
	"strings"
	"time"
)

// Hours is a part of every day, by the clock on the wall, from one minute to
// another; where From is later than To, it goes over midnight. The zero value is
// no part.
type Hours struct{ From, To int } // minutes since midnight

// QuietHours reads Quiet. The error is a *FieldError.
func (m Message) QuietHours() (Hours, error) {
	if m.Quiet == "" {
		return Hours{}, nil
	}
	from, to, found := strings.Cut(m.Quiet, "-")
	begin, err := time.Parse("15:04", strings.TrimSpace(from))
	end, endErr := time.Parse("15:04", strings.TrimSpace(to))
	if !found || err != nil || endErr != nil || begin.Equal(end) {
		return Hours{}, problem("Quiet", "%s is not a part of the day like 20:00-08:00", describe(m.Quiet))
	}
	return Hours{begin.Hour()*60 + begin.Minute(), end.Hour()*60 + end.Minute()}, nil
}

// At reports whether a time, by its own location, is in the hours, and when that
// changes next.
func (h Hours) At(now time.Time) (in bool, change time.Time) {
	if h == (Hours{}) {
		return false, time.Time{}
	}
	y, m, d := now.Date()
	for day := d - 1; ; day++ {
		begin := time.Date(y, m, day, 0, h.From, 0, 0, now.Location())
		last := day
		if h.To < h.From {
			last++
		}
		end := time.Date(y, m, last, 0, h.To, 0, 0, now.Location())
		switch {
		case now.Before(begin):
			return false, begin
		case now.Before(end):
			return true, end
		}
	}
}

func (m Message) validateQuiet() error {
	_, err := m.QuietHours()
	return err
}
