' The same with the deskbell command, in VBScript.
Set files = CreateObject("Scripting.FileSystemObject")
out = files.GetSpecialFolder(2) & "\" & files.GetTempName()
status = CreateObject("WScript.Shell").Run("deskbell ask ""Install the update now?"" --queue " & WScript.Arguments(0) & " --button Now --button ""Tonight at eight"" --within " & WScript.Arguments(1) & "s --out """ & out & """", 0, True)
If status > 1 Then WScript.Quit status
WScript.Echo files.OpenTextFile(out).ReadLine
