package main

import (
	"os/exec"
	"testing"
)

// What --emit prints is read by a shell as it was meant.
func TestQuotePosix(t *testing.T) {
	for _, word := range []string{"", "a", "a b", "it's", `say "hi" $HOME`, "a\nb", `back\slash`, "*", "~", "a;b", "ä"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quotePosix(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is quoted as %s, and read as %q, %v", word, quotePosix(word), out, err)
		}
	}
}
