package inputbox

import (
	"slices"
	"unsafe"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
)

// Messages to list boxes (LB_*) and list views (LVM_*), and their styles.
const (
	listBox     = 0x101 // LBS_NOTIFY, LBS_NOINTEGRALHEIGHT
	listAdd     = 0x180
	listReset   = 0x184
	listSelect  = 0x186
	listCurrent = 0x188
	listExtent  = 0x194
	listTop     = 0x197

	listView       = 0x400D // LVS_REPORT, LVS_SINGLESEL, LVS_SHOWSELALWAYS, LVS_NOCOLUMNHEADER
	viewClear      = 0x1009
	viewEnsure     = 0x1013
	viewWidth      = 0x101E
	viewSetState   = 0x102B
	viewGetState   = 0x102C
	viewExtend     = 0x1036
	viewExtensions = 0x10024 // LVS_EX_CHECKBOXES, LVS_EX_FULLROWSELECT, LVS_EX_DOUBLEBUFFER
	viewInsert     = 0x104D
	viewColumn     = 0x1061
	viewTicks      = 0xF000 // LVIS_STATEIMAGEMASK
	viewTicked     = 0x2000
	viewUnticked   = 0x1000
)

// buildList makes the list: a list box to choose one, a list view with tick
// boxes, which Space turns over, to choose several.
func (w *window) buildList() {
	const scrolls = win.StyleTabStop | win.StyleVScroll
	if !w.question.Multiple {
		win.Control(w.hwnd, "LISTBOX", "", listBox|scrolls|win.StyleHScroll, win.ExStyleSunken, listControl)
		return
	}
	list := win.Control(w.hwnd, "SysListView32", "", listView|win.StyleTabStop, win.ExStyleSunken, listControl)
	win.Send(list, viewExtend, viewExtensions, viewExtensions)
	column := win.ListViewColumn{}
	win.SendPointer(list, viewColumn, 0, unsafe.Pointer(&column))
}

// refill shows the choices anew; what was chosen of the older ones stays so.
func (w *window) refill(older []dialog.Choice) {
	var before, known []string
	for _, c := range older {
		known = append(known, c.Value)
	}
	if older != nil {
		before = w.chosenOf(older)
	}
	list := win.Item(w.hwnd, listControl)
	clearing, adding := uint32(listReset), w.addLine
	if w.question.Multiple {
		clearing, adding = viewClear, w.addTick
	}
	win.Send(list, clearing, 0, 0)
	found := false
	for i, c := range w.question.Choices {
		selected := slices.Contains(before, c.Value) || c.Selected && !slices.Contains(known, c.Value) && (w.question.Multiple || len(before) == 0)
		adding(i, c.Caption, selected)
		found = found || selected
	}
	if w.question.Multiple {
		const fitting = ^uintptr(0) // LVSCW_AUTOSIZE
		win.Send(list, viewWidth, 0, fitting)
		w.setItem(0, 0x3, 0x3) // LVIS_FOCUSED, LVIS_SELECTED: where Space works
	} else if !found {
		win.Send(list, listSelect, ^uintptr(0), 0)
	}
}

func (w *window) addLine(i int, caption string, selected bool) {
	list := win.Item(w.hwnd, listControl)
	win.SendText(list, listAdd, 0, caption)
	if selected {
		win.Send(list, listSelect, uintptr(i), 0)
	}
}

func (w *window) addTick(i int, caption string, selected bool) {
	const text = 0x1 // LVIF_TEXT
	units := win.UTF16(caption)
	item := win.ListViewItem{Mask: text, Item: int32(i), Text: &units[0]}
	win.SendPointer(win.Item(w.hwnd, listControl), viewInsert, 0, unsafe.Pointer(&item))
	state := uint32(viewUnticked)
	if selected {
		state = viewTicked
	}
	w.setItem(i, state, viewTicks)
}

func (w *window) setItem(i int, state, mask uint32) {
	item := win.ListViewItem{State: state, StateMask: mask}
	win.SendPointer(win.Item(w.hwnd, listControl), viewSetState, uintptr(i), unsafe.Pointer(&item))
}

// chosen are the values of the choices that are selected or ticked.
func (w *window) chosen() []string { return w.chosenOf(w.question.Choices) }

func (w *window) chosenOf(choices []dialog.Choice) []string {
	list := win.Item(w.hwnd, listControl)
	chosen := []string{}
	for i, c := range choices {
		ticked := w.question.Multiple && win.Send(list, viewGetState, uintptr(i), viewTicks) == viewTicked
		if ticked || !w.question.Multiple && int32(win.Send(list, listCurrent, 0, 0)) == int32(i) {
			chosen = append(chosen, c.Value)
		}
	}
	return chosen
}

// widen lets long captions be scrolled to in a list box, which does not
// measure them.
func (w *window) widen() {
	if w.question.Multiple {
		return
	}
	widest := int32(0)
	for _, c := range w.question.Choices {
		width, _ := w.font.Measure(c.Caption, 1<<20)
		widest = max(widest, width)
	}
	win.Send(win.Item(w.hwnd, listControl), listExtent, uintptr(widest+8), 0)
}
