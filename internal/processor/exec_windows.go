package processor

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// programSuffix ends the name of a program's file.
const programSuffix = ".exe"

// openFolder has nothing to add.
const openFolder = 0

// programFolders is where an administrator puts programs. The system is asked
// where its programs are, and not the environment.
func programFolders(queue string) ([]string, error) {
	programs, err := win.ProgramFiles()
	if err != nil {
		return nil, fmt.Errorf("look for processors: %w", err)
	}
	return []string{filepath.Join(programs, "Deskbell", "processors", queue)}, nil
}

// kindOf is the kind that a file handles. A link counts, so that its message
// is answered with why it is refused.
func kindOf(entry fs.DirEntry) (string, bool) {
	if !entry.Type().IsRegular() && entry.Type()&(fs.ModeSymlink|fs.ModeIrregular) == 0 {
		return "", false
	}
	return strings.CutSuffix(protocol.Fold(entry.Name()), programSuffix)
}

// kept are the variables that a program gets as they are: who the user is,
// where his files are, and what Windows tells every program about itself.
var kept = []string{
	"USERNAME", "USERDOMAIN", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP", "SESSIONNAME",
	"COMPUTERNAME", "ALLUSERSPROFILE", "ProgramData", "PUBLIC", "ProgramFiles", "ProgramFiles(x86)", "ProgramW6432",
	"CommonProgramFiles", "CommonProgramFiles(x86)", "CommonProgramW6432",
	"OS", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "PROCESSOR_IDENTIFIER", "PROCESSOR_LEVEL", "PROCESSOR_REVISION",
}

// environment is that of a program: what the system's own programs need, and
// nothing that makes one load or find others. Where the system is, it is asked
// itself.
func environment(queue string) []string {
	env := []string{"DESKBELL_QUEUE=" + queue, "PATHEXT=.COM;.EXE;.BAT;.CMD"}
	if system, err := windows.GetSystemWindowsDirectory(); err == nil {
		system32 := filepath.Join(system, "System32")
		env = append(env, "SystemRoot="+system, "windir="+system, "SystemDrive="+filepath.VolumeName(system),
			"ComSpec="+filepath.Join(system32, "cmd.exe"),
			"PATH="+strings.Join([]string{system32, system, filepath.Join(system32, "Wbem"), filepath.Join(system32, `WindowsPowerShell\v1.0`)}, ";"))
	}
	for _, name := range kept {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
