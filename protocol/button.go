package protocol

// Numbers of the buttons of Type, as WScript.Shell's Popup returns them.
const (
	NoButton       = -1
	ButtonOK       = 1
	ButtonCancel   = 2
	ButtonAbort    = 3
	ButtonRetry    = 4
	ButtonIgnore   = 5
	ButtonYes      = 6
	ButtonNo       = 7
	ButtonTryAgain = 10
	ButtonContinue = 11
	// ButtonCustom is the number of the first of Buttons; the others follow.
	ButtonCustom = 101
)

// Button is one of the buttons that a message offers.
type Button struct {
	Number  int
	Caption string // unlocalised
}

var captions = map[int]string{
	ButtonOK: "OK", ButtonCancel: "Cancel", ButtonAbort: "Abort", ButtonRetry: "Retry",
	ButtonIgnore: "Ignore", ButtonYes: "Yes", ButtonNo: "No",
	ButtonTryAgain: "Try Again", ButtonContinue: "Continue",
}

// buttonSets are the button sets of nType 0 to 6.
var buttonSets = [][]int{
	{ButtonOK},
	{ButtonOK, ButtonCancel},
	{ButtonAbort, ButtonRetry, ButtonIgnore},
	{ButtonYes, ButtonNo, ButtonCancel},
	{ButtonYes, ButtonNo},
	{ButtonRetry, ButtonCancel},
	{ButtonCancel, ButtonTryAgain, ButtonContinue},
}

// Bits of Type (WScript.Shell Popup, MessageBox).
const (
	typeButtons     = 0x00f
	typeIcon        = 0x0f0
	typeDefault     = 0x300
	TypeSystemModal = 0x1000
)

// Offered returns the buttons that the message puts before the person:
// Buttons, else those of Type for a popup and for kinds that were added, OK
// and Cancel for input and choose, none for a notice; for a progress bar
// Cancel where it can be cancelled, whatever Buttons says.
func (m Message) Offered() []Button {
	var numbers []int
	switch m.Kind {
	case KindProgress:
		if m.Cancellable {
			numbers = []int{ButtonCancel}
		}
	case KindControl:
	default:
		if len(m.Buttons) > 0 {
			offered := make([]Button, len(m.Buttons))
			for i, caption := range m.Buttons {
				offered[i] = Button{ButtonCustom + i, caption}
			}
			return offered
		}
		switch m.Kind {
		case KindNotify:
		case KindInput, KindChoose:
			numbers = buttonSets[1]
		default:
			if set := m.Type & typeButtons; set < len(buttonSets) {
				numbers = buttonSets[set]
			}
		}
	}
	offered := make([]Button, len(numbers))
	for i, n := range numbers {
		offered[i] = Button{n, captions[n]}
	}
	return offered
}

// DefaultButton returns the number of the button that Return presses: the one
// whose caption is Default, else the one that Type names, else the first. It
// is NoButton where nothing is offered, and for a progress bar, which nobody
// should cancel by a key meant for something else.
func (m Message) DefaultButton() int {
	offered := m.Offered()
	if len(offered) == 0 || m.Kind == KindProgress {
		return NoButton
	}
	if m.Kind == KindPopup {
		for _, b := range offered {
			if m.Default != "" && b.Caption == m.Default {
				return b.Number
			}
		}
		if i := m.Type & typeDefault >> 8; i < len(offered) {
			return offered[i].Number
		}
	}
	return offered[0].Number
}

// CancelButton returns the number that Escape and the close box answer with:
// Cancel where it is offered, else NoButton, and the message is dismissed.
func (m Message) CancelButton() int {
	for _, b := range m.Offered() {
		if b.Number == ButtonCancel {
			return ButtonCancel
		}
	}
	return NoButton
}

// Accepts reports whether the button is one that submits an input or a choice.
func (m Message) Accepts(button int) bool { return button == ButtonOK || button == ButtonCustom }

// Picture returns Icon, else the icon of Type.
func (m Message) Picture() string {
	if m.Icon != "" {
		return m.Icon
	}
	switch m.Type & typeIcon {
	case 16:
		return IconError
	case 32:
		return IconQuestion
	case 48:
		return IconWarning
	case 64:
		return IconInfo
	}
	return IconNone
}

// Agreed reports whether a button means that the person went along: OK, Yes,
// Retry, Try Again, Continue or the first of Buttons.
func Agreed(button int) bool {
	switch button {
	case ButtonOK, ButtonYes, ButtonRetry, ButtonTryAgain, ButtonContinue, ButtonCustom:
		return true
	}
	return false
}

// Closes reports whether the window may be closed without a button: a popup always
// has one, and a progress window ends with its sender.
func (m Message) Closes() bool {
	return !m.Unclosable || m.CancelButton() != NoButton || m.Kind == KindProgress && m.SenderPid == 0
}
