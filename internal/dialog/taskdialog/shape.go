package taskdialog

import (
	"slices"

	"github.com/deskbell/deskbell/internal/win"
)

// sameShape reports whether one page becomes the other by its texts alone.
func sameShape(a, b win.TaskDialog) bool {
	return a.Flags == b.Flags && a.Icon == b.Icon && a.FooterIcon == b.FooterIcon &&
		slices.Equal(a.Buttons, b.Buttons) && a.Default == b.Default && a.CheckText == b.CheckText &&
		a.Collapse == b.Collapse && a.Expand == b.Expand && (a.Details == "") == (b.Details == "")
}
