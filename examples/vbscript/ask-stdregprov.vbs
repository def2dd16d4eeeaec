' Asks a question with two buttons and prints the caption of the one pressed.
' WMI's registry provider: it is woken when the reply comes, and works on another
' computer, too. UNTESTED: Wine's WMI cannot do this.
' usage: cscript //nologo ask-stdregprov.vbs QUEUE SECONDS
' Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
Option Explicit
Const Users = &H80000003
Const TimedOut = &H80043001
Dim registry, cimv2, queue, sid, box, id, began, left_, limit, events, status, choice, ready
queue = WScript.Arguments(0)
limit = CLng(WScript.Arguments(1))
Set registry = GetObject("winmgmts:root\default:StdRegProv")
Set cimv2 = GetObject("winmgmts:root\cimv2")
sid = SidOfUser()
' Events have no HKEY_CURRENT_USER: it is a key of HKEY_USERS.
box = sid & "\Software\Deskbell\Queues\" & queue
id = "wmi-" & CLng(Date) & "-" & CLng(Timer * 100)

If Not IsAttended() Then
	WScript.Echo "nobody attends " & queue
	WScript.Quit 69
End If

' Watch before asking, so that nothing is missed.
registry.CreateKey Users, box & "\Outbox"
Set events = GetObject("winmgmts:root\default").ExecNotificationQuery("SELECT * FROM RegistryTreeChangeEvent " & _
	"WHERE Hive='HKEY_USERS' AND RootPath='" & Replace(box & "\Outbox", "\", "\\") & "'")

' Ask: Ready is written last.
registry.CreateKey Users, box & "\Inbox\" & id
registry.SetStringValue Users, box & "\Inbox\" & id, "Text", "Install the update now?"
registry.SetMultiStringValue Users, box & "\Inbox\" & id, "Buttons", Array("Now", "Tonight at eight")
registry.SetDWORDValue Users, box & "\Inbox\" & id, "Ready", 1

' Wait, with a limit.
began = CDbl(Now)
Do
	registry.GetDWORDValue Users, box & "\Outbox\" & id, "Ready", ready
	If ready = 1 Then Exit Do
	left_ = limit - (CDbl(Now) - began) * 86400
	If left_ <= 0 Then
		registry.DeleteKey Users, box & "\Inbox\" & id ' taken back
		WScript.Echo "no answer in time"
		WScript.Quit 5
	End If
	On Error Resume Next
	events.NextEvent CLng(left_ * 1000)
	If Err.Number <> 0 And Err.Number <> TimedOut Then WScript.Sleep 1000
	On Error GoTo 0
Loop

' Read the answer, and clean up. Only what was offered is one.
registry.GetStringValue Users, box & "\Outbox\" & id, "Status", status
registry.GetStringValue Users, box & "\Outbox\" & id, "Choice", choice
registry.DeleteKey Users, box & "\Inbox\" & id
registry.DeleteKey Users, box & "\Outbox\" & id
If status = "answered" And choice <> "Now" And choice <> "Tonight at eight" Then status = "the reply does not fit the question"
If status <> "answered" Then
	WScript.Echo status
	WScript.Quit 1
End If
WScript.Echo choice

' IsAttended: a record counts while its process runs.
Function IsAttended
	Dim sessions, session, pid, process
	IsAttended = False
	registry.EnumKey Users, box & "\Monitor", sessions
	If Not IsArray(sessions) Then Exit Function
	For Each session In sessions
		pid = 0
		registry.GetDWORDValue Users, box & "\Monitor\" & session, "Pid", pid
		If pid > 0 Then
			For Each process In cimv2.ExecQuery("SELECT ProcessId FROM Win32_Process WHERE ProcessId=" & pid)
				IsAttended = True
			Next
		End If
	Next
End Function

Function SidOfUser
	Dim network
	Set network = CreateObject("WScript.Network")
	SidOfUser = GetObject("winmgmts:root\cimv2:Win32_UserAccount.Domain='" & network.UserDomain & "',Name='" & network.UserName & "'").SID
End Function
