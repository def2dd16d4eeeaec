package protocol

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Of an update the live fields are taken over, in every language, also where
// they have gone; nothing else is.
func TestFollow(t *testing.T) {
	live := []string{"Text", "Details", "Expires", "Urgency", "Choices", "Percent", "Detail"}
	for _, f := range Messages() {
		if f.Live != slices.Contains(live, f.Name) {
			t.Errorf("%s: live is %v", f.Name, f.Live)
		}
	}
	old := Message{
		ID: "1", Version: 1, Kind: KindChoose, Title: "old", Text: "old", Details: "old", Buttons: []string{"old"}, Choices: []string{"old"},
		Urgency: UrgencyLow, Percent: 1, Expires: time.Unix(1, 0), Sender: "old",
		Variants: map[string]any{"Title.de": "old", "Text.de": "old", "Details.de": "old", "Choices.de": []string{"old"}},
	}
	newer := Message{
		ID: "2", Version: 1, Kind: KindPopup, Title: "new", Text: "new", Buttons: []string{"new"}, Choices: []string{"new", "newer"},
		Urgency: UrgencyCritical, Percent: 2, Detail: "new", Timeout: 5, Sender: "new",
		Variants: map[string]any{"Title.de": "new", "Text.de": "new", "Text.fr": "new", "Buttons.de": []string{"new"}},
	}
	want := Message{
		ID: "1", Version: 1, Kind: KindChoose, Title: "old", Text: "new", Buttons: []string{"old"}, Choices: []string{"new", "newer"},
		Urgency: UrgencyCritical, Percent: 2, Detail: "new", Sender: "old",
		Variants: map[string]any{"Title.de": "old", "Text.de": "new", "Text.fr": "new"},
	}
	if diff := cmp.Diff(want, old.Follow(newer)); diff != "" {
		t.Error(diff)
	}
}

// A valid message that follows a valid one is valid: what it took over cannot
// clash with what it kept, as long as both are of one kind.
func TestFollowStaysValid(t *testing.T) {
	for seed := range uint64(rounds) {
		s := source{rand.New(rand.NewPCG(seed, 3))}
		a, b := s.message(), s.message()
		if b.Kind != a.Kind {
			continue
		}
		if err := a.Follow(b).Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}
