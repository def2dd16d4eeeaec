//go:build linux

// Package binary tests what `make build` makes as the files that they are: how
// they are built, and with which defences.
package binary

import (
	"debug/buildinfo"
	"debug/elf"
	"debug/pe"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// most is the size that a program may have, in bytes.
const most = 12 << 20

var programs = []string{"deskbell", "deskbell-gtk", "deskbell.exe", "deskbellw.exe"}

// Without cgo, without a path of the machine that it was built on, and small.
func TestHowItIsBuilt(t *testing.T) {
	for _, name := range programs {
		t.Run(name, func(t *testing.T) {
			path := bed.Build(name)
			info, err := buildinfo.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			settings := map[string]string{}
			for _, s := range info.Settings {
				settings[s.Key] = s.Value
			}
			for key, want := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "GOARCH": "amd64"} {
				if settings[key] != want {
					t.Errorf("%s is %q, want %q", key, settings[key], want)
				}
			}
			for key := range settings {
				if strings.HasPrefix(key, "vcs") {
					t.Errorf("%s: one source is to make one program, wherever it lies", key)
				}
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > most {
				t.Errorf("%d bytes, at most %d are wanted", len(data), most)
			}
			if strings.Contains(string(data), bed.Root()+string(filepath.Separator)) {
				t.Error("it holds the path where it was built")
			}
		})
	}
}

// On Linux no memory is written and run, the stack neither. What needs the
// loader of the system anyway is loaded anywhere, and cannot have its table of
// functions changed; the other runs on every Linux because it needs no loader,
// and has to lie at a fixed address therefore.
func TestDefencesOnLinux(t *testing.T) {
	for name, want := range map[string]struct {
		kind   elf.Type
		loader bool
	}{"deskbell": {elf.ET_EXEC, false}, "deskbell-gtk": {elf.ET_DYN, true}} {
		t.Run(name, func(t *testing.T) {
			file, err := elf.Open(bed.Build(name))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if file.Type != want.kind {
				t.Errorf("it is %s, want %s", file.Type, want.kind)
			}
			has := map[elf.ProgType]bool{}
			for _, segment := range file.Progs {
				has[segment.Type] = true
				runs, written := segment.Flags&elf.PF_X != 0, segment.Flags&elf.PF_W != 0
				if runs && (written || segment.Type == elf.PT_GNU_STACK) {
					t.Errorf("segment %s is %s", segment.Type, segment.Flags)
				}
			}
			if !has[elf.PT_GNU_STACK] {
				t.Error("nothing says that the stack is not to be run")
			}
			if has[elf.PT_INTERP] != want.loader || has[elf.PT_GNU_RELRO] != want.loader {
				t.Errorf("loader: %t, table of functions closed: %t; want %t", has[elf.PT_INTERP], has[elf.PT_GNU_RELRO], want.loader)
			}
		})
	}
}

// On Windows it is loaded anywhere in 64 bits, and no section is written and
// run.
func TestDefencesOnWindows(t *testing.T) {
	for name, subsystem := range map[string]uint16{
		"deskbell.exe": pe.IMAGE_SUBSYSTEM_WINDOWS_CUI, "deskbellw.exe": pe.IMAGE_SUBSYSTEM_WINDOWS_GUI,
	} {
		t.Run(name, func(t *testing.T) {
			file, err := pe.Open(bed.Build(name))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			header, ok := file.OptionalHeader.(*pe.OptionalHeader64)
			if !ok {
				t.Fatalf("no 64-bit program: %T", file.OptionalHeader)
			}
			if header.Subsystem != subsystem {
				t.Errorf("subsystem %d, want %d", header.Subsystem, subsystem)
			}
			for flag, said := range map[uint16]string{
				pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE:    "DYNAMIC_BASE",
				pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA: "HIGH_ENTROPY_VA",
				pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT:       "NX_COMPAT",
			} {
				if header.DllCharacteristics&flag == 0 {
					t.Errorf("without %s", said)
				}
			}
			if header.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_BASERELOC].Size == 0 || file.Characteristics&pe.IMAGE_FILE_RELOCS_STRIPPED != 0 {
				t.Error("it cannot be loaded elsewhere: no relocations")
			}
			for _, section := range file.Sections {
				const both = pe.IMAGE_SCN_MEM_EXECUTE | pe.IMAGE_SCN_MEM_WRITE
				if section.Characteristics&both == both {
					t.Errorf("section %s is written and run", section.Name)
				}
			}
		})
	}
}
