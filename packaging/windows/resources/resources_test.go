//go:build linux

// Under Wine there is no go command to build with.

package main

import (
	"bytes"
	"debug/pe"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tc-hib/winres"
)

// TestBuilt builds a program with the resources beside its source and reads
// them back from it.
func TestBuilt(t *testing.T) {
	for arch, machine := range map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64} {
		t.Run(arch, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range map[string]string{"go.mod": "module bare\n", "main.go": "package main\nfunc main() {}\n"} {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := run("v1.20.3-4-gabc", []string{folder}); err != nil {
				t.Fatal(err)
			}
			build := exec.Command("go", "build", "-o", "bare.exe", ".")
			build.Dir = folder
			build.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0", "GOARCH="+arch, "GOWORK=off", "GOFLAGS=")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			data, err := os.ReadFile(filepath.Join(folder, "bare.exe"))
			if err != nil {
				t.Fatal(err)
			}
			if f, err := pe.NewFile(bytes.NewReader(data)); err != nil || f.Machine != machine {
				t.Fatalf("not a program for %s: %v", arch, err)
			}
			check(t, data)
		})
	}
}

func check(t *testing.T, program []byte) {
	t.Helper()
	set, err := winres.LoadFromEXE(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	if found := set.Get(winres.RT_MANIFEST, winres.ID(1), winres.LCIDNeutral); !bytes.Equal(found, manifest) {
		t.Errorf("manifest: %s", found)
	}
	for _, word := range []string{"Microsoft.Windows.Common-Controls", "PerMonitorV2", "UTF-8</activeCodePage>", `level="asInvoker"`, "supportedOS"} {
		if !bytes.Contains(manifest, []byte(word)) {
			t.Errorf("the manifest says nothing of %s", word)
		}
	}
	if icon, err := set.GetIcon(winres.ID(1)); err != nil || icon == nil {
		t.Errorf("icon: %v", err)
	}
	var versions [][]byte
	set.WalkType(winres.RT_VERSION, func(_ winres.Identifier, _ uint16, data []byte) bool {
		versions = append(versions, data)
		return true
	})
	wide := []byte("v\x001\x00.\x002\x000\x00.\x003\x00-\x004\x00")
	if len(versions) != 1 || !bytes.Contains(versions[0], wide) {
		t.Errorf("version information: %q", versions)
	}
}

func TestNumbers(t *testing.T) {
	for of, want := range map[string][4]uint16{
		"v1.20.3-4-gabc": {1, 20, 3}, "2.1": {2, 1}, "0.9": {0, 9}, "devel": {}, "38678c4": {}, "99999.1": {0, 1},
	} {
		if got := numbers(of); got != want {
			t.Errorf("numbers(%q) = %v, want %v", of, got, want)
		}
	}
}
