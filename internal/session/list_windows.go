package session

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var (
	wtsapi32                    = windows.NewLazySystemDLL("wtsapi32.dll")
	wtsQuerySessionInformationW = wtsapi32.NewProc("WTSQuerySessionInformationW")
)

// Kinds of what WTSQuerySessionInformation tells (WTS_INFO_CLASS).
const (
	wtsUserName           = 5
	wtsDomainName         = 7
	wtsClientProtocolType = 16
	wtsSessionInfoEx      = 25
)

// list asks the session host (WTSEnumerateSessions). Where that lists none, as
// in Wine, there is the session of the console.
func list(ctx context.Context) ([]Session, error) {
	var entries *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &entries, &count); err != nil {
		return nil, fmt.Errorf("ask for the sessions: %w", err)
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(entries)))
	console := windows.WTSGetActiveConsoleSessionId()
	if count == 0 {
		if s, ok := query(console, windows.WTSActive, console); ok {
			return []Session{s}, nil
		}
		return nil, nil
	}
	var sessions []Session
	for _, e := range unsafe.Slice(entries, count) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("ask for the sessions: %w", err)
		}
		if s, ok := query(e.SessionID, e.State, console); ok {
			sessions = append(sessions, s)
		}
	}
	return sessions, nil
}

// query asks about one session; not ok when no person is in it.
func query(id, state, console uint32) (s Session, ok bool) {
	if state != windows.WTSActive && state != windows.WTSDisconnected {
		return s, false
	}
	name := wtsText(id, wtsUserName)
	if name == "" {
		return s, false
	}
	s = Session{
		ID: strconv.FormatUint(uint64(id), 10), User: name, UID: sidOf(id, wtsText(id, wtsDomainName), name),
		Active: state == windows.WTSActive, Type: "console", Class: "user",
		State: State{Disconnected: state != windows.WTSActive},
	}
	if domain := wtsText(id, wtsDomainName); domain != "" {
		s.User = domain + `\` + name
	}
	if id == console {
		s.Seat = "console"
	}
	switch protocolOf(id) {
	case 1:
		s.Type, s.Remote = "ica", true
	case 2:
		s.Type, s.Remote = "rdp", true
	}
	if s.UID != "" {
		s.Locale = localeOf(languagesOf(registry.USERS, s.UID))
	}
	if info, ok := infoOf(id); ok {
		s.State.Locked = info.locked(lockReversed())
		s.Since = fileTime(info.LogonTime)
		if info.LastInputTime > 0 && info.CurrentTime > info.LastInputTime {
			s.Idle = time.Duration(info.CurrentTime-info.LastInputTime) * 100
		}
	}
	return s, true
}

// infoEx is WTSINFOEXW with WTSINFOEX_LEVEL1_W; times are FILETIMEs.
type infoEx struct {
	Level          uint32
	_              uint32
	SessionID      uint32
	SessionState   uint32
	SessionFlags   int32
	StationName    [33]uint16
	UserName       [21]uint16
	DomainName     [18]uint16
	LogonTime      int64
	ConnectTime    int64
	DisconnectTime int64
	LastInputTime  int64
	CurrentTime    int64
	_              [6]uint32 // counters
}

// locked reads SessionFlags: 0 is WTS_SESSIONSTATE_LOCK, 1 the opposite, all
// bits nobody knows. In Windows 7 and Server 2008 R2 the two are reversed.
func (i *infoEx) locked(reversed bool) bool {
	if reversed {
		return i.SessionFlags == 1
	}
	return i.SessionFlags == 0
}

func lockReversed() bool {
	v := windows.RtlGetVersion()
	return v.MajorVersion == 6 && v.MinorVersion == 1
}

func infoOf(id uint32) (info infoEx, ok bool) {
	p, size := wtsQuery(id, wtsSessionInfoEx)
	if p == nil {
		return info, false
	}
	defer windows.WTSFreeMemory(uintptr(p))
	if uintptr(size) < unsafe.Sizeof(info) {
		return info, false
	}
	info = *(*infoEx)(p)
	return info, info.Level == 1
}

// protocolOf is 0 for the console, 1 for ICA, 2 for RDP.
func protocolOf(id uint32) uint16 {
	p, size := wtsQuery(id, wtsClientProtocolType)
	if p == nil {
		return 0
	}
	defer windows.WTSFreeMemory(uintptr(p))
	if size < 2 {
		return 0
	}
	return *(*uint16)(p)
}

func wtsText(id uint32, kind uintptr) string {
	p, size := wtsQuery(id, kind)
	if p == nil {
		return ""
	}
	defer windows.WTSFreeMemory(uintptr(p))
	return windows.UTF16ToString(unsafe.Slice((*uint16)(p), size/2))
}

// wtsQuery asks the session host; nil where it does not know. The answer is to
// be freed.
func wtsQuery(id uint32, kind uintptr) (unsafe.Pointer, uint32) {
	var p unsafe.Pointer
	var size uint32
	ok, _, _ := wtsQuerySessionInformationW.Call(0, uintptr(id), kind,
		uintptr(unsafe.Pointer(&p)), uintptr(unsafe.Pointer(&size)))
	if ok == 0 {
		return nil, 0
	}
	return p, size
}

// sidOf finds the person's SID: by the session's token, which only the system
// may have, else by the name.
func sidOf(id uint32, domain, name string) string {
	var token windows.Token
	if err := windows.WTSQueryUserToken(id, &token); err == nil {
		defer token.Close()
		if u, err := token.GetTokenUser(); err == nil {
			return u.User.Sid.String()
		}
	}
	if domain != "" {
		name = domain + `\` + name
	}
	if sid, _, _, err := windows.LookupSID("", name); err == nil {
		return sid.String()
	}
	return ""
}

// languagesOf reads the languages that a user has chosen, best first, from his
// hive at root\sid, then that of his formats. It keeps no key open.
func languagesOf(root registry.Key, sid string) []string {
	var names []string
	for _, value := range []struct{ key, name string }{
		{`Control Panel\Desktop`, "PreferredUILanguages"},
		{`Control Panel\Desktop\MuiCached`, "MachinePreferredUILanguages"},
		{`Control Panel\International`, "LocaleName"},
	} {
		k, err := registry.OpenKey(root, sid+`\`+value.key, registry.QUERY_VALUE)
		if err != nil {
			continue // not loaded, or not ours to read
		}
		buffer := make([]byte, 1<<10) // the user may have put there what he likes
		if n, kind, err := k.GetValue(value.name, buffer); err == nil && (kind == registry.SZ || kind == registry.MULTI_SZ) {
			names = append(names, texts(buffer[:n])...)
		}
		k.Close()
	}
	return names
}

// texts are the strings in a value of text or of several.
func texts(value []byte) []string {
	units := make([]uint16, len(value)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(value[2*i:])
	}
	return strings.FieldsFunc(string(utf16.Decode(units)), func(r rune) bool { return r == 0 })
}

// fileTime is zero for none.
func fileTime(t int64) time.Time {
	if t <= 0 {
		return time.Time{}
	}
	ft := windows.Filetime{LowDateTime: uint32(t), HighDateTime: uint32(t >> 32)}
	return time.Unix(0, ft.Nanoseconds())
}
