package win

// Rect is a RECT: pixels of the screen or of a window.
type Rect struct{ Left, Top, Right, Bottom int32 }

// Width of the rectangle in pixels.
func (r Rect) Width() int32 { return r.Right - r.Left }

// Height of the rectangle in pixels.
func (r Rect) Height() int32 { return r.Bottom - r.Top }
