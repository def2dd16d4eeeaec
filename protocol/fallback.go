package protocol

import (
	"slices"
	"strings"
)

// FallbackNone ends the ways of Fallback.
const FallbackNone = "none"

// Fallbacks lists the words of Fallback.
func Fallbacks() []string {
	return []string{ChannelDialog, ChannelToast, ChannelWTS, ChannelWall, FallbackNone}
}

// Ladder returns the ways to reach the person in the order in which they are
// tried, by the names of Channels: those of Fallback, and before them the one in
// which the kind is shown anyway, unless it is among them. Without Fallback they
// are what the kind allows, but for ChannelWall, which has to be asked for. The
// message must be valid.
func (m Message) Ladder() []string {
	usual := ChannelDialog
	if m.Kind == KindNotify {
		usual = ChannelToast
	}
	if m.Fallback == "" {
		switch m.Kind {
		case KindPopup:
			return []string{ChannelDialog, ChannelToast, ChannelWTS}
		case KindNotify:
			return []string{ChannelToast, ChannelDialog, ChannelWTS}
		case KindProgress:
			return []string{ChannelDialog, ChannelToast}
		}
		return []string{usual}
	}
	var ways []string
	for _, way := range m.fallbacks() {
		if way == FallbackNone {
			break
		}
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	if !slices.Contains(ways, usual) {
		ways = append([]string{usual}, ways...)
	}
	return ways
}

func (m Message) fallbacks() []string {
	ways := strings.Split(m.Fallback, ",")
	for i, way := range ways {
		ways[i] = strings.TrimSpace(way)
	}
	return ways
}

func (m Message) validateFallback() error {
	if m.Fallback == "" {
		return nil
	}
	for _, way := range m.fallbacks() {
		if !slices.Contains(Fallbacks(), way) {
			return problem("Fallback", "%s is not one of %s", describe(way), strings.Join(Fallbacks(), ", "))
		}
	}
	return nil
}
