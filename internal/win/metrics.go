package win

// LogFont is a LOGFONTW.
type LogFont struct {
	Height, Width, Escapement, Orientation, Weight int32
	Italic, Underline, StrikeOut, CharSet          uint8
	OutPrecision, ClipPrecision, Quality, Pitch    uint8
	Face                                           [32]uint16
}

// NonClientMetrics is a NONCLIENTMETRICSW.
type NonClientMetrics struct {
	Size                                  uint32
	Border, ScrollWidth, ScrollHeight     int32
	CaptionWidth, CaptionHeight           int32
	Caption                               LogFont
	SmallCaptionWidth, SmallCaptionHeight int32
	SmallCaption                          LogFont
	MenuWidth, MenuHeight                 int32
	Menu, Status, Message                 LogFont
	PaddedBorder                          int32
}

const nonClientMetricsSize = 504

// ListViewItem is an LVITEMW.
type ListViewItem struct {
	Mask           uint32
	Item, SubItem  int32
	State          uint32
	StateMask      uint32
	Text           *uint16
	TextMax, Image int32
	Param          uintptr
	Indent, Group  int32
	Columns        uint32
	ColumnNumbers  uintptr
	ColumnFormats  uintptr
	GroupMember    int32
}

// ListViewColumn is an LVCOLUMNW.
type ListViewColumn struct {
	Mask                       uint32
	Format, Width              int32
	Text                       *uint16
	TextMax, SubItem           int32
	Image, Order               int32
	Minimum, Default, IdealMax int32
}
