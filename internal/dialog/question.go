package dialog

import (
	"time"

	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/protocol"
)

// Question is what a person sees of a message: one language, every caption
// and label in words, text made harmless (see Clean), the sender vouched for.
// Its JSON is the first line that a dialog host reads, and every later one
// (docs/dialog-host.md).
type Question struct {
	Host        int      `json:"host"` // version of the dialog host page, 1
	ID          string   `json:"id"`
	Kind        string   `json:"kind"` // popup, input, choose, notify, progress
	Title       string   `json:"title"`
	Text        string   `json:"text"`
	Details     string   `json:"details,omitempty"`
	Link        string   `json:"link,omitempty"`
	Origin      string   `json:"origin"`           // who sent, vouched for by the mailbox
	Sender      string   `json:"sender,omitempty"` // who the sender claims to be
	Trusted     bool     `json:"trusted,omitempty"`
	Icon        string   `json:"icon"` // none info warning error question shield
	Urgency     string   `json:"urgency"`
	SystemModal bool     `json:"systemModal,omitempty"`
	Buttons     []Button `json:"buttons"`
	Default     int      `json:"default"`              // number of the button that Return presses, -1 = none
	Cancel      int      `json:"cancel"`               // number that Escape and the close box give, -1 = dismissed
	Unclosable  bool     `json:"unclosable,omitempty"` // it has no close box, and Escape does nothing
	Check       string   `json:"check,omitempty"`

	Choices  []Choice `json:"choices,omitempty"`
	Multiple bool     `json:"multiple,omitempty"`

	Initial   string `json:"initial,omitempty"`
	Mask      bool   `json:"mask,omitempty"`
	Multiline bool   `json:"multiline,omitempty"`
	Pattern   string `json:"pattern,omitempty"` // RE2, the whole answer must match
	Hint      string `json:"hint,omitempty"`

	Percent     int    `json:"percent,omitempty"` // progress: 0 to 100, -1 = unknown
	Detail      string `json:"detail,omitempty"`
	Cancellable bool   `json:"cancellable,omitempty"`

	// Countdown is the line with {time} in it; Deadline the moment it counts
	// to, zero when there is none. A host is told Remaining, in milliseconds,
	// instead, as its clock starts at nothing. Paused: the clock stands still.
	Countdown string    `json:"countdown,omitempty"`
	Deadline  time.Time `json:"-"`
	Remaining int64     `json:"remaining,omitempty"`
	Paused    bool      `json:"paused,omitempty"`

	Words Words  `json:"words"`
	RTL   bool   `json:"rtl,omitempty"`
	Lang  string `json:"lang"`
	// Raise asks that the window be brought forward again.
	Raise bool `json:"raise,omitempty"`
	// Ways are those in which it may be shown, in the order in which they are to
	// be tried (Message.Ladder); nil = all, in that of the system.
	Ways []string `json:"-"`
}

// Button is a button with the number it answers with, what is read on it, and
// its caption in the message's own language, by which scripts know it.
type Button struct {
	Number  int    `json:"number"`
	Caption string `json:"caption"`
	Value   string `json:"value"`
}

// Choice is an item of a list: what is answered and what is read.
type Choice struct {
	Value    string `json:"value"`
	Caption  string `json:"caption"`
	Selected bool   `json:"selected,omitempty"`
}

// Words are the labels of a window that no message brings with it.
type Words struct {
	Details     string `json:"details"`     // "Show details"
	HideDetails string `json:"hideDetails"` // "Hide details"
	More        string `json:"more"`        // "More information"
	NoMatch     string `json:"noMatch"`     // said when an answer does not match and there is no Hint
	Close       string `json:"close"`       // the button of a window that offers none
	History     string `json:"history"`     // what leads from a notice to all that the person was told: "Messages to you"

	// A terminal says these; a window has no use for them.
	Lines     string `json:"lines"`     // how to end an answer of several lines: "End with a line that has only a full stop"
	Withdrawn string `json:"withdrawn"` // "This question has been withdrawn"
}

// Accepts reports whether the button submits an input or a choice.
func (q Question) Accepts(button int) bool {
	return button == protocol.ButtonOK || button == protocol.ButtonCustom
}

// Viewer is who looks at a question, and who it comes from.
type Viewer struct {
	Languages []language.Tag // best first
	Queue     string
	User      string // login name
	Trusted   bool   // from an assigned mailbox
	// Organisation is the name under which administrators ask; "" = none is
	// agreed on.
	Organisation string
	// Ladder says by which ways a message may be shown; nil = by those of
	// Message.Ladder.
	Ladder func(protocol.Message) []string
}
