@echo off
rem Ouvre les livres dans le navigateur. Options : celles de grandlivre serve (--port 5051, --lecture ...).
setlocal
chcp 65001 >nul
set PYTHONUTF8=1
cd /d "%~dp0.."

set "PYTHON=.venv\Scripts\python.exe"
if exist "%PYTHON%" goto livres
where py >nul 2>nul && goto sans_environnement
where python >nul 2>nul && goto sans_environnement
echo Python n'est pas installé. Installez Python 3.11 à 3.14 depuis python.org, puis lancez : py scripts\start.py
goto echec

:sans_environnement
echo L'environnement .venv est absent. Lancez d'abord : py scripts\start.py
goto echec

:livres
if exist "ledger\main.beancount" goto paquet
echo Le fichier ledger\main.beancount est absent. Ce dossier n'est pas celui des livres.
goto echec

:paquet
"%PYTHON%" -P -c "import grandlivre" 2>nul && goto ouvrir
echo Grand Livre n'est pas installé dans .venv. Lancez : py scripts\start.py
goto echec

:ouvrir
"%PYTHON%" -P -m grandlivre serve %*
if not errorlevel 1 exit /b 0

:echec
pause
exit /b 2
