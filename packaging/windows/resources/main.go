// Command resources writes what a Windows program of ours carries beside its
// code: manifest, version and icon. It makes one object file for each
// processor, which go build links where it finds it beside the source:
//
//	go run ./packaging/windows/resources -version 1.2.3 cmd/deskbell
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"
)

// manifest asks for version 6 of the common controls, which has task dialogs,
// sharp windows on every monitor, UTF-8 and no elevation.
//
//go:embed deskbell.manifest
var manifest []byte

func main() {
	of := flag.String("version", "0.0.0", "`version` of the product")
	flag.Parse()
	if err := run(*of, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "resources:", err)
		os.Exit(1)
	}
}

func run(of string, folders []string) error {
	if len(folders) == 0 {
		return errors.New("write resources: into which folder?")
	}
	set, err := resources(of)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		for _, arch := range []winres.Arch{winres.ArchAMD64, winres.ArchARM64} {
			if err := write(set, arch, filepath.Join(folder, "rsrc_windows_"+string(arch)+".syso")); err != nil {
				return fmt.Errorf("write resources: %w", err)
			}
		}
	}
	return nil
}

// resources collects what the program carries.
func resources(of string) (*winres.ResourceSet, error) {
	set := &winres.ResourceSet{}
	if err := set.Set(winres.RT_MANIFEST, winres.ID(1), winres.LCIDNeutral, manifest); err != nil {
		return nil, fmt.Errorf("add the manifest: %w", err)
	}
	icon, err := winres.NewIconFromImages(bells())
	if err == nil {
		err = set.SetIcon(winres.ID(1), icon)
	}
	if err != nil {
		return nil, fmt.Errorf("add the icon: %w", err)
	}
	info, err := versionInfo(of)
	if err != nil {
		return nil, fmt.Errorf("add the version: %w", err)
	}
	set.SetVersionInfo(info)
	return set, nil
}

func versionInfo(of string) (version.Info, error) {
	info := version.Info{FileVersion: numbers(of), ProductVersion: numbers(of)}
	for key, value := range map[string]string{
		version.ProductName:     "Deskbell",
		version.FileDescription: "Deskbell",
		version.InternalName:    "deskbell",
		version.FileVersion:     of,
		version.ProductVersion:  of,
	} {
		if err := info.Set(version.LangDefault, key, value); err != nil {
			return info, err
		}
	}
	return info, nil
}

var leadingNumbers = regexp.MustCompile(`^v?(\d+)\.(\d+)(?:\.(\d+))?`)

// numbers is the version as Windows compares it; zeros where it begins with
// no number, as a commit does.
func numbers(of string) (n [4]uint16) {
	for i, part := range leadingNumbers.FindStringSubmatch(of) {
		if v, err := strconv.ParseUint(part, 10, 16); err == nil && i > 0 {
			n[i-1] = uint16(v)
		}
	}
	return n
}

func write(set *winres.ResourceSet, arch winres.Arch, name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(set.WriteObject(f, arch), f.Close())
}
