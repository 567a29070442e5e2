"""How a button starts Python in Excel for Mac: by the script that xlwings' RunPython uses.

Excel for Mac may run no program; it may hand one text to a script of AppleScript that the person
put into a folder of its own, as "xlwings runpython install" does with that of xlwings. Of RunPython
only that script is used, by its name: what reads settings from workbooks and their folders is not.
The script makes a line for the shell of the text. Nothing of this was ever run on a Mac.
"""

from __future__ import annotations

import re

from xlportfolio.addin.interpreter import is_of_mac

# What the script does with the text, as far as what we hand over depends on it.
_SPLITS = (
    "set {PYTHONPATH, PythonInterpreter, PythonCommand, WorkbookName, ApplicationFullName, "
    'LOG_FILE} to SplitString(ParameterString, "|")'
)
_MAKES = (
    'set ShellCommand to PythonInterpreter & " -B -u -W ignore -c \\"import xlwings.utils;'
    'xlwings.utils.prepare_sys_path(\'" & PYTHONPATH & "\');" & ¬ PythonCommand & " \\" '
    '\\"--wb=" & WorkbookName & "\\" \\"--from_xl=1\\" \\"--app=" & ApplicationFullName & '
    '"\\" > /dev/null 2>\\"" & LOG_FILE & "\\" & "'
)

_SOURCE = """\
#If Mac Then
' Starts Python for a button, and does not wait: Excel for Mac answers nobody while VBA runs.
' A shell reads the text: what was built in and the name of a button, nothing of a workbook.
Public Sub StartPythonOnMac(ByVal button As String)
    Dim told As String
    On Error GoTo refused
    told = AppleScriptTask("{script}", "VbaHandler", TextForMac(button))
    GoTo done
refused:
    told = "refused"
    Resume done
done:
    On Error GoTo 0
    If told = "refused" Then
        Err.Raise 1001, , "Excel for Mac may not start Python yet. Type once in Terminal, " & _
            "where xlportfolio is installed: xlwings runpython install"
    End If
    If told = "1" Then
        Err.Raise 1001, , "The script {script} could not start " & Interpreter() & ". " & _
            "Build the add-in again with: xlportfolio addin build"
    End If
End Sub

' Places of modules (none), interpreter, command, workbook (always the add-in), Excel (not asked
' for), file for what Python complains of (none).
' As on Windows, Python reads no variables of the environment (-E), and the folder that it is
' started in is not among the places of modules (-P).
Private Function TextForMac(ByVal button As String) As String
    TextForMac = "|'" & Interpreter() & "' -E -P|"
    TextForMac = TextForMac & "import xlportfolio.excel; xlportfolio.excel.press_on_mac('"
    TextForMac = TextForMac & button & "')|xlportfolio.xlam||/dev/null"
End Function
#End If

"""

_NOT_FOR_A_MAC = """\
#If Mac Then
Public Sub StartPythonOnMac(ByVal button As String)
    Err.Raise 1001, , "This add-in names no Python of a Mac. " & _
        "Build it again on this Mac with: xlportfolio addin build"
End Sub
#End If

"""


def mac_source(interpreter: str, version: str) -> str:
    """Write the VBA that starts Python in Excel for Mac; on Windows it is not compiled.

    Parameters
    ----------
    interpreter
        As `checked_interpreter` gives it. An add-in for Windows holds nothing that starts a shell.
    version
        Of the installed xlwings: its script bears it in its name.
    """
    if not is_of_mac(interpreter):
        return _NOT_FOR_A_MAC
    return _SOURCE.replace("{script}", script_name(version))


def script_name(version: str) -> str:
    """The name of xlwings' script, as `xlwings runpython install` puts it into Excel's folder.

    Parameters
    ----------
    version
        Of xlwings.
    """
    return f"xlwings-{version}.applescript"


def is_known(script: str) -> bool:
    """Whether a script of xlwings takes the text apart as it is put together here.

    Parameters
    ----------
    script
        Its source.
    """
    words = re.sub(r"\s+", " ", script)
    return _SPLITS in words and _MAKES in words
