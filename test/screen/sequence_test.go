//go:build linux

package screen

import (
	"encoding/json"

	"github.com/deskbell/deskbell/test/bed"
)

// sequence are windows of one title, one after the other.
type sequence struct {
	*desk
	title string
	seen  map[string]bool // messages, by id
	last  *bed.Window
}

func (d *desk) sequence(title string) *sequence {
	return &sequence{desk: d, title: title, seen: map[string]bool{}}
}

// next waits for the next window and leaves a picture of it. What a window shows does
// not tell it from the last, as times in it run, nor, in Wine, does its process.
func (s *sequence) next(moment string) *bed.Window {
	s.t.Helper()
	if _, wine := s.box.(registry); wine {
		s.Wait("the next window "+s.title, s.shown)
		s.last = s.Window(s.title)
	} else if s.last == nil {
		s.last = s.Window(s.title)
	} else {
		s.last.Reopened()
	}
	s.last.Looks()
	s.Shot(shotName(s.t, moment))
	return s.last
}

// shown reports whether a message of the title is on the screen that was not before.
// The monitor's windows have closed when their answers are there.
func (s *sequence) shown() bool {
	var status struct {
		Messages []struct{ ID, Title, State string }
	}
	// It fails where nobody attends.
	out, _ := s.deskbell("status", "--json").Output()
	if json.Unmarshal(out, &status) != nil {
		return false
	}
	for _, m := range status.Messages {
		if m.Title == s.title && m.State == "shown" && !s.seen[m.ID] {
			s.seen[m.ID] = true
			return true
		}
	}
	return false
}
