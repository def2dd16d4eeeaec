package session

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestLocales(t *testing.T) {
	ann, ben := "4001 4001 4001 4001", "4002 4002 4002 4002"
	tests := []struct {
		name  string
		procs []plainProc
		files map[string]string
		want  string // of ann's session c1
	}{
		{"nothing known", nil, nil, ""},
		{"the manager's", []plainProc{{ann, 0, "LANG=de_DE.UTF-8"}}, nil, "de-DE"},
		{"another's", []plainProc{{ben, 0, "LANG=de_DE.UTF-8"}}, nil, ""},
		{"a window's before the manager's", []plainProc{{ann, 0, "LANG=de_DE.UTF-8 DISPLAY=:0"}, {ann, 0, "LANG=fr_FR.UTF-8"}}, nil, "de-DE"},
		{"a window's after the manager's", []plainProc{{ann, 0, "LANG=fr_FR.UTF-8"}, {ann, 0, "LANG=de_DE.UTF-8 DISPLAY=:0"}}, nil, "de-DE"},
		{"the session's own", []plainProc{{ann, 0, "LANG=fr_FR.UTF-8 DISPLAY=:0"}, {ann, 0, "LANG=de_AT XDG_SESSION_ID=c1"}, {ann, 0, "LANG=it_IT DISPLAY=:0"}}, nil, "de-AT"},
		{"a list of languages", []plainProc{{ann, 0, "LANG=de_DE.UTF-8 LANGUAGE=sv:de"}}, nil, "sv"},
		{"none that is a language", []plainProc{{ann, 0, "LANG=C.UTF-8"}, {ann, 0, "LANG=\x1b[2J"}}, map[string]string{"locale.conf": "LANG=nl_NL.UTF-8\n"}, "nl-NL"},
		{"the computer's", nil, map[string]string{"locale.conf": "# c\nLANG=\"pt_BR.UTF-8\"\nLC_TIME=C\n", "default/locale": "LANG=en_US\n"}, "pt-BR"},
		{"the computer's, in Debian", nil, map[string]string{"default/locale": "LANG=en_GB.UTF-8\n"}, "en-GB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proc, etc := t.TempDir(), t.TempDir()
			for i, p := range test.procs {
				p.write(t, filepath.Join(proc, strconv.Itoa(100+i)))
			}
			for name, text := range test.files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(etc, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			sessions := []Session{{ID: "c1", UID: "4001"}}
			addLocales(t.Context(), proc, etc, sessions)
			if got := sessions[0].Locale; got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
