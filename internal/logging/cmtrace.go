package logging

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// maxLine bounds an entry of a CMTrace file, in bytes: the viewer shows no
// more of one.
const maxLine = 8000

// formatCMTrace is an entry as CMTrace and OneTrace of Configuration Manager
// read it, one line in ASCII, which no code page changes. The offset in time is
// that of Windows: minutes to be added to get UTC. Type is 1 for information,
// 2 for a warning, 3 for an error.
func formatCMTrace(e Entry, component string, thread int) string {
	text := strings.ReplaceAll(toASCII(e.Text()), "]LOG]!>", "]LOG] !>")
	text = truncate(text, maxLine)
	if e.File != "" {
		e.File += ":" + strconv.Itoa(e.Line)
	}
	_, east := e.Time.Zone()
	kind := 1
	switch {
	case e.Level >= slog.LevelError:
		kind = 3
	case e.Level >= slog.LevelWarn:
		kind = 2
	}
	return fmt.Sprintf("<![LOG[%s]LOG]!><time=\"%s%+04d\" date=\"%s\" component=\"%s\" context=\"\" type=\"%d\" thread=\"%d\" file=\"%s\">\r\n",
		text, e.Time.Format("15:04:05.000"), -east/60, e.Time.Format("01-02-2006"), component, kind, thread, e.File)
}

// toASCII writes other characters as Go does, \u00e4.
func toASCII(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
