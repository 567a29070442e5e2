"""The tab Portfolio as Office reads it: [MS-CUSTOMUI], in the form of 2006."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from xlportfolio.addin.buttons import Button
from xlportfolio.addin.ribbon_callbacks import ENABLED, LOADED, PRESSED
from xlportfolio.errors import InputError

TAB_LABEL = "Portfolio"

_NAMESPACE = "http://schemas.microsoft.com/office/2006/01/customui"
_LONGEST_TEXT = 1024  # [MS-CUSTOMUI] 2.3.11, in UTF-16
_MOST_GROUPS = 100  # [MS-CUSTOMUI] 2.2.39
# No other ID of the tab can be like it: those begin with a capital.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_IMAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_KEY = re.compile(r"[A-Z]{1,3}")
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # or no XML at all
_ENTITIES = {"\n": "&#10;"}  # else it would be read as a space


def ribbon_xml(buttons: Sequence[Button]) -> str:
    """Write the tab with its groups and buttons.

    Parameters
    ----------
    buttons
        In their order; groups follow in the order of their first buttons.

    Returns
    -------
    The content of customUI.xml; the same for the same buttons.

    Raises
    ------
    InputError
        If there is none, or Office would refuse the tab or show something else.
    """
    check_buttons(buttons)
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        f'<customUI xmlns="{_NAMESPACE}" onLoad="{LOADED}">',
        "  <ribbon>",
        "    <tabs>",
        f"      <tab {_attributes(id='PortfolioTab', label=TAB_LABEL)}>",
    ]
    for number, group in enumerate(dict.fromkeys(button.group for button in buttons), start=1):
        lines.append(f"        <group {_attributes(id=f'PortfolioGroup{number}', label=group)}>")
        lines += [_button(button) for button in buttons if button.group == group]
        lines.append("        </group>")
    lines += ["      </tab>", "    </tabs>", "  </ribbon>", "</customUI>", ""]
    return "\n".join(lines)


def check_buttons(buttons: Sequence[Button]) -> None:
    """Refuse what Office would not show as it is meant.

    Parameters
    ----------
    buttons
        Of the tab.

    Raises
    ------
    InputError
        At the first that cannot be a button, in one sentence.
    """
    if not buttons:
        raise InputError("The ribbon has no button; expected at least one.")
    n_groups = len({button.group for button in buttons})
    if n_groups > _MOST_GROUPS:
        raise InputError(f"The ribbon has {n_groups} groups; Office shows {_MOST_GROUPS}.")
    names: set[str] = set()
    keys: dict[str, str] = {}
    for button in buttons:
        problem = _problem(button)
        if problem:
            raise InputError(f'The button "{button.name}" cannot be shown: {problem}.')
        if button.name in names:
            raise InputError(f'Two buttons are called "{button.name}"; rename one of them.')
        for key, name in keys.items():
            # Office runs the shorter one before the longer can be typed.
            if key.startswith(button.key) or button.key.startswith(key):
                raise InputError(
                    f'The buttons "{name}" and "{button.name}" have the key tips {key} and '
                    f"{button.key}; expected that none begins with another."
                )
        names.add(button.name)
        keys[button.key] = button.name


def _problem(button: Button) -> str:
    if not _NAME.fullmatch(button.name):
        return "expected a name of lower-case letters, digits and underscores, a letter first"
    for what, text in (("label", button.label), ("group", button.group), ("tip", button.tip)):
        length = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if not text.strip():
            return f"its {what} is blank"
        if length > _LONGEST_TEXT:
            return f"its {what} has {length} characters, and Office takes {_LONGEST_TEXT}"
        if _UNSHOWN.search(text.replace("\n", "") if what == "tip" else text):
            return f"its {what} holds a character that does not show"
    if not _KEY.fullmatch(button.key):
        return f'its key tip is "{button.key}", expected one to three capital letters'
    if not _IMAGE.fullmatch(button.image):
        return f'its image "{button.image}" is no name of an image of Office'
    return ""


def _button(button: Button) -> str:
    return "          <button {}/>".format(
        _attributes(
            id=button.name,
            label=button.label,
            imageMso=button.image,
            size="large" if button.large else "normal",
            screentip=button.label,
            supertip=button.tip,
            keytip=button.key,
            onAction=PRESSED,
            getEnabled=ENABLED,
        )
    )


def _attributes(**values: str) -> str:
    return " ".join(f"{name}={quoteattr(value, _ENTITIES)}" for name, value in values.items())
