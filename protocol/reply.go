package protocol

import "time"

// Status says what became of a message.
type Status string

const (
	StatusShown     Status = "shown"   // a claim: on its way to the person or on screen
	StatusWaiting   Status = "waiting" // a claim of the service
	StatusAnswered  Status = "answered"
	StatusTimeout   Status = "timeout"
	StatusDismissed Status = "dismissed"
	StatusExpired   Status = "expired"
	StatusSkipped   Status = "skipped"
	StatusRejected  Status = "rejected"
	StatusFailed    Status = "failed"
)

// Final reports whether s is the status of a reply, not of a mere claim.
func (s Status) Final() bool {
	switch s {
	case StatusAnswered, StatusTimeout, StatusDismissed, StatusExpired,
		StatusSkipped, StatusRejected, StatusFailed:
		return true
	}
	return false
}

// Channels by which a message can be shown.
const (
	ChannelDialog = "dialog"
	ChannelToast  = "toast"
	ChannelTTY    = "tty"
	ChannelScript = "script"
	ChannelWTS    = "wts"  // the session host's own message box, without a monitor
	ChannelWall   = "wall" // on terminals, where nobody can answer
)

// Reply is the answer to a message, or, until Ready, a monitor's claim to it.
type Reply struct {
	Ready      bool
	Status     Status
	Button     int // Popup's numbers, 101… for Buttons, NoButton
	Choice     string
	Answer     string   // input and single choice
	Items      []string // choose with Multiple; written as Answer too
	Checked    bool
	Seen       bool
	User       string
	Session    string
	ShownAt    time.Time
	AnsweredAt time.Time
	Channel    string
	Error      string
	Policy     string // the setting of the administrator that forbids it; with StatusRejected
	Pid        int
	Started    string
}

// Presence is the record by which a monitor says that it attends a mailbox.
type Presence struct {
	Pid      int
	Started  string
	Version  string
	Protocol int
	Kinds    []string
	Locale   string
	State    string
}

// States of a monitor's session.
const (
	StateReady  = "ready"
	StateBusy   = "busy"
	StateLocked = "locked"
)
