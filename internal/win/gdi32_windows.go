package win

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	gdi32              = windows.NewLazySystemDLL("gdi32.dll")
	createFontIndirect = gdi32.NewProc("CreateFontIndirectW")
	selectObject       = gdi32.NewProc("SelectObject")
	deleteObject       = gdi32.NewProc("DeleteObject")
	getDC              = user32.NewProc("GetDC")
	releaseDC          = user32.NewProc("ReleaseDC")
	drawText           = user32.NewProc("DrawTextW")
)

// Font is a font that Delete gives back.
type Font uintptr

// MessageFont is the font of message boxes at a scale.
func MessageFont(dpi int) Font {
	const nonClientMetrics = 0x29 // SPI_GETNONCLIENTMETRICS
	m := NonClientMetrics{Size: nonClientMetricsSize}
	if systemParametersInfoFor.Find() == nil {
		systemParametersInfoFor.Call(nonClientMetrics, nonClientMetricsSize, uintptr(unsafe.Pointer(&m)), 0, uintptr(dpi))
	} else {
		systemParametersInfo.Call(nonClientMetrics, nonClientMetricsSize, uintptr(unsafe.Pointer(&m)), 0)
	}
	f, _, _ := createFontIndirect.Call(uintptr(unsafe.Pointer(&m.Message)))
	return Font(f)
}

// Delete gives the font back.
func (f Font) Delete() { deleteObject.Call(uintptr(f)) }

// Measure is the size of a text in the font, broken into lines of at most a
// width, as a static control or an edit control breaks it.
func (f Font) Measure(text string, width int32) (w, h int32) {
	// DT_CALCRECT, DT_WORDBREAK, DT_NOPREFIX, DT_EXPANDTABS, DT_EDITCONTROL
	const flags = 0x400 | 0x10 | 0x800 | 0x40 | 0x2000
	if text == "" {
		text = " "
	}
	units := UTF16(text)
	dc, _, _ := getDC.Call(0)
	defer releaseDC.Call(0, dc)
	old, _, _ := selectObject.Call(dc, uintptr(f))
	defer selectObject.Call(dc, old)
	r := Rect{Right: width}
	drawText.Call(dc, uintptr(unsafe.Pointer(&units[0])), uintptr(len(units)-1), uintptr(unsafe.Pointer(&r)), flags)
	return r.Right, r.Bottom
}
