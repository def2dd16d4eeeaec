package balloon

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

func TestFill(t *testing.T) {
	q := dialog.Question{
		Title: "Title & <b>", Text: "Text", Origin: "From a program of yours", Sender: "IT", Icon: protocol.IconWarning,
		Urgency: protocol.UrgencyNormal,
	}
	var n win.NotifyIcon
	fill(&n, q)
	if got := win.String(n.Title[:]); got != q.Origin {
		t.Errorf("title %q", got)
	}
	if got := win.String(n.Text[:]); got != "Title & <b>\nText\n“IT”" {
		t.Errorf("text %q", got)
	}
	if n.BalloonFlags != win.BalloonWarning|win.BalloonWaits {
		t.Errorf("flags %#x", n.BalloonFlags)
	}
}

func TestCut(t *testing.T) {
	for _, q := range []dialog.Question{
		{Title: "Title", Text: strings.Repeat("Text ", 100), Sender: "IT"},
		{Title: strings.Repeat("Title ", 100), Text: strings.Repeat("😀", 300), Sender: strings.Repeat("IT ", 100)},
		{Text: strings.Repeat("Text ", 100)},
	} {
		got := text(q, 256)
		if n := len(win.UTF16(got)); n > 256 || n < 200 {
			t.Errorf("%d units", n)
		}
		if q.Sender != "" && !strings.HasSuffix(got, "”") || !strings.Contains(got, "…") {
			t.Errorf("%q", got)
		}
	}
}
