package win

// Flags of a task dialog (commctrl.h).
const (
	TaskDialogIconHandle        = 0x2       // TDF_USE_HICON_MAIN
	TaskDialogFooterIconHandle  = 0x4       // TDF_USE_HICON_FOOTER
	TaskDialogCancellable       = 0x8       // TDF_ALLOW_DIALOG_CANCELLATION
	TaskDialogCommandLinks      = 0x10      // TDF_USE_COMMAND_LINKS
	TaskDialogExpanded          = 0x80      // TDF_EXPANDED_BY_DEFAULT
	TaskDialogChecked           = 0x100     // TDF_VERIFICATION_FLAG_CHECKED
	TaskDialogProgressBar       = 0x200     // TDF_SHOW_PROGRESS_BAR
	TaskDialogMarqueeBar        = 0x400     // TDF_SHOW_MARQUEE_PROGRESS_BAR
	TaskDialogTimer             = 0x800     // TDF_CALLBACK_TIMER
	TaskDialogRightToLeft       = 0x2000    // TDF_RTL_LAYOUT
	TaskDialogMinimizable       = 0x8000    // TDF_CAN_BE_MINIMIZED
	TaskDialogStaysInBackground = 0x10000   // TDF_NO_SET_FOREGROUND
	TaskDialogSizedToContent    = 0x1000000 // TDF_SIZE_TO_CONTENT
)

// Icons that a task dialog brings with it (TD_WARNING_ICON and so on).
const (
	TaskDialogWarning     = 0xFFFF
	TaskDialogError       = 0xFFFE
	TaskDialogInformation = 0xFFFD
	TaskDialogShield      = 0xFFFC
)

// Messages to a task dialog (TDM_*).
const (
	TaskDialogNavigate       = 0x400 + 101 // TDM_NAVIGATE_PAGE
	TaskDialogClick          = 0x400 + 102 // TDM_CLICK_BUTTON
	TaskDialogUseMarquee     = 0x400 + 103 // TDM_SET_MARQUEE_PROGRESS_BAR
	TaskDialogSetPosition    = 0x400 + 106 // TDM_SET_PROGRESS_BAR_POS
	TaskDialogRunMarquee     = 0x400 + 107 // TDM_SET_PROGRESS_BAR_MARQUEE
	TaskDialogSetElementText = 0x400 + 108 // TDM_SET_ELEMENT_TEXT
	TaskDialogEnable         = 0x400 + 111 // TDM_ENABLE_BUTTON
)

// Elements whose text can be set (TDE_*).
const (
	TaskDialogElementContent = 0
	TaskDialogElementDetails = 1
	TaskDialogElementFooter  = 2
)

// Notifications of a task dialog (TDN_*).
const (
	TaskDialogCreated    = 0
	TaskDialogNavigated  = 1
	TaskDialogClicked    = 2
	TaskDialogTicked     = 4 // every 200 ms
	TaskDialogDestroyed  = 5
	TaskDialogChecking   = 8
	TaskDialogExpanding  = 10
	TaskDialogKeepsOpen  = 1 // S_FALSE, the answer to TaskDialogClicked
	taskDialogConfigSize = 160
	taskDialogButtonSize = 12
)

// TaskDialog is what TASKDIALOGCONFIG says, but for the callback. Texts are
// plain; captions, CheckText, Expand and Collapse have their ampersands
// doubled by the caller.
type TaskDialog struct {
	Flags            uint32
	Title            string
	Icon             uintptr // handle or TaskDialogWarning…, by Flags
	Content          string
	Buttons          []TaskDialogButton
	Default          int
	CheckText        string
	Details          string
	Collapse, Expand string // captions of the details' button: to hide, to show
	FooterIcon       uintptr
	Footer           string
}

// TaskDialogButton is a TASKDIALOG_BUTTON.
type TaskDialogButton struct {
	ID      int
	Caption string
}

// Block lays out the TASKDIALOGCONFIG, at offset 0, with all that it points
// to. The structures are declared under #pragma pack(1), which no Go struct
// can have. The callback is given reference with every notification.
func (t TaskDialog) Block(callback, reference uintptr) *Block {
	b := &Block{}
	b.Grow(taskDialogConfigSize)
	b.Put32(0, taskDialogConfigSize) // cbSize
	// hwndParent 4 and hInstance 12 stay null.
	b.Put32(20, t.Flags)
	b.Text(28, t.Title)
	b.Put64(36, uint64(t.Icon))
	b.Text(52, t.Content) // pszMainInstruction 44 stays null
	b.Put32(60, uint32(len(t.Buttons)))
	if len(t.Buttons) > 0 {
		at := b.Grow(taskDialogButtonSize * len(t.Buttons))
		b.Point(64, at)
		for i, button := range t.Buttons {
			b.Put32(at+taskDialogButtonSize*i, uint32(int32(button.ID)))
			b.Text(at+taskDialogButtonSize*i+4, button.Caption)
		}
	}
	b.Put32(72, uint32(int32(t.Default)))
	// Radio buttons 76 to 91 stay absent.
	b.Text(92, t.CheckText)
	b.Text(100, t.Details)
	b.Text(108, t.Collapse) // pszExpandedControlText: seen while expanded
	b.Text(116, t.Expand)
	b.Put64(124, uint64(t.FooterIcon))
	b.Text(132, t.Footer)
	b.Put64(140, uint64(callback))
	b.Put64(148, uint64(reference))
	// cxWidth 156 stays 0: as wide as the system likes.
	return b
}
