package win

// Styles of windows and controls (winuser.h, commctrl.h).
const (
	StylePopup   = 0x80000000 // WS_POPUP
	StyleChild   = 0x40000000 // WS_CHILD
	StyleVisible = 0x10000000 // WS_VISIBLE
	StyleCaption = 0x00C00000 // WS_CAPTION
	StyleVScroll = 0x00200000 // WS_VSCROLL
	StyleHScroll = 0x00100000 // WS_HSCROLL
	StyleMenu    = 0x00080000 // WS_SYSMENU
	StyleGroup   = 0x00020000 // WS_GROUP
	StyleTabStop = 0x00010000 // WS_TABSTOP
	StyleMinimum = 0x00020000 // WS_MINIMIZEBOX, of windows
	StyleDialog  = 0x80       // DS_MODALFRAME

	ExStyleDialog      = 0x1      // WS_EX_DLGMODALFRAME
	ExStyleTopmost     = 0x8      // WS_EX_TOPMOST
	ExStyleSunken      = 0x200    // WS_EX_CLIENTEDGE
	ExStyleParent      = 0x10000  // WS_EX_CONTROLPARENT
	ExStyleRightToLeft = 0x400000 // WS_EX_LAYOUTRTL
	ExStyleAppWindow   = 0x40000  // WS_EX_APPWINDOW
)

// DialogTemplate lays out a DLGTEMPLATEEX without controls: its window
// procedure makes them, as large as their texts are.
func DialogTemplate(title string, style, exStyle uint32) *Block {
	b := &Block{}
	units := UTF16(title)
	b.Grow(30 + 2*len(units))
	b.Put32(0, 0xFFFF0001) // dlgVer 1, signature 0xFFFF
	b.Put32(8, exStyle)
	b.Put32(12, style)
	// No items (16), at 0, 0 (18), a size that is set later.
	b.Put16(22, 100)
	b.Put16(24, 100)
	// No menu (26), the dialog's class (28), the title.
	for i, unit := range units {
		b.Put16(30+2*i, unit)
	}
	return b
}
