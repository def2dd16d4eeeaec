package session

import (
	"errors"
	"testing"
)

// Wine has no WTSSendMessage, and says so: nobody is told anything. Whether a box
// comes in Windows, and what is pressed in it, nothing here shows.
func TestShowBoxInWine(t *testing.T) {
	if button, err := ShowBox(t.Context(), Session{ID: current()}, Box{Title: "Title", Text: "Text"}); err == nil || button != 0 {
		t.Errorf("button %d, %v", button, err)
	}
	if _, err := ShowBox(t.Context(), Session{ID: "c2"}, Box{Title: "Title", Text: "Text"}); err == nil {
		t.Error("a session without a number is asked")
	}
	if _, err := ShowBox(t.Context(), Session{ID: current()}, Box{Title: "a\x00b"}); err == nil {
		t.Error("a title with a NUL is shown")
	}
	if _, err := Write(t.Context(), "S-1-5-18", "Text"); !errors.Is(err, ErrNoWay) {
		t.Errorf("terminals of Windows: %v", err)
	}
}
