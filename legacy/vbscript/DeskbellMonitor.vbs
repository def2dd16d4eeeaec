' Deskbell monitor for Windows too old for deskbell.exe: XP to 8.1, Windows
' Script 5.6, no PowerShell. It attends a queue as docs/protocol.md says.
' README.md beside it tells what it does otherwise than deskbell.exe, and why.
'
'   /MONITOR      attend the queue: show its questions (under wscript, always)
'   /STOPQMON     end the monitor of this user   /RESTARTQMON  start it anew
'   /FORCEDOWN    kill the monitors of this user
'   /RUNMACHINE   start at every log-on          /RUNUSER      ... of this user
'   /INSTALL      make the keys of the computer  /UNINSTALL  /REINSTALL
'   /DEBUG        before one of these: stay in the console and tell
'   /QUEUE:name   not the queue of the script's own name
'
' A renamed copy is a queue of its own. Exit status: 0 done, 3 a monitor is there
' already, 64 usage, 69 nobody attends, 70 error, 77 not permitted.
Option Explicit

Const ScriptVersion = "vbscript-1"
Const Kinds = "popup,input,notify,control"
Const Patience = 30 ' seconds until a monitor has done what it was told
Const RunKey = "\Software\Microsoft\Windows\CurrentVersion\Run\"
Const SystemModal = 4096
Const SetForeground = 65536
Const QuietForm = "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"

Dim shell, files, cimv2, registry ' registry is Nothing where it cannot list keys
Dim queue, mailbox, session, debugging, action, remove
Dim ownPid, ownStarted, sidOfUser, userName, language, utcOffset
Dim firstSeen   ' by the message's path: when we saw it first
Dim unwritable  ' by the message's path: where no reply can be written
Dim problem     ' what is wrong with the message at hand
Dim message     ' the path of the message at hand, with a backslash
Dim stopping, restarting

Main

Sub Main
	Set shell = CreateObject("WScript.Shell")
	Set files = CreateObject("Scripting.FileSystemObject")
	Set firstSeen = CreateObject("Scripting.Dictionary")
	Set unwritable = CreateObject("Scripting.Dictionary")
	ReadArguments
	mailbox = "HKEY_CURRENT_USER\Software\Deskbell\Queues\" & queue
	Select Case action
	Case "NOTICE"
		ShowNotice
	Case "MONITOR"
		If IsHost("cscript.exe") And Not debugging Then
			Relaunch
			WScript.Quit 0
		End If
		Connect
		Attend
	Case "STOPQMON"
		Connect
		WScript.Quit Control("stop")
	Case "RESTARTQMON"
		Connect
		WScript.Quit Control("restart")
	Case "FORCEDOWN"
		Connect
		KillMonitors
	Case "RUNMACHINE"
		Autostart "HKEY_LOCAL_MACHINE"
	Case "RUNUSER"
		Autostart "HKEY_CURRENT_USER"
	Case "INSTALL"
		Install
	Case "UNINSTALL"
		Connect
		Uninstall
	Case "REINSTALL"
		Connect
		Uninstall
		Install
	Case Else
		Usage
	End Select
End Sub

Sub ReadArguments
	Dim i, word
	queue = shell.ExpandEnvironmentStrings("%DESKBELL_QUEUE%")
	If queue = "%DESKBELL_QUEUE%" Then queue = files.GetBaseName(WScript.ScriptFullName)
	For i = 0 To WScript.Arguments.Count - 1
		word = WScript.Arguments(i)
		If Left(word, 1) <> "/" And Left(word, 1) <> "-" Then Usage
		word = Mid(word, 2, Len(word) - 1)
		If UCase(Left(word, 6)) = "QUEUE:" Then
			queue = Right(word, Len(word) - 6)
		ElseIf UCase(Left(word, 7)) = "NOTICE:" Then
			action = "NOTICE"
			message = Right(word, Len(word) - 7)
		ElseIf UCase(word) = "DEBUG" Then
			debugging = True
		ElseIf UCase(word) = "REMOVE" Then
			remove = True
		ElseIf action = "" Then
			action = UCase(word)
		Else
			Usage
		End If
	Next
	queue = QueueName(queue)
End Sub

' QueueName folds a name as the protocol's section 2 says.
Function QueueName(name)
	Dim i, c
	QueueName = ""
	For i = 1 To Len(name)
		c = LCase(Mid(name, i, 1))
		If Not Matches(c, "^[a-z0-9._-]$") Then c = "-"
		If QueueName <> "" Or Matches(c, "^[a-z0-9]$") Then QueueName = QueueName & c
	Next
	QueueName = Left(QueueName, 63)
	If QueueName = "" Or Left(QueueName, 8) = "deskbell" Then QueueName = "deskbell"
End Function

Sub Usage
	Say "usage: " & WScript.ScriptName & " [/DEBUG] [/QUEUE:name] /MONITOR | /STOPQMON | /RESTARTQMON | /FORCEDOWN |" & vbCrLf & _
		"/RUNMACHINE [/REMOVE] | /RUNUSER [/REMOVE] | /INSTALL | /UNINSTALL | /REINSTALL"
	WScript.Quit 64
End Sub

' Connect finds out who we are and what this Windows can do.
Sub Connect
	Dim names, system, process
	On Error Resume Next
	Set cimv2 = GetObject("winmgmts:{impersonationLevel=impersonate}!root\cimv2")
	If Err.Number <> 0 Then
		Err.Clear
		Set cimv2 = GetObject("winmgmts:root\cimv2")
	End If
	Set registry = GetObject("winmgmts:root\default:StdRegProv")
	registry.EnumKey &H80000001, "Software", names
	If Err.Number <> 0 Or Not IsArray(names) Then Set registry = Nothing
	Err.Clear
	utcOffset = 0
	For Each system In cimv2.ExecQuery("SELECT CurrentTimeZone FROM Win32_OperatingSystem")
		utcOffset = system.CurrentTimeZone
	Next
	userName = shell.ExpandEnvironmentStrings("%USERDOMAIN%\%USERNAME%")
	ownPid = FindOwnPid()
	session = "1" ' of the only desktop, where Windows does not tell
	For Each process In cimv2.ExecQuery("SELECT * FROM Win32_Process WHERE ProcessId=" & ownPid)
		ownStarted = CreatedAt(process)
		session = CStr(process.SessionId)
	Next
	language = FindLanguage()
End Sub

' FindOwnPid: a script is not told its own process. It is the one that runs this
' file; of several, the parent of a child that is started to be found.
Function FindOwnPid
	Dim process, found, mark
	found = 0
	For Each process In cimv2.ExecQuery("SELECT * FROM Win32_Process WHERE Name='" & HostName() & "'")
		If InStr(1, "" & process.CommandLine, WScript.ScriptName, 1) > 0 Then
			found = found + 1
			FindOwnPid = process.ProcessId
		End If
	Next
	If found = 1 Then Exit Function
	Randomize
	mark = "deskbell-" & CStr(Int(Rnd * 1000000000))
	shell.Run "cmd.exe /c ping -n 4 127.0.0.1 >nul & rem " & mark, 0, False
	For Each process In cimv2.ExecQuery("SELECT * FROM Win32_Process WHERE Name='cmd.exe'")
		If InStr("" & process.CommandLine, mark) > 0 Then FindOwnPid = process.ParentProcessId
	Next
End Function

' FindLanguage returns a tag such as "de-CH", or "" where none is known.
Function FindLanguage
	Dim known
	FindLanguage = LCase(Value("HKEY_CURRENT_USER\Control Panel\International\LocaleName", ""))
	If FindLanguage <> "" Then Exit Function
	' XP has a number, and beside it what it stands for: "de-ch;German (Switzerland)".
	known = Value("HKEY_CLASSES_ROOT\MIME\Database\Rfc1766\" & Right(Value("HKEY_CURRENT_USER\Control Panel\International\Locale", ""), 4), "")
	If InStr(known, ";") > 1 Then FindLanguage = LCase(Left(known, InStr(known, ";") - 1))
End Function

' ---- attending -------------------------------------------------------------

Sub Attend
	Dim record, boxes, box, events, limit
	record = mailbox & "\Monitor\" & session
	MakeKey mailbox & "\Inbox\"
	MakeKey mailbox & "\Outbox\"
	If Not TakeRecord(record) Then
		Say "process " & Value(record & "\Pid", 0) & " attends the queue " & queue & " already"
		WScript.Quit 3
	End If
	boxes = Array(mailbox, AssignedMailbox(record))
	Report 4, "attends " & mailbox
	If boxes(1) <> "" Then Report 4, "attends " & boxes(1)
	Sweep mailbox
	stopping = False
	Do
		Set events = Subscribe(boxes, limit) ' before we look, so that nothing is missed
		Do
			For Each box In boxes
				If box <> "" And Not stopping Then Look box
			Next
			If stopping Then Exit Do
			If Not IsOurs(record) Then
				Report 2, "another monitor has taken the place of this one"
				WScript.Quit 3
			End If
		Loop Until Not WaitForChange(events, limit)
	Loop Until stopping
	DeleteKey record
	Report 4, "ends"
	If restarting Then Relaunch
End Sub

' TakeRecord writes down that we attend, unless a live monitor does. A script
' cannot create-new: of two that start at once, the one that wrote last stays.
Function TakeRecord(record)
	Dim pid
	TakeRecord = False
	pid = Number(record & "\Pid", 0)
	If pid <> 0 And pid <> ownPid Then
		If IsRunning(pid, Value(record & "\Started", "")) Then Exit Function
	End If
	Put record & "\Version", ScriptVersion
	Put record & "\Protocol", 1
	Put record & "\Kinds", Replace(Kinds, ",", vbLf)
	Put record & "\Locale", language
	Put record & "\State", "ready"
	Put record & "\Started", ownStarted
	Put record & "\Pid", CLng(ownPid) ' last: who finds it finds the others
	Pause 1
	TakeRecord = IsOurs(record)
End Function

Function IsOurs(record)
	IsOurs = Number(record & "\Pid", 0) = ownPid And Value(record & "\Started", "") = ownStarted
End Function

' AssignedMailbox returns where administrators leave messages for this user, or
' "" where there is none. His SID is the hive in which our record lies.
Function AssignedMailbox(record)
	Dim hive, path
	AssignedMailbox = ""
	For Each hive In SubKeys("HKEY_USERS")
		path = "HKEY_USERS\" & hive & Mid(record, Len("HKEY_CURRENT_USER") + 1, Len(record))
		If Left(hive, 4) = "S-1-" And InStr(hive, "_") = 0 And IsOurs(path) Then
			path = "HKEY_LOCAL_MACHINE\SOFTWARE\Deskbell\Queues\" & queue & "\Users\" & hive
			If Contains(SubKeys(path), "Inbox") Then AssignedMailbox = path
			sidOfUser = hive
		End If
	Next
End Function

' Subscribe has WMI tell of changes in the Inboxes. It returns Nothing where it
' does not: then we look every two seconds. limit is how long, in milliseconds,
' a notification is waited for at most.
Function Subscribe(boxes, limit)
	Dim query, provider
	Set Subscribe = Nothing
	limit = 30000 ' a Ttl may be over, or an assigned mailbox be there now
	On Error Resume Next
	query = "SELECT * FROM RegistryTreeChangeEvent WHERE (" & Condition("HKEY_USERS", sidOfUser & "\Software\Deskbell\Queues\" & queue & "\Inbox") & ")"
	Set provider = GetObject("winmgmts:root\default")
	If boxes(1) <> "" Then
		Set Subscribe = provider.ExecNotificationQuery(query & " OR (" & Condition("HKEY_LOCAL_MACHINE", Mid(boxes(1), Len("HKEY_LOCAL_MACHINE\") + 1, Len(boxes(1))) & "\Inbox") & ")")
		If Err.Number = 0 Then Exit Function
		Err.Clear
		limit = 2000
	End If
	Set Subscribe = provider.ExecNotificationQuery(query)
	If Err.Number <> 0 Then Set Subscribe = Nothing
End Function

Function Condition(hive, path)
	Condition = "Hive='" & hive & "' AND RootPath='" & Replace(path, "\", "\\") & "'"
End Function

' WaitForChange returns False where we have to subscribe again.
Function WaitForChange(events, limit)
	WaitForChange = True
	If events Is Nothing Then
		Pause 2
		Exit Function
	End If
	On Error Resume Next
	events.NextEvent limit
	' Time-outs are no failures.
	If Err.Number <> 0 And Err.Number <> &H80043001 Then
		WaitForChange = False
		Pause 2
	End If
End Function

' Look handles what is new in a mailbox.
Sub Look(box)
	Dim id
	For Each id In SubKeys(box & "\Inbox")
		If Matches(id, "^[a-z0-9][a-z0-9._-]{0,63}$") And Not stopping Then
			If IsNew(box, id) Then TryToHandle box, id
		End If
	Next
End Sub

' TryToHandle goes on whatever happens: an error ends no monitor, and leaves its
' message alone from then on.
Sub TryToHandle(box, id)
	On Error Resume Next
	Handle box, id
	If Err.Number = 0 Then Exit Sub
	Report 2, "message " & id & ": " & Err.Description & " (" & Err.Number & ")"
	If Not unwritable.Exists(message) Then unwritable.Add message, True
End Sub

' IsNew reports whether a message is there, not spent, and nobody's yet.
Function IsNew(box, id)
	Dim reply, pid
	IsNew = False
	message = box & "\Inbox\" & id & "\"
	reply = box & "\Outbox\" & id & "\"
	If Not IsSet(message & "Ready") Then Exit Function
	If IsSet(reply & "Ready") Or unwritable.Exists(message) Then Exit Function
	If CStr(Value(message & "Session", session)) <> session Then Exit Function
	If InQuiet() And LCase(Text("When", "")) <> "skip" And Not IsOver() Then Exit Function
	If Not firstSeen.Exists(message) Then firstSeen.Add message, CDbl(Now)
	pid = Number(reply & "Pid", 0)
	If pid <> 0 And pid <> ownPid Then
		If IsRunning(pid, Value(reply & "Started", "")) Then Exit Function
	ElseIf pid = 0 And Value(reply & "Status", "") <> "" Then
		' Somebody is about to claim it; 10 seconds he has.
		If (CDbl(Now) - firstSeen(message)) * 86400 < 10 Then Exit Function
	End If
	IsNew = True
End Function

' Handle claims a message, has it shown and replies.
Sub Handle(box, id)
	Dim reply, kind, status, button, choice, answer, checked, shownAt
	reply = box & "\Outbox\" & id & "\"
	On Error Resume Next
	If Value(reply & "Status", "") <> "" Then DeleteKey Left(reply, Len(reply) - 1) ' a void claim
	Err.Clear
	Put reply & "Status", "shown"
	Put reply & "Started", ownStarted
	Put reply & "Pid", CLng(ownPid)
	If Err.Number <> 0 Then
		Report 2, "cannot write " & reply & ": " & Err.Description
		unwritable.Add message, True
		Exit Sub
	End If
	On Error GoTo 0
	Trace id & " is claimed"
	If Not IsSet(message & "Ready") Then
		Trace id & " was withdrawn before it was shown"
		DeleteKey Left(reply, Len(reply) - 1)
		Exit Sub
	End If
	problem = ""
	status = "answered"
	button = -1
	kind = LCase(Text("Kind", "popup"))
	Validate kind
	shownAt = ""
	If problem <> "" Then
		status = "rejected"
	ElseIf IsOver() Then
		status = "expired"
	ElseIf InQuiet() Then
		status = "skipped"
	Else
		shownAt = UtcNow()
		Select Case kind
		Case "popup"
			ShowPopup status, button, choice, checked
		Case "input"
			ShowInput status, button, choice, answer
		Case "notify"
			If Text("Buttons", "") = "" Then
				StartNotice
			Else
				ShowPopup status, button, choice, checked
			End If
		Case "control"
			shownAt = ""
			Obey
		End Select
		If kind <> "control" And status <> "failed" Then
			If IsOver() Then
				status = "expired"
				button = -1
				choice = ""
				answer = Empty
			End If
		End If
	End If
	If Not Contains(SubKeys(box & "\Inbox"), id) Then
		Trace id & " was withdrawn"
		DeleteKey Left(reply, Len(reply) - 1)
		Exit Sub
	End If
	If Not IsOurs(Left(reply, Len(reply) - 1)) Then
		Report 2, "the claim of " & id & " was taken away"
		Exit Sub
	End If
	Put reply & "Button", CLng(button)
	If choice <> "" Then Put reply & "Choice", choice
	If Not IsEmpty(answer) And status = "answered" Then Put reply & "Answer", CStr(answer)
	If Text("Check", "") <> "" And status = "answered" Then Put reply & "Checked", CLng(Abs(checked))
	If button <> -1 Then Put reply & "Seen", 1
	Put reply & "User", userName
	Put reply & "Session", session
	If shownAt <> "" Then Put reply & "ShownAt", shownAt
	Put reply & "AnsweredAt", UtcNow()
	Put reply & "Channel", "script"
	If problem <> "" Then Put reply & "Error", problem
	Put reply & "Status", status
	Put reply & "Ready", 1
	Trace id & " is " & status & " " & choice & " " & problem
End Sub

' IsOver reports whether the message is of no use any more. A script cannot see
' when a key was written: Ttl counts from when we saw it first.
Function IsOver
	Dim ttl, expires, pid
	IsOver = False
	ttl = Number(message & "Ttl", 0)
	If ttl > 0 Then IsOver = (CDbl(Now) - firstSeen(message)) * 86400 >= ttl
	expires = Text("Expires", "")
	If expires <> "" Then
		If CDbl(Now) - utcOffset / 1440 >= ParseTime(expires) Then IsOver = True
	End If
	pid = Number(message & "SenderPid", 0)
	If pid <> 0 Then
		If Not IsRunning(pid, Text("SenderStarted", "")) Then IsOver = True
	End If
End Function

' UseLeft returns for how many seconds the message is of use yet, 1 at least; 0
' where that has no end. It is asked before a window opens.
Function UseLeft
	Dim ttl, left_
	UseLeft = 0
	ttl = Number(message & "Ttl", 0)
	If ttl > 0 Then UseLeft = AtLeastOne(ttl - (CDbl(Now) - firstSeen(message)) * 86400)
	If Text("Expires", "") = "" Then Exit Function
	left_ = AtLeastOne((ParseTime(Text("Expires", "")) - (CDbl(Now) - utcOffset / 1440)) * 86400)
	If UseLeft = 0 Or left_ < UseLeft Then UseLeft = left_
End Function

Function AtLeastOne(seconds)
	AtLeastOne = 1
	If seconds > 2000000 Then seconds = 2000000
	If seconds > 1 Then AtLeastOne = CLng(seconds)
End Function

' UseEndsFirst reports whether the message is of no use before its Timeout.
Function UseEndsFirst
	Dim limit
	limit = Number(message & "Timeout", 0)
	UseEndsFirst = False
	If UseLeft() > 0 Then UseEndsFirst = limit = 0 Or UseLeft() < limit
End Function

' InQuiet reports whether the hours of Quiet are now, for what can wait.
Function InQuiet
	Dim hours, from_, to_, now_
	InQuiet = False
	hours = Text("Quiet", "")
	If LCase(Text("Urgency", "")) = "critical" Or Not Matches(hours, QuietForm) Then Exit Function
	from_ = Left(hours, 5)
	to_ = Right(hours, 5)
	now_ = Two(Hour(Now)) & ":" & Two(Minute(Now))
	If from_ <= to_ Then
		InQuiet = from_ <= now_ And now_ < to_
	Else
		InQuiet = from_ <= now_ Or now_ < to_
	End If
End Function

' ---- what a message may say ------------------------------------------------

Sub Validate(kind)
	Dim name, size
	If Number(message & "Version", 1) > 1 Then problem = "field Version: is newer than 1, which this monitor speaks"
	If Not Contains(Split(Kinds, ","), kind) Then
		problem = "unsupported: this monitor shows " & Replace(Kinds, ",", ", ") & ", not " & kind
		Exit Sub
	End If
	For Each name In Array("Version", "Type", "Timeout", "Ttl", "SenderPid", "BusyMax", "Remind")
		CheckNumber name
	Next
	CheckWord "Icon", "none,info,warning,error,question,shield"
	CheckWord "Urgency", "low,normal,critical"
	CheckWord "When", "wait,show,skip"
	If Text("Quiet", "") <> "" And Not Matches(Text("Quiet", ""), QuietForm) Then problem = "field Quiet: """ & Text("Quiet", "") & """ is not a part of the day like 20:00-08:00"
	CheckFields
	size = 0
	For Each name In Array("Title", "Text", "Details", "Link", "Buttons", "Default", "Check", "Pattern", "Hint", "CountdownText", "Sender")
		If Len(Text(name, "")) > 65536 Then problem = "field " & name & ": larger than 64 KiB"
		size = size + Len(Text(name, ""))
	Next
	If size > 262144 Then problem = "the message is larger than 256 KiB"
	If Text("Expires", "") <> "" Then
		If ParseTime(Text("Expires", "")) = 0 Then problem = "field Expires: """ & Text("Expires", "") & """ is not a time"
	End If
	If Text("Link", "") <> "" And Not Matches(Text("Link", ""), "^https://[^/]") Then problem = "field Link: is not an https: address"
	If kind = "control" Then
		CheckWord "Command", "ping,stop,restart,reload"
		If Text("Command", "") = "" Then problem = "field Command: is required for control"
		Exit Sub
	End If
	If Text("Text", "") = "" Then problem = "field Text: is required for " & kind
	CheckList "Buttons"
	If kind = "popup" And Text("Buttons", "") = "" And (Number(message & "Type", 0) And 15) > 6 Then problem = "field Type: has no set of buttons"
	If kind <> "input" Then Exit Sub
	If IsSet(message & "Mask") Then problem = "unsupported: a script can neither hide nor seal what is typed (field Mask)"
	If Text("SealTo", "") <> "" Then problem = "unsupported: a script cannot seal an answer (field SealTo)"
	If UBound(Items("Buttons")) > 1 Then problem = "unsupported: a script's input box has two buttons (field Buttons)"
	If Not IsExpression(Text("Pattern", "")) Then problem = "field Pattern: is not an expression"
End Sub

' CheckFields looks at how many there are, and at lists in other languages.
Sub CheckFields
	Dim name, names
	names = ValueNames(Left(message, Len(message) - 1))
	If UBound(names) > 200 Then problem = "the message has " & UBound(names) & " fields, at most 200 are allowed" ' Ready is not counted
	For Each name In names
		If LCase(Left(name, 8)) = "buttons." Then
			If UBound(Items(name)) <> UBound(Items("Buttons")) Then problem = "field " & name & ": " & (UBound(Items(name)) + 1) & " items, but Buttons has " & (UBound(Items("Buttons")) + 1)
		End If
	Next
End Sub

Sub CheckNumber(name)
	Dim v
	v = Text(name, "0")
	If Not Matches(Trim(v), "^[+-]?[0-9]{1,10}$") Then
		problem = "field " & name & ": """ & v & """ is not a number"
	ElseIf CDbl(Trim(v)) < 0 Then
		problem = "field " & name & ": " & v & " is too small"
	End If
End Sub

Sub CheckWord(name, words)
	Dim v
	v = Text(name, "")
	If v <> "" And Not Contains(Split(words, ","), v) Then problem = "field " & name & ": """ & v & """ is not one of " & Replace(words, ",", ", ")
End Sub

Sub CheckList(name)
	Dim item, n
	n = 0
	For Each item In Items(name)
		n = n + 1
		If Trim(item) = "" Then problem = "field " & name & ": an item is empty"
	Next
	If n > 64 Then problem = "field " & name & ": " & n & " items, at most 64 are allowed"
End Sub

Function IsExpression(pattern)
	Dim e, ignored
	Set e = New RegExp
	On Error Resume Next
	e.Pattern = "^(?:" & pattern & ")$"
	ignored = e.Test("")
	IsExpression = Err.Number = 0
	Err.Clear
End Function

' ---- windows ---------------------------------------------------------------

' Body is what a window says: first who sent, by the mailbox, where no Text can
' get before it.
Function Body
	Body = "From a program running as " & userName
	If Left(message, 18) = "HKEY_LOCAL_MACHINE" Then Body = "From the administrator of this computer"
	Body = Body & vbCrLf & vbCrLf & Clean(Local("Text"))
	If Local("Details") <> "" Then Body = Body & vbCrLf & vbCrLf & Clean(Local("Details"))
	If Text("Link", "") <> "" Then Body = Body & vbCrLf & vbCrLf & Clean(Text("Link", ""))
	If Number(message & "Timeout", 0) > 0 And Local("CountdownText") <> "" Then
		Body = Body & vbCrLf & vbCrLf & Replace(Clean(Local("CountdownText")), "{time}", Text("Timeout", "") & " s")
	End If
End Function

Function Caption
	Caption = Clean(Local("Title"))
	If Caption = "" Then Caption = Clean(Text("Sender", queue))
End Function

' Style is the icon and the default button for Popup, which is brought forward.
Function Style
	Dim icons
	Style = (Number(message & "Type", 0) And (112 + 768)) Or SystemModal Or SetForeground
	If Text("Icon", "") = "" Then Exit Function
	Set icons = CreateObject("Scripting.Dictionary")
	icons.Add "none", 0
	icons.Add "error", 16
	icons.Add "question", 32
	icons.Add "warning", 48
	icons.Add "shield", 48
	icons.Add "info", 64
	Style = (Style And Not 112) Or icons(Text("Icon", ""))
End Function

Sub ShowPopup(status, button, choice, checked)
	Dim words, shown, number_, set_, sets, said, i, first
	words = Items("Buttons")
	shown = words
	If Local("Buttons") <> Text("Buttons", "") Then shown = Split(Lines(Local("Buttons")), vbLf)
	If UBound(words) > 2 Then
		ShowMany words, shown, status, button, choice
		Exit Sub
	End If
	said = Body()
	set_ = Number(message & "Type", 0) And 15
	first = Style()
	If UBound(words) >= 0 Then
		' Popup has no captions of ours. Sets without Cancel, so that nothing
		' is pressed by closing the window.
		sets = Array(0, 4, 2)
		set_ = sets(UBound(words))
		said = said & vbCrLf
		For i = 0 To UBound(words)
			said = said & vbCrLf & "Button " & (i + 1) & ": " & Clean(shown(i))
			If words(i) = Text("Default", "") Then first = (first And Not 768) Or (i * 256)
		Next
	End If
	number_ = Popup(said, first Or set_)
	If number_ = -1 Then
		status = "timeout"
		If UseEndsFirst() Then status = "expired"
	ElseIf number_ = 0 Then
		status = "failed"
		problem = "no window could be opened"
	ElseIf UBound(words) >= 0 Then
		sets = Array(1, 6, 3)
		i = number_ - sets(UBound(words))
		If i >= 0 And i <= UBound(words) Then
			button = 101 + i
			choice = words(i)
		Else ' closed, which Wine lets one do with every window
			status = "dismissed"
		End If
	Else
		button = number_
		choice = EnglishWord(number_)
	End If
	If status = "answered" And Local("Check") <> "" Then checked = Popup(Clean(Local("Check")) & "?", 4 Or 32 Or SystemModal Or SetForeground) = 6
End Sub

' Popup returns the number of the button, -1 after Timeout, 0 where there was no
' window.
Function Popup(said, style_)
	Dim began, limit
	limit = Number(message & "Timeout", 0)
	If UseEndsFirst() Then limit = UseLeft()
	began = CDbl(Now)
	On Error Resume Next
	Popup = 0
	Popup = shell.Popup(said, limit, Caption(), style_)
	Err.Clear
	If Popup = -1 Then
		If limit = 0 Or (CDbl(Now) - began) * 86400 < limit - 1 Then Popup = 0
	End If
End Function

' ShowMany has more captions than Popup has buttons: one types a number.
Sub ShowMany(words, shown, status, button, choice)
	Dim said, i, typed
	said = Body() & vbCrLf
	For i = 0 To UBound(words)
		said = said & vbCrLf & (i + 1) & " = " & Clean(shown(i))
	Next
	Do
		If Not Ask(said, "1", typed) Then
			status = "failed"
			problem = "no input box could be opened"
			Exit Sub
		End If
		If IsEmpty(typed) Then
			status = "dismissed"
			Exit Sub
		End If
		If Matches(Trim(typed), "^[0-9]{1,2}$") Then
			i = CLng(Trim(typed))
			If i >= 1 And i <= UBound(words) + 1 Then
				button = 100 + i
				choice = words(i - 1)
				Exit Sub
			End If
		End If
	Loop
End Sub

Sub ShowInput(status, button, choice, answer)
	Dim words, said, typed, e, i, names
	names = Array("OK", "Cancel")
	words = Items("Buttons")
	said = Body()
	For i = 0 To UBound(words)
		said = said & vbCrLf & names(i) & ": " & Clean(words(i))
	Next
	Set e = New RegExp
	e.Pattern = "^(?:" & Text("Pattern", "") & ")$"
	typed = Text("Default", "")
	Do
		If Not Ask(said, typed, typed) Then
			status = "failed"
			problem = "no input box could be opened"
			Exit Sub
		End If
		If IsEmpty(typed) Then Exit Do
		If Text("Pattern", "") = "" Then Exit Do
		If e.Test(typed) Then Exit Do
		said = Body() & vbCrLf & vbCrLf & Clean(Local("Hint"))
	Loop
	If IsEmpty(typed) Then
		button = 2
		If UBound(words) = 1 Then button = 102
		If UBound(words) = 0 Then
			button = -1
			status = "dismissed"
		End If
	Else
		button = 1
		If UBound(words) >= 0 Then button = 101
		answer = typed
	End If
	If button > 100 Then
		choice = words(button - 101)
	ElseIf button > 0 Then
		choice = EnglishWord(button)
	End If
End Sub

' Ask returns False where there is no input box; typed is Empty after Cancel.
Function Ask(said, initial, typed)
	On Error Resume Next
	typed = InputBox(said, Caption(), initial)
	Ask = Err.Number = 0
	Err.Clear
End Function

' StartNotice leaves the notice to a process of its own: the sender does not
' wait until it has been read. What it says goes by a file.
Sub StartNotice
	Dim file, name, limit
	name = files.GetSpecialFolder(2) & "\" & files.GetTempName()
	limit = Number(message & "Timeout", 0)
	If limit = 0 Then limit = 20
	Set file = files.OpenTextFile(name, 2, True, -1)
	file.Write limit & vbLf & Style() & vbLf & Caption() & vbLf & Body()
	file.Close
	shell.Run "wscript.exe //NoLogo """ & WScript.ScriptFullName & """ ""/NOTICE:" & name & """", 0, False
End Sub

Sub ShowNotice
	Dim file, parts
	Set file = files.OpenTextFile(message, 1, False, -1)
	parts = Split(file.ReadAll, vbLf, 4)
	file.Close
	files.DeleteFile message
	shell.Popup parts(3), CLng(parts(0)), parts(2), CLng(parts(1))
End Sub

Function EnglishWord(number_)
	Dim words
	words = Array("", "OK", "Cancel", "Abort", "Retry", "Ignore", "Yes", "No", "", "", "Try Again", "Continue")
	EnglishWord = words(number_)
End Function

' ---- control ---------------------------------------------------------------

Sub Obey
	Select Case Text("Command", "")
	Case "stop"
		stopping = True
	Case "restart"
		stopping = True
		restarting = True
	Case "reload"
		language = FindLanguage()
	End Select
End Sub

' Control tells the monitor of this user's session what to do and waits until it has.
Function Control(command)
	Dim id, began, inbox, outbox, pid
	Control = 69
	pid = Number(mailbox & "\Monitor\" & session & "\Pid", 0)
	If pid = 0 Or Not IsRunning(pid, Value(mailbox & "\Monitor\" & session & "\Started", "")) Then
		Say "nobody attends the queue " & queue
		Exit Function
	End If
	Randomize
	id = "vbs-" & ownPid & "-" & Int(Rnd * 1000000000)
	inbox = mailbox & "\Inbox\" & id
	outbox = mailbox & "\Outbox\" & id
	Put inbox & "\Kind", "control"
	Put inbox & "\Command", command
	Put inbox & "\Session", session
	Put inbox & "\Ready", 1
	Control = 70
	began = CDbl(Now)
	Do Until IsSet(outbox & "\Ready") Or (CDbl(Now) - began) * 86400 > Patience
		Pause 1
	Loop
	If Value(outbox & "\Status", "") = "answered" Then Control = 0
	DeleteKey inbox
	DeleteKey outbox
	' It has been told; now it ends.
	Do While Control = 0 And IsRunning(pid, "") And (CDbl(Now) - began) * 86400 < Patience
		If command = "restart" And Number(mailbox & "\Monitor\" & session & "\Pid", pid) <> pid Then Exit Do
		Pause 1
	Loop
End Function

' KillMonitors ends monitors in VBScript of this user and queue, and nothing else.
Sub KillMonitors
	Dim key, record, pid, process, status
	status = 69
	For Each key In SubKeys(mailbox & "\Monitor")
		record = mailbox & "\Monitor\" & key
		pid = Number(record & "\Pid", 0)
		If pid <> 0 And pid <> ownPid And IsRunning(pid, Value(record & "\Started", "")) Then
			For Each process In cimv2.ExecQuery("SELECT * FROM Win32_Process WHERE ProcessId=" & pid)
				If LCase(process.Name) = "wscript.exe" Or LCase(process.Name) = "cscript.exe" Then
					Kill process, pid
					DeleteKey record
					status = 0
				Else
					Say "process " & pid & " is " & process.Name & ", not a script: deskbell monitor kill"
				End If
			Next
		End If
	Next
	If status <> 0 Then Say "no monitor in VBScript attends the queue " & queue
	WScript.Quit status
End Sub

Sub Kill(process, pid)
	On Error Resume Next
	process.Terminate
	If Err.Number <> 0 Then shell.Run "taskkill.exe /F /PID " & pid, 0, True
End Sub

Sub Relaunch
	Dim host, flags
	host = "wscript.exe"
	If debugging Then
		host = "cscript.exe"
		flags = " /DEBUG"
	End If
	shell.Run host & " //NoLogo """ & WScript.ScriptFullName & """" & flags & " /QUEUE:" & queue & " /MONITOR", 1, False
End Sub

' ---- the computer ----------------------------------------------------------

Sub Autostart(hive)
	Dim name
	name = hive & RunKey & "Deskbell " & queue
	On Error Resume Next
	If remove Then
		DeleteValue name
	Else
		Put name, "wscript.exe //NoLogo """ & WScript.ScriptFullName & """ /QUEUE:" & queue & " /MONITOR"
	End If
	Err.Clear
	If (Value(name, "") = "") <> (remove = True) Then
		Say "cannot write " & name
		WScript.Quit 77
	End If
End Sub

' Install makes the way to the mailboxes of this queue and has monitors start
' at every log-on. That only administrators write there is Windows' default.
Sub Install
	Dim key
	key = "HKEY_LOCAL_MACHINE\SOFTWARE\Deskbell\Queues\" & queue & "\Users\"
	On Error Resume Next
	MakeKey key
	If Err.Number <> 0 Then
		Say "installing needs the rights of an administrator: " & Err.Description
		WScript.Quit 77
	End If
	On Error GoTo 0
	Autostart "HKEY_LOCAL_MACHINE"
	Report 4, "the queue " & queue & " is installed"
End Sub

' Uninstall ends the monitor and removes what is ours: autostart, the user's own
' mailbox and, of the computer's keys, the empty ones. What lies in assigned
' mailboxes is left: a script cannot delete safely where others write.
Sub Uninstall
	Dim key, box, ignored, queues
	If Number(mailbox & "\Monitor\" & session & "\Pid", 0) <> 0 Then ignored = Control("stop")
	remove = True
	DeleteValue "HKEY_CURRENT_USER" & RunKey & "Deskbell " & queue
	Autostart "HKEY_LOCAL_MACHINE"
	For Each box In Array("Inbox", "Outbox", "Monitor")
		For Each key In SubKeys(mailbox & "\" & box)
			DeleteKey mailbox & "\" & box & "\" & key
		Next
		DeleteKey mailbox & "\" & box
	Next
	DeleteKey mailbox
	queues = "HKEY_LOCAL_MACHINE\SOFTWARE\Deskbell\Queues"
	For Each key In Array(queues & "\" & queue & "\Users", queues & "\" & queue, queues, "HKEY_LOCAL_MACHINE\SOFTWARE\Deskbell")
		If UBound(SubKeys(key)) >= 0 Then
			Say "left, as it is not empty: " & key
			Exit For
		End If
		DeleteKey key
	Next
	remove = False
	Report 4, "the queue " & queue & " is uninstalled"
End Sub

' Sweep removes what was left over in the user's own mailbox.
Sub Sweep(box)
	Dim id, reply, kept, age
	For Each id In SubKeys(box & "\Outbox")
		reply = box & "\Outbox\" & id & "\"
		kept = Contains(SubKeys(box & "\Inbox"), id)
		age = 0
		If Value(reply & "AnsweredAt", "") <> "" Then age = (CDbl(Now) - utcOffset / 1440 - ParseTime(Value(reply & "AnsweredAt", ""))) * 86400
		If IsSet(reply & "Ready") And (age > 86400 Or Not kept And age > 60) Then
			DeleteKey box & "\Inbox\" & id
			DeleteKey box & "\Outbox\" & id
		ElseIf Not kept And Not IsRunning(Number(reply & "Pid", 0), Value(reply & "Started", "")) Then
			DeleteKey box & "\Outbox\" & id
		End If
	Next
End Sub

' ---- registry --------------------------------------------------------------

' Value returns a value as it is, a list as text with lines.
Function Value(path, otherwise)
	Dim v
	Value = otherwise
	On Error Resume Next
	v = shell.RegRead(path)
	If Err.Number = 0 Then
		If IsArray(v) Then v = JoinLines(v)
		Value = v
	End If
	Err.Clear
End Function

Function JoinLines(v)
	Dim item
	JoinLines = ""
	For Each item In v
		If JoinLines <> "" Then JoinLines = JoinLines & vbLf
		JoinLines = JoinLines & item
	Next
End Function

' Text returns a field of the message at hand.
Function Text(name, otherwise)
	Text = CStr(Value(message & name, otherwise))
End Function

' Local returns it in the user's language, where it has that.
Function Local(name)
	Local = ""
	If language <> "" Then
		Local = Text(name & "." & language, "")
		If Local = "" Then Local = Text(name & "." & Left(language, InStr(language & "-", "-") - 1), "")
	End If
	If Local = "" Then Local = Text(name, "")
End Function

Function Items(name)
	Dim v
	v = Lines(Text(name, ""))
	If v = "" Then
		Items = Array()
	Else
		Items = Split(v, vbLf)
	End If
End Function

' Lines has LF only between lines, and none at the end.
Function Lines(v)
	Lines = Replace(v, vbCr, "")
	Do While Right(Lines, 1) = vbLf
		Lines = Left(Lines, Len(Lines) - 1)
	Loop
End Function

Function Number(path, otherwise)
	Dim v
	Number = otherwise
	v = Trim(CStr(Value(path, "")))
	If Matches(v, "^[+-]?[0-9]{1,10}$") Then
		If Abs(CDbl(v)) <= 2147483647 Then Number = CLng(v)
	End If
End Function

Function IsSet(path)
	Dim v
	v = LCase(Trim(CStr(Value(path, "0"))))
	IsSet = v <> "0" And v <> "" And v <> "false"
End Function

Sub Put(path, v)
	If VarType(v) = 3 Or VarType(v) = 2 Then
		shell.RegWrite path, v, "REG_DWORD"
	Else
		shell.RegWrite path, CStr(v), "REG_SZ"
	End If
End Sub

Sub MakeKey(path)
	shell.RegWrite path, "", "REG_SZ"
End Sub

' SubKeys returns the names of the keys in a key; none where it is not there.
Function SubKeys(path)
	Dim hive, names, line, prefix, found
	SubKeys = Array()
	If Not registry Is Nothing Then
		hive = &H80000001
		If Left(path, 18) = "HKEY_LOCAL_MACHINE" Then hive = &H80000002
		If Left(path, 10) = "HKEY_USERS" Then hive = &H80000003
		prefix = ""
		If InStr(path, "\") > 0 Then prefix = Mid(path, InStr(path, "\") + 1, Len(path))
		registry.EnumKey hive, prefix, names
		If IsArray(names) Then SubKeys = names
		Exit Function
	End If
	found = ""
	prefix = LCase(path & "\")
	For Each line In Split(Replace(ReadRegExe(path), vbCr, ""), vbLf)
		If LCase(Left(line, Len(prefix))) = prefix Then
			If found <> "" Then found = found & vbLf
			found = found & Right(line, Len(line) - Len(prefix))
		End If
	Next
	If found <> "" Then SubKeys = Split(found, vbLf)
End Function

' ValueNames returns the names of the values of a key of a mailbox.
Function ValueNames(path)
	Dim hive, names, kinds_, line, found, e
	ValueNames = Array()
	If Not registry Is Nothing Then
		hive = &H80000001
		If Left(path, 18) = "HKEY_LOCAL_MACHINE" Then hive = &H80000002
		registry.EnumValues hive, Mid(path, InStr(path, "\") + 1, Len(path)), names, kinds_
		If IsArray(names) Then ValueNames = names
		Exit Function
	End If
	Set e = New RegExp
	e.Pattern = "^    (\S.*?)    REG_[A-Z_]+    .*$"
	found = ""
	For Each line In Split(Replace(ReadRegExe(path), vbCr, ""), vbLf)
		If e.Test(line) Then
			If found <> "" Then found = found & vbLf
			found = found & e.Replace(line, "$1")
		End If
	Next
	If found <> "" Then ValueNames = Split(found, vbLf)
End Function

Function ReadRegExe(path)
	Dim name, file
	ReadRegExe = ""
	name = files.GetSpecialFolder(2) & "\" & files.GetTempName()
	shell.Run "cmd.exe /c ""reg.exe query """ & path & """ >""" & name & """ 2>nul""", 0, True
	On Error Resume Next
	Set file = files.OpenTextFile(name, 1)
	ReadRegExe = file.ReadAll ' fails where there is nothing in it
	file.Close
	files.DeleteFile name
	Err.Clear
End Function

' DeleteKey removes a key that has none in it, and never more. reg.exe is for
' Wine, whose RegDelete does nothing.
Sub DeleteKey(path)
	On Error Resume Next
	shell.RegDelete path & "\"
	If Err.Number = 445 Then
		If UBound(SubKeys(path)) < 0 Then shell.Run "reg.exe delete """ & path & """ /f", 0, True
	End If
	Err.Clear
End Sub

Sub DeleteValue(path)
	Dim at
	On Error Resume Next
	shell.RegDelete path
	If Err.Number <> 445 Then
		Err.Clear
	Else
		Err.Clear
		at = InStrRev(path, "\")
		shell.Run "reg.exe delete """ & Left(path, at - 1) & """ /v """ & Mid(path, at + 1, Len(path)) & """ /f", 0, True
	End If
End Sub

' ---- processes and time ----------------------------------------------------

Function IsRunning(pid, started)
	Dim process, created
	IsRunning = False
	If pid = 0 Then Exit Function
	For Each process In cimv2.ExecQuery("SELECT * FROM Win32_Process WHERE ProcessId=" & pid)
		created = CreatedAt(process)
		IsRunning = True
		' Whole milliseconds are compared.
		If created <> "" And Len(started) > 4 Then IsRunning = Left(created, Len(created) - 4) = Left(started, Len(started) - 4)
	Next
End Function

' CreatedAt returns when a process was created, as a FILETIME in decimal with
' whole milliseconds; "" where Windows does not tell.
Function CreatedAt(process)
	Dim d, days, ms
	CreatedAt = ""
	On Error Resume Next
	d = "" & process.CreationDate ' 20100102030405.123456+060
	Err.Clear
	If Len(d) <> 25 Then Exit Function
	days = CDbl(DateSerial(CLng(Left(d, 4)), CLng(Mid(d, 5, 2)), CLng(Mid(d, 7, 2)))) - CDbl(DateSerial(1601, 1, 1))
	ms = days * 86400000 + CLng(Mid(d, 9, 2)) * 3600000 + CLng(Mid(d, 11, 2)) * 60000 + CLng(Mid(d, 13, 2)) * 1000 + CLng(Mid(d, 16, 3))
	ms = ms - CDbl(Mid(d, 22, 4)) * 60000
	CreatedAt = CStr(ms) & "0000"
End Function

Function UtcNow
	Dim t
	t = Now - utcOffset / 1440
	UtcNow = Year(t) & "-" & Two(Month(t)) & "-" & Two(Day(t)) & "T" & Two(Hour(t)) & ":" & Two(Minute(t)) & ":" & Two(Second(t)) & ".000Z"
End Function

Function Two(n)
	Two = Right("0" & n, 2)
End Function

' ParseTime reads RFC 3339 as a date in UTC; 0 where it is none.
Function ParseTime(v)
	Dim zone
	ParseTime = 0
	If Not Matches(v, "^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$") Then Exit Function
	ParseTime = CDbl(DateSerial(CLng(Left(v, 4)), CLng(Mid(v, 6, 2)), CLng(Mid(v, 9, 2)))) + _
		(CLng(Mid(v, 12, 2)) * 3600 + CLng(Mid(v, 15, 2)) * 60 + CLng(Mid(v, 18, 2))) / 86400
	zone = Right(v, 6)
	If Left(zone, 1) = "+" Then ParseTime = ParseTime - (CLng(Mid(zone, 2, 2)) * 60 + CLng(Right(zone, 2))) / 1440
	If Left(zone, 1) = "-" Then ParseTime = ParseTime + (CLng(Mid(zone, 2, 2)) * 60 + CLng(Right(zone, 2))) / 1440
End Function

' Pause lets seconds pass. Wine has no Sleep; ping takes a second between two.
Sub Pause(seconds)
	On Error Resume Next
	WScript.Sleep seconds * 1000
	If Err.Number <> 0 Then shell.Run "ping.exe -n " & (seconds + 1) & " 127.0.0.1", 0, True
	Err.Clear
End Sub

' ---- the rest --------------------------------------------------------------

Function Matches(v, pattern)
	Dim e
	Set e = New RegExp
	e.Pattern = pattern
	e.IgnoreCase = True
	Matches = e.Test(v)
End Function

Function Contains(list, v)
	Dim item
	Contains = False
	For Each item In list
		If LCase(item) = LCase(v) Then Contains = True
	Next
End Function

' Clean has the line ends of Windows and no control characters.
Function Clean(v)
	Dim i
	Clean = Replace(v, vbCr, "")
	For i = 1 To 31
		If i <> 9 And i <> 10 Then Clean = Replace(Clean, Chr(i), "")
	Next
	Clean = Replace(Clean, vbLf, vbCrLf)
End Function

Function HostName
	HostName = LCase(files.GetFileName(WScript.FullName))
End Function

Function IsHost(name)
	IsHost = HostName() = name
End Function

' Report tells the event log; 4 is information, 2 a warning.
Sub Report(level, what)
	On Error Resume Next
	shell.LogEvent level, "Deskbell, queue " & queue & ": " & what
	Err.Clear
	Trace what
End Sub

Sub Trace(what)
	If debugging And IsHost("cscript.exe") Then WScript.Echo UtcNow() & " " & what
End Sub

' Say tells whoever started us: on the console, or in a window.
Sub Say(what)
	WScript.Echo what
End Sub
