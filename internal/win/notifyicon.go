package win

// NotifyIcon is a NOTIFYICONDATAW.
type NotifyIcon struct {
	Size           uint32
	Window         uintptr
	ID             uint32
	Flags          uint32
	Message        uint32
	Icon           uintptr
	Tip            [128]uint16
	State          uint32
	StateMask      uint32
	Text           [256]uint16
	Version        uint32 // and uTimeout, of old
	Title          [64]uint16
	BalloonFlags   uint32
	GUID           [16]byte
	BalloonPicture uintptr
}

// NotifyIconSize is what Size has to be.
const NotifyIconSize = 976

// What is done to a notification icon (NIM_*).
const (
	NotifyIconAdd     = 0
	NotifyIconDelete  = 2
	NotifyIconVersion = 4
)

// Flags of a notification icon: what is filled in (NIF_*) and how the balloon
// looks and sounds (NIIF_*).
const (
	NotifyIconHasMessage = 0x1
	NotifyIconHasIcon    = 0x2
	NotifyIconHasTip     = 0x4
	NotifyIconHasBalloon = 0x10
	NotifyIconShowsTip   = 0x80

	BalloonInformation = 0x1
	BalloonWarning     = 0x2
	BalloonError       = 0x3
	BalloonSilent      = 0x10
	BalloonWaits       = 0x80 // NIIF_RESPECT_QUIET_TIME
)

// What is said of an icon and its balloon (NIN_*).
const (
	IconChosen      = 0x400     // by the mouse
	IconChosenByKey = 0x400 + 1 // by Space or Enter

	BalloonHidden  = 0x400 + 3
	BalloonOver    = 0x400 + 4 // its time is up, or it was closed
	BalloonClicked = 0x400 + 5
)

// Fill copies text into a field of fixed length, with a final NUL, and an
// ellipsis where it is cut.
func Fill(field []uint16, text string) {
	units := UTF16(text)
	if len(units) > len(field) {
		cut := len(field) - 2
		if units[cut-1]&0xFC00 == 0xD800 { // half a pair
			cut--
		}
		units = append(units[:cut], '…', 0)
	}
	clear(field[copy(field, units):])
}
