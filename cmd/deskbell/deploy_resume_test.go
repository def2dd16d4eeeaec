package main

import "testing"

func TestBehindProgram(t *testing.T) {
	for line, want := range map[string]string{
		`deskbell deploy --name a`:                                  `deploy --name a`,
		`"C:\Program Files\Deskbell\deskbell.exe"  deploy -- "a b"`: `deploy -- "a b"`,
		`C:\deskbell.exe	deploy`:                                    `deploy`,
		`deskbell`:                                                  ``,
		`"deskbell.exe"`:                                            ``,
	} {
		if got := behindProgram(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
