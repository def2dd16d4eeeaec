' Asks for a first name and prints what was typed.
' usage: cscript //nologo input.vbs QUEUE
Set shell = CreateObject("WScript.Shell")
root = "HKCU\Software\Deskbell\Queues\" & WScript.Arguments(0)
id = "vbs-" & CLng(Date) & "-" & CLng(Timer * 100)
message = root & "\Inbox\" & id & "\"
reply = root & "\Outbox\" & id & "\"
shell.RegWrite message & "Kind", "input"
shell.RegWrite message & "Text", "Your first name?"
shell.RegWrite message & "Pattern", "[^0-9]+"
shell.RegWrite message & "Ready", 1, "REG_DWORD"
On Error Resume Next
Do
	shell.Run "ping -n 2 127.0.0.1", 0, True
	ready = 0
	ready = shell.RegRead(reply & "Ready")
Loop Until ready = 1
On Error GoTo 0
WScript.Echo shell.RegRead(reply & "Answer")
' RegDelete would do, but Wine 8 does nothing on it and says nothing.
For Each key In Array(message, reply)
	shell.Run "reg delete " & Left(key, Len(key) - 1) & " /f", 0, True
Next
