package protocol

import "time"

// Kinds of message that Deskbell's own processors handle.
const (
	KindPopup    = "popup"
	KindInput    = "input"
	KindChoose   = "choose"
	KindNotify   = "notify"
	KindProgress = "progress"
	KindControl  = "control"
)

// Icons of a window.
const (
	IconNone     = "none"
	IconInfo     = "info"
	IconWarning  = "warning"
	IconError    = "error"
	IconQuestion = "question"
	IconShield   = "shield"
)

// Urgencies, the freedesktop notification levels.
const (
	UrgencyLow      = "low"
	UrgencyNormal   = "normal"
	UrgencyCritical = "critical"
)

// What to do when the person is busy, the session locked or disconnected.
const (
	WhenWait = "wait"
	WhenShow = "show"
	WhenSkip = "skip"
)

// Commands of a control message.
const (
	CommandPing    = "ping"
	CommandStop    = "stop"
	CommandRestart = "restart"
	CommandReload  = "reload"
)

// Message is a question or notice on its way from a sender to a person. The
// field table in fields.go gives each field its name, form and meaning. The
// zero value of a field is its default, but for Percent (see NewMessage).
type Message struct {
	ID string // the name that it lies under; no field
	// Raised is how often its window has been asked to come to the front again;
	// no field: it is the monitor's word to a processor.
	Raised int

	Version       int
	Kind          string
	Title         string
	Text          string
	Details       string
	Link          string
	Type          int
	Buttons       []string
	Icon          string
	Default       string
	Timeout       int // seconds, 0 = never
	CountdownText string
	TTL           int // seconds, 0 = none
	Expires       time.Time
	Urgency       string
	When          string
	BusyMax       int    // seconds, 0 = for ever
	Quiet         string // see QuietHours
	Remind        int    // seconds, 0 = never
	Unclosable    bool   // see Closes
	To            string
	Combine       string // see Combination
	Absent        string
	Fallback      string // see Ladder
	OnAnswer      string
	Session       string
	Check         string
	Choices       []string
	Multiple      bool
	Mask          bool
	Multiline     bool
	Pattern       string
	Hint          string
	SealTo        string
	Percent       int // 0 to 100, -1 = unknown
	Detail        string
	Cancellable   bool
	Command       string
	Sender        string
	SenderPid     int
	SenderStarted string

	// Variants holds fields in other languages by canonical name and tag
	// ("Text.de"): a string, or []string for Buttons and Choices.
	Variants map[string]any
	// Extra holds fields that this version does not know, by the name they
	// came with, for processors that do.
	Extra Fields
}

// NewMessage returns a message of the kind with the defaults of the protocol.
func NewMessage(kind string) Message {
	return Message{Version: Version, Kind: kind, Percent: -1}
}
