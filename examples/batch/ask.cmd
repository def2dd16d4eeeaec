@echo off
rem Asks a question with two buttons and prints the caption of the one pressed.
rem A batch file with reg.exe and nothing else. It looks once a second.
rem usage: ask.cmd QUEUE SECONDS
rem Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends,
rem 70 no folder of its own in TEMP.
setlocal
set box=HKCU\Software\Deskbell\Queues\%1

rem Who starts in the same second gets the same random numbers. A folder can be
rem made only once, so that whoever makes it has the id for himself.
set tries=0
:name
set /a tries=tries+1
if %tries% gtr 50 exit /b 70
set now=%TIME: =0%
set now=%now::=%
set now=%now:.=%
set now=%now:,=%
set id=cmd-%now%-%RANDOM%-%RANDOM%
cmd /c exit 0
md "%TEMP%\deskbell-%id%" 2>nul
if errorlevel 1 goto name
set message=%box%\Inbox\%id%
set reply=%box%\Outbox\%id%

rem Is anybody attending? Where there is a record, its monitor has ten seconds to
rem answer a ping: tasklist tells too little, and not on every Windows.
reg query %box%\Monitor /s 2>nul | find "Pid" >nul
if errorlevel 1 goto nobody
reg add %message%-ping /f /v Kind /d control >nul
reg add %message%-ping /f /v Command /d ping >nul
reg add %message%-ping /f /v Ready /t REG_DWORD /d 1 >nul
set waited=0
:ping
reg query %reply%-ping /v Ready >nul 2>nul
if not errorlevel 1 goto attended
if %waited% geq 10 reg delete %message%-ping /f >nul
if %waited% geq 10 goto nobody
ping -n 2 127.0.0.1 >nul
set /a waited=waited+1
goto ping
:nobody
echo nobody attends %1
set code=69
goto end
:attended
reg delete %message%-ping /f >nul
reg delete %reply%-ping /f >nul 2>nul

rem Ask: Ready is written last.
reg add %message% /f /v Text /d "Install the update now?" >nul
reg add %message% /f /v Buttons /t REG_MULTI_SZ /d "Now\0Tonight at eight" >nul
reg add %message% /f /v Ready /t REG_DWORD /d 1 >nul

rem Wait, with a limit.
set waited=0
:wait
reg query %reply% /v Ready >nul 2>nul
if not errorlevel 1 goto answered
if %waited% geq %2 goto late
ping -n 2 127.0.0.1 >nul
set /a waited=waited+1
goto wait

rem Read the answer, and clean up. Only what was offered is one.
:answered
set status=
set choice=
for /f "tokens=1,2*" %%a in ('reg query %reply% /v Status') do if "%%a"=="Status" set status=%%c
for /f "tokens=1,2*" %%a in ('reg query %reply% /v Choice') do if "%%a"=="Choice" set choice=%%c
reg delete %message% /f >nul
reg delete %reply% /f >nul 2>nul
if not "%status%"=="answered" goto other
if "%choice%"=="Now" goto offered
if "%choice%"=="Tonight at eight" goto offered
set status=the reply does not fit the question
:other
echo %status%
set code=1
goto end
:offered
echo %choice%
set code=0
goto end

rem Taken back: the monitor closes the window and clears its claim away.
:late
reg delete %message% /f >nul
echo no answer in time
set code=5

:end
rd "%TEMP%\deskbell-%id%"
exit /b %code%
