package win

import (
	"encoding/binary"
	"slices"
	"testing"
	"unsafe"
)

// TestSizes compares with what the C compiler of the Windows SDK says for
// 64-bit systems, on every system.
func TestSizes(t *testing.T) {
	for name, sizes := range map[string][2]uintptr{
		"NOTIFYICONDATAW":           {unsafe.Sizeof(NotifyIcon{}), 976},
		"szTip":                     {unsafe.Offsetof(NotifyIcon{}.Tip), 40},
		"szInfo":                    {unsafe.Offsetof(NotifyIcon{}.Text), 304},
		"uVersion":                  {unsafe.Offsetof(NotifyIcon{}.Version), 816},
		"szInfoTitle":               {unsafe.Offsetof(NotifyIcon{}.Title), 820},
		"dwInfoFlags":               {unsafe.Offsetof(NotifyIcon{}.BalloonFlags), 948},
		"guidItem":                  {unsafe.Offsetof(NotifyIcon{}.GUID), 952},
		"hBalloonIcon":              {unsafe.Offsetof(NotifyIcon{}.BalloonPicture), 968},
		"LOGFONTW":                  {unsafe.Sizeof(LogFont{}), 92},
		"lfFaceName":                {unsafe.Offsetof(LogFont{}.Face), 28},
		"NONCLIENTMETRICSW":         {unsafe.Sizeof(NonClientMetrics{}), nonClientMetricsSize},
		"lfMessageFont":             {unsafe.Offsetof(NonClientMetrics{}.Message), 408},
		"LVITEMW":                   {unsafe.Sizeof(ListViewItem{}), 88},
		"LVITEMW.pszText":           {unsafe.Offsetof(ListViewItem{}.Text), 24},
		"LVITEMW.puColumns":         {unsafe.Offsetof(ListViewItem{}.ColumnNumbers), 64},
		"LVCOLUMNW":                 {unsafe.Sizeof(ListViewColumn{}), 56},
		"NotifyIconSize":            {NotifyIconSize, 976},
		"TASKDIALOGCONFIG (packed)": {taskDialogConfigSize, 160},
	} {
		if sizes[0] != sizes[1] {
			t.Errorf("%s: %d, want %d", name, sizes[0], sizes[1])
		}
	}
}

// TestTaskDialog reads a TASKDIALOGCONFIG back as the compiler lays it out
// under #pragma pack(1).
func TestTaskDialog(t *testing.T) {
	const base = 0x10000
	data := TaskDialog{
		Flags: 0x1234, Title: "title", Icon: TaskDialogWarning, Content: "content ü😀",
		Buttons: []TaskDialogButton{{101, "one"}, {-1, "two"}}, Default: 101, CheckText: "check",
		Details: "details", Collapse: "hide", Expand: "show", FooterIcon: 77, Footer: "footer",
	}.Block(0xCAFE, 42).Bytes(base)
	n32 := func(at int) int { return int(int32(binary.LittleEndian.Uint32(data[at:]))) }
	n64 := func(at int) int { return int(binary.LittleEndian.Uint64(data[at:])) }
	text := func(at int) string {
		p := n64(at)
		if p == 0 {
			return "(null)"
		}
		var units []uint16
		for i := p - base; ; i += 2 {
			unit := binary.LittleEndian.Uint16(data[i:])
			if unit == 0 {
				return String(units)
			}
			units = append(units, unit)
		}
	}
	for at, want := range map[int]int{0: 160, 20: 0x1234, 24: 0, 60: 2, 72: 101, 76: 0, 88: 0, 156: 0} {
		if got := n32(at); got != want {
			t.Errorf("number at %d: %d, want %d", at, got, want)
		}
	}
	for at, want := range map[int]int{4: 0, 12: 0, 36: 0xFFFF, 80: 0, 124: 77, 140: 0xCAFE, 148: 42} {
		if got := n64(at); got != want {
			t.Errorf("pointer at %d: %#x, want %#x", at, got, want)
		}
	}
	for at, want := range map[int]string{
		28: "title", 44: "(null)", 52: "content ü😀", 92: "check", 100: "details",
		108: "hide", 116: "show", 132: "footer",
	} {
		if got := text(at); got != want {
			t.Errorf("text at %d: %q, want %q", at, got, want)
		}
	}
	buttons := n64(64) - base
	if n32(buttons) != 101 || text(buttons+4) != "one" || n32(buttons+12) != -1 || text(buttons+16) != "two" {
		t.Error("buttons are not twelve bytes apart")
	}
}

func TestDialogTemplate(t *testing.T) {
	data := DialogTemplate("t", 0x11223344, 0x55667788).Bytes(0)
	want := []byte{
		1, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 0, 0,
		100, 0, 100, 0, 0, 0, 0, 0, 't', 0, 0, 0,
	}
	if !slices.Equal(data, want) {
		t.Errorf("% x", data)
	}
}

func TestFill(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "abc": "abc", "abcd": "abcd", "abcde": "abc…", "ab😀": "ab😀", "ab😀d": "ab…", "a\x00b": "a",
	} {
		field := []uint16{9, 9, 9, 9, 9}
		Fill(field, text)
		if got := String(field); got != want || field[4] != 0 {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestHandles(t *testing.T) {
	var h Handles[string]
	a, b := h.Add("a"), h.Add("b")
	h.Remove(a)
	if c := h.Add("c"); c == a || c == b || a == 0 {
		t.Error("a number was given twice")
	}
	if h.Get(a) != "" || h.Get(b) != "b" || h.Len() != 2 {
		t.Errorf("%q %q %d", h.Get(a), h.Get(b), h.Len())
	}
}
