package mailbox_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// Whatever somebody writes in the place of a reply is no answer, and costs the
// sender no more than he reads of any record.
func TestHostileReplies(t *testing.T) {
	b, _, dir := place(t)
	path := func(id string) string { return filepath.Join(dir, "outbox", id+".json") }
	const answered = `"ready":true,"status":"answered"`
	var fields strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&fields, `,"x%d":1`, i)
	}
	for id, data := range map[string]string{
		"button-not-offered":  `{` + answered + `,"button":107,"answer":"two"}`,
		"button-below-0":      `{` + answered + `,"button":-101,"answer":"two"}`,
		"button-beyond-int":   `{` + answered + `,"button":18446744073709551717,"answer":"two"}`,
		"button-is-a-list":    `{` + answered + `,"button":[101],"answer":"two"}`,
		"item-not-offered":    `{` + answered + `,"button":101,"answer":"three"}`,
		"items-beyond-choice": `{` + answered + `,"button":101,"answer":["one","two"]}`,
		"answer-is-a-map":     `{` + answered + `,"button":101,"answer":{"0":"two"}}`,
		"status-is-a-number":  `{"ready":true,"status":1,"button":101,"answer":"two"}`,
		"status-unknown":      `{"ready":true,"status":"granted","button":101,"answer":"two"}`,
		"nul-in-an-item":      `{` + answered + `,"button":101,"answer":"two\u0000"}`,
		"nul-in-the-status":   `{"ready":true,"status":"answered\u0000","button":101,"answer":"two"}`,
		"nul-in-the-file":     `{` + answered + `,"button":101,"answer":"two"}` + "\x00",
		"no-utf-8":            `{` + answered + `,"button":101,"answer":"two` + "\xff" + `"}`,
		"half-a-pair":         `{` + answered + `,"button":101,"answer":"two\ud800"}`,
		"empty":               ``,
		"deep":                `{` + answered + `,"answer":` + strings.Repeat("[", 200_000),
		"many-fields":         `{` + answered + fields.String() + `,"button":101,"answer":"two"}`,
		"many-items":          `{` + answered + `,"button":101,"answer":["two"` + strings.Repeat(`,"two"`, 100_000) + `]}`,
		"long-item":           `{` + answered + `,"button":101,"answer":"two","text":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		refuses(t, b, id, func() { check(t, os.WriteFile(path(id), []byte(data), 0o600)) })
	}
	refuses(t, b, "gibibyte", func() {
		check(t, os.WriteFile(path("gibibyte"), []byte(`{`+answered+`,"button":101,"answer":"two"}`), 0o600))
		check(t, os.Truncate(path("gibibyte"), 1<<30))
	})
	var growing sync.WaitGroup
	defer growing.Wait()
	over := make(chan struct{})
	defer close(over)
	refuses(t, b, "growing", func() {
		file, err := os.OpenFile(path("growing"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		check(t, err)
		_, err = file.WriteString(`{` + answered + `,"button":101,"answer":"two","text":"`)
		check(t, err)
		growing.Go(func() {
			defer file.Close()
			more := make([]byte, 64<<10)
			for size := 0; size < 256<<20; size += len(more) {
				select {
				case <-over:
					return
				default:
				}
				if _, err := file.Write(more); err != nil && !errors.Is(err, unix.ENOSPC) {
					t.Errorf("grow: %v", err)
					return
				}
			}
		})
	})
}

// Very many replies that nobody asked for cost him who awaits his nothing.
func TestManyReplies(t *testing.T) {
	b, _, dir := place(t)
	crowd(t, b, func(id string) {
		check(t, os.WriteFile(filepath.Join(dir, "outbox", id+".json"), []byte(`{"ready":true,"status":"answered","button":101}`), 0o600))
	})
}
