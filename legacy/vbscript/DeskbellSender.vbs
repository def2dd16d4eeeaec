' Deskbell for senders in VBScript: put these functions into your script, or load
' them: ExecuteGlobal CreateObject("Scripting.FileSystemObject").OpenTextFile("DeskbellSender.vbs").ReadAll
' Windows XP and later, Windows Script 5.6, WScript.Shell and nothing else.
'
'   id = DeskbellNew("deskbell", "")               a message to ourselves, or to
'   id = DeskbellNew("deskbell", "S-1-5-21-...")   somebody else, as administrator
'   DeskbellSet "Text", "Install the update now?"  any field of docs/protocol.md
'   DeskbellSet "Buttons", "Now" & vbLf & "Tonight"
'   DeskbellSend
'   If DeskbellWait(600) Then answer = DeskbellGet("Choice")
'   DeskbellForget
'
' One message at a time.
Option Explicit

Dim DeskbellBox, DeskbellId

' DeskbellNew begins a message. To somebody else it goes to his assigned mailbox,
' which an administrator's deskbell.exe makes, else into his part of the
' registry, which is loaded while he is logged on.
Function DeskbellNew(queue, sid)
	Dim user, assigned
	DeskbellBox = "HKEY_CURRENT_USER\Software\Deskbell\Queues\" & queue
	If sid <> "" Then
		user = "HKEY_USERS\" & sid & "\Software\Deskbell\Queues\" & queue
		assigned = "HKEY_LOCAL_MACHINE\SOFTWARE\Deskbell\Queues\" & queue & "\Users\" & sid
		DeskbellBox = user
		If DeskbellHasKey(assigned & "\Inbox") Then DeskbellBox = assigned
	End If
	Randomize
	DeskbellId = "vbs-" & CLng(Date) & "-" & CLng(Timer * 100) & "-" & Int(Rnd * 1000000000)
	DeskbellNew = DeskbellId
End Function

' DeskbellSet sets a field: numbers as numbers, True and False as flags.
Sub DeskbellSet(field, value)
	Dim shell
	Set shell = CreateObject("WScript.Shell")
	If VarType(value) = 2 Or VarType(value) = 3 Or VarType(value) = 11 Then
		shell.RegWrite DeskbellBox & "\Inbox\" & DeskbellId & "\" & field, CLng(value), "REG_DWORD"
	Else
		shell.RegWrite DeskbellBox & "\Inbox\" & DeskbellId & "\" & field, CStr(value), "REG_SZ"
	End If
End Sub

' DeskbellSend makes it a message: Ready is written last.
Sub DeskbellSend
	DeskbellSet "Ready", 1
End Sub

' DeskbellWait waits until there is a reply, at most so many seconds; 0 = for ever.
Function DeskbellWait(seconds)
	Dim began
	began = CDbl(Now)
	Do
		DeskbellWait = CStr(DeskbellGet("Ready")) = "1"
		If DeskbellWait Then Exit Function
		If seconds > 0 And (CDbl(Now) - began) * 86400 >= seconds Then Exit Function
		DeskbellPause
	Loop
End Function

' DeskbellGet returns a field of the reply, "" where there is none.
Function DeskbellGet(field)
	DeskbellGet = DeskbellRead(DeskbellBox & "\Outbox\" & DeskbellId & "\" & field, "")
End Function

' DeskbellForget clears the message away, and so takes back one without a reply.
' In an Outbox of somebody else's nothing is deleted.
Sub DeskbellForget
	DeskbellDelete DeskbellBox & "\Inbox\" & DeskbellId
	If Left(DeskbellBox, 17) = "HKEY_CURRENT_USER" Then DeskbellDelete DeskbellBox & "\Outbox\" & DeskbellId
End Sub

' DeskbellAttended reports whether somebody attends, in a session of this number:
' nobody logged on, nobody there.
Function DeskbellAttended(queue, sid, session)
	Dim root, pid, process
	root = "HKEY_CURRENT_USER"
	If sid <> "" Then root = "HKEY_USERS\" & sid
	DeskbellAttended = False
	pid = DeskbellRead(root & "\Software\Deskbell\Queues\" & queue & "\Monitor\" & session & "\Pid", 0)
	If pid = 0 Then Exit Function
	For Each process In GetObject("winmgmts:root\cimv2").ExecQuery("SELECT ProcessId FROM Win32_Process WHERE ProcessId=" & pid)
		DeskbellAttended = True
	Next
End Function

Function DeskbellRead(path, otherwise)
	DeskbellRead = otherwise
	On Error Resume Next
	DeskbellRead = CreateObject("WScript.Shell").RegRead(path)
	Err.Clear
End Function

Function DeskbellHasKey(path)
	DeskbellHasKey = CreateObject("WScript.Shell").Run("reg.exe query """ & path & """", 0, True) = 0
End Function

' DeskbellDelete deletes a message or reply; reg.exe is for Wine, whose RegDelete
' does nothing.
Sub DeskbellDelete(path)
	Dim shell
	Set shell = CreateObject("WScript.Shell")
	On Error Resume Next
	shell.RegDelete path & "\"
	If Err.Number = 445 Then shell.Run "reg.exe delete """ & path & """ /f", 0, True
	Err.Clear
End Sub

' DeskbellPause lets a second pass; under Wine, which has no Sleep, ping does.
Sub DeskbellPause
	On Error Resume Next
	WScript.Sleep 1000
	If Err.Number <> 0 Then CreateObject("WScript.Shell").Run "ping.exe -n 2 127.0.0.1", 0, True
	Err.Clear
End Sub
