' Asks a question with two buttons and prints the caption of the one pressed.
' usage: cscript //nologo forms.vbs QUEUE
Set shell = CreateObject("WScript.Shell")
root = "HKCU\Software\Deskbell\Queues\" & WScript.Arguments(0)
id = "VBS-" & CLng(Date) & "-" & CLng(Timer * 100)
message = root & "\Inbox\" & id & "\"
reply = root & "\Outbox\" & id & "\"
shell.RegWrite message & "TEXT", "Install the update now?"
shell.RegWrite message & "bUTTONS", "Now" & vbCrLf & "Tonight at eight"
shell.RegWrite message & "type", " 292 "
shell.RegWrite message & "TimeOut", 600, "REG_DWORD"
shell.RegWrite message & "Ready", True, "REG_DWORD"
On Error Resume Next
Do
	shell.Run "ping -n 2 127.0.0.1", 0, True
	ready = 0
	ready = shell.RegRead(reply & "Ready")
Loop Until ready = 1
On Error GoTo 0
WScript.Echo shell.RegRead(reply & "Choice")
' RegDelete would do, but Wine 8 does nothing on it and says nothing.
For Each key In Array(message, reply)
	shell.Run "reg delete " & Left(key, Len(key) - 1) & " /f", 0, True
Next
