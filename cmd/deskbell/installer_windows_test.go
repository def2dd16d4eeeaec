package main

import (
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// What a shell passes on behind -- is left as it wrote it. In what PowerShell
// passes on, the properties of msiexec have their quotes where msiexec wants
// them.
func TestTailOf(t *testing.T) {
	const wanted = `msiexec /i a.msi INSTALLDIR="C:\My App" /qn`
	for name, test := range map[string]struct {
		line, want string
		n          int // of arguments behind --
	}{
		"cmd":                                {`deskbell deploy --name a -- msiexec /i a.msi INSTALLDIR="C:\My App" /qn`, wanted, 5},
		"PowerShell, INSTALLDIR=\"…\"":       {`"C:\Program Files\Deskbell\deskbell.exe" deploy --name a -- msiexec /i a.msi "INSTALLDIR=C:\My App" /qn`, wanted, 5},
		"PowerShell 5.1, 'INSTALLDIR=\"…\"'": {`"C:\Program Files\Deskbell\deskbell.exe" deploy --name a -- msiexec /i a.msi INSTALLDIR="C:\My App" /qn`, wanted, 5},
		"PowerShell 7, 'INSTALLDIR=\"…\"'":   {`"C:\Program Files\Deskbell\deskbell.exe" deploy --name a -- msiexec /i a.msi "INSTALLDIR=\"C:\My App\"" /qn`, wanted, 5},
		"PowerShell, a file with a space":    {`deskbell deploy -- msiexec.exe /i "C:\My Files\a.msi" "NOTE=a b" X=1`, `msiexec.exe /i "C:\My Files\a.msi" NOTE="a b" X=1`, 5},
		"PowerShell, quotes in a value":      {`deskbell deploy -- msiexec.exe /i a.msi "NOTE=say \"a b\""`, `msiexec.exe /i a.msi NOTE="say ""a b"""`, 4},
		"another program":                    {`deskbell deploy -- setup.exe "INSTALLDIR=C:\My App"`, `setup.exe "INSTALLDIR=C:\My App"`, 2},
		"-- in quotes before":                {`"deskbell.exe" deploy --title "a -- b" --  setup.exe /S -- x`, `setup.exe /S -- x`, 4},
		"an escaped quote before":            {`deskbell deploy --text "a 5\" pipe -- new" -- setup.exe /S "a -- b"`, `setup.exe /S "a -- b"`, 3},
		"two escaped quotes before":          {`deskbell deploy --text "\"a\" -- b" -- setup.exe`, `setup.exe`, 1},
		"a backslash before the quote":       {`deskbell deploy --log "C:\My Logs\\" -- setup.exe /D=C:\My App`, `setup.exe /D=C:\My App`, 3},
		"a tab":                              {"deskbell deploy --name a --\tsetup.exe  /S", `setup.exe  /S`, 2},
		"-- in quotes itself":                {`deskbell deploy --name a "--" setup.exe "/S"`, `setup.exe "/S"`, 2},
		"-- as a value":                      {`deskbell deploy --text -- -- setup.exe`, `setup.exe`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			arguments, err := windows.DecomposeCommandLine(test.line)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := tailOf(test.line, arguments, test.n)
			if strings.HasPrefix(got, "msiexec") {
				got = lineOfProperties(got)
			}
			if !ok || got != test.want {
				t.Errorf("%s, %v, want %s", got, ok, test.want)
			}
		})
	}
	for line, n := range map[string]int{
		`deskbell deploy --name a --msi a.msi`:   1,
		`deskbell deploy --name a - - setup.exe`: 1,
		`deskbell`:                               0,
	} {
		arguments, err := windows.DecomposeCommandLine(line)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tailOf(line, arguments, n); ok {
			t.Errorf("%s has %q behind --", line, got)
		}
	}
	// Our arguments are those of the line by other rules than Windows'.
	if got, ok := tailOf(`deskbell "--"x setup.exe`, []string{"deskbell", "--", "setup.exe"}, 1); ok {
		t.Errorf("%q is taken", got)
	}
}

// What --emit prints is read by Windows as it was meant.
func TestQuoteWindows(t *testing.T) {
	for _, word := range []string{"", "a", "a b", `say "hi"`, `C:\My Files\`, `a\\"b\\`, "a\tb", `\`, `\\ `, `--text=a "b" c\`} {
		words, err := windows.DecomposeCommandLine("program " + quoteWindows(word) + " end")
		if err != nil || len(words) != 3 || words[1] != word {
			t.Errorf("%q is quoted as %s, and read as %q, %v", word, quoteWindows(word), words, err)
		}
	}
}
