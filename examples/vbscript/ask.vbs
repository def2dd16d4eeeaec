' Asks a question with two buttons and prints the caption of the one pressed.
' WScript.Shell alone. It looks once a second: a script is not woken by the
' registry without WMI (ask-stdregprov.vbs is).
' usage: cscript //nologo ask.vbs QUEUE SECONDS
' Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
Option Explicit
Dim shell, box, id, message, reply, began, limit, status, choice
Set shell = CreateObject("WScript.Shell")
box = "HKCU\Software\Deskbell\Queues\" & WScript.Arguments(0)
limit = CLng(WScript.Arguments(1))
Randomize
id = "vbs-" & CLng(Date) & "-" & CLng(Timer * 100) & "-" & Int(Rnd * 1000000)
message = box & "\Inbox\" & id
reply = box & "\Outbox\" & id

If Not IsAttended() Then
	WScript.Echo "nobody attends " & WScript.Arguments(0)
	WScript.Quit 69
End If

' Ask: Ready is written last.
shell.RegWrite message & "\Text", "Install the update now?"
shell.RegWrite message & "\Buttons", "Now" & vbLf & "Tonight at eight"
shell.RegWrite message & "\Ready", 1, "REG_DWORD"

' Wait, with a limit.
began = CDbl(Now)
Do Until CStr(Read(reply & "\Ready")) = "1"
	If (CDbl(Now) - began) * 86400 >= limit Then
		DeleteKey message ' taken back
		WScript.Echo "no answer in time"
		WScript.Quit 5
	End If
	Pause
Loop

' Read the answer, and clean up. Only what was offered is one.
status = Read(reply & "\Status")
choice = Read(reply & "\Choice")
If status = "answered" And choice <> "Now" And choice <> "Tonight at eight" Then status = "the reply does not fit the question"
If status = "answered" Then WScript.Echo choice Else WScript.Echo status
DeleteKey message
DeleteKey reply
If status <> "answered" Then WScript.Quit 1

' IsAttended: where there is a record, its monitor has ten seconds to answer a
' ping. (To see whether the process of a record runs takes WMI, and so does a list
' of the records: ask-stdregprov.vbs.)
Function IsAttended
	Dim i, found
	For i = 0 To 20 ' sessions that a person may have
		found = found & Read(box & "\Monitor\" & i & "\Pid")
	Next
	IsAttended = False
	If found = "" Then Exit Function
	shell.RegWrite message & "-ping\Kind", "control"
	shell.RegWrite message & "-ping\Command", "ping"
	shell.RegWrite message & "-ping\Ready", 1, "REG_DWORD"
	For i = 1 To 10
		If CStr(Read(reply & "-ping\Ready")) = "1" Then Exit For
		Pause
	Next
	IsAttended = Read(reply & "-ping\Status") = "answered"
	DeleteKey message & "-ping"
	If IsAttended Then DeleteKey reply & "-ping"
End Function

' Read returns a value, "" where there is none.
Function Read(path)
	Read = ""
	On Error Resume Next
	Read = shell.RegRead(path)
End Function

' DeleteKey; reg.exe is for Wine, whose RegDelete does nothing.
Sub DeleteKey(path)
	On Error Resume Next
	shell.RegDelete path & "\"
	If Err.Number <> 0 Then shell.Run "reg.exe delete """ & path & """ /f", 0, True
End Sub

' Pause lets a second pass; ping is for Wine, which has no Sleep.
Sub Pause
	On Error Resume Next
	WScript.Sleep 1000
	If Err.Number <> 0 Then shell.Run "ping.exe -n 2 127.0.0.1", 0, True
End Sub
