@echo off
rem Sends what is no message and prints what is said of it.
rem usage: rejected.cmd QUEUE
setlocal
set id=cmd-%RANDOM%-%RANDOM%
set message=HKCU\Software\Deskbell\Queues\%1\Inbox\%id%
set reply=HKCU\Software\Deskbell\Queues\%1\Outbox\%id%
reg add %message% /f /v Text /d "Install the update now?" >nul
reg add %message% /f /v Type /d abc >nul
reg add %message% /f /v Ready /t REG_DWORD /d 1 >nul
:wait
ping -n 2 127.0.0.1 >nul
reg query %reply% /v Ready >nul 2>nul
if errorlevel 1 goto wait
for %%f in (Status Error) do for /f "tokens=1,2*" %%a in ('reg query %reply% /v %%f') do if "%%a"=="%%f" echo %%c
reg delete %message% /f >nul
reg delete %reply% /f >nul
