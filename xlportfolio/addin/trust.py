"""Whether Excel's settings and the policies of an IT let the add-in run.

Names of values: the administrative templates of Office (office16.admx, excel16.admx, as shown on
admx.help) and "Plan security settings for add-ins" and "Plan Trusted Locations settings" of the
Office resource kit. What Excel makes of them was read there, never tried.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from xlportfolio.addin.build import FILE_NAME
from xlportfolio.addin.installation import POLICIES
from xlportfolio.addin.machine import Hive, Machine, Registered
from xlportfolio.diagnosis import Finding, fine, note, wrong

IT_PAGE = "docs/corporate_it.md"
"""What to show an IT department."""

VERSION = "16.0"
"""Of the settings of Excel 2016 and later, Microsoft 365 among them."""

_USER = rf"Software\Microsoft\Office\{VERSION}"
_TRUST_CENTER = "File > Options > Trust Center > Trust Center Settings"
_ASK_IT = f"Ask your IT for an exception; show them {IT_PAGE}."
_APP_LOCKER = r"Software\Policies\Microsoft\Windows\SrpV2"


@dataclass(frozen=True)
class _Setting:
    """What is set, and whether by a policy, which the user cannot change."""

    value: Registered | None
    is_policy: bool

    @property
    def is_on(self) -> bool:
        return self.value == 1


def trust_findings(machine: Machine, file: Path) -> Iterator[Finding]:
    """Look at every setting that keeps an add-in from running.

    Parameters
    ----------
    machine
        Whose registry is read.
    file
        The add-in, where it is or would be installed.
    """
    yield _all_addins(machine)
    yield _signatures(machine)
    yield from _managed(machine)
    is_trusted, location = _location(machine, file.parent)
    yield location
    yield _macros(machine, is_trusted=is_trusted)
    yield _internet(machine)
    yield from _app_locker(machine)


def _setting(machine: Machine, key: str, name: str, *, of_user: bool = True) -> _Setting:
    """A policy if there is one, else what the user chose. Names are read in any case."""
    for hive, root in POLICIES:
        value = _value(machine, hive, rf"{root}\{key}", name)
        if value is not None:
            return _Setting(value, True)
    value = _value(machine, "HKCU", rf"{_USER}\{key}", name) if of_user else None
    return _Setting(value, False)


def _value(machine: Machine, hive: Hive, key: str, name: str) -> Registered | None:
    for found, value in machine.values(hive, key).items():
        if found.casefold() == name.casefold():
            return value
    return None


def _all_addins(machine: Machine) -> Finding:
    setting = _setting(machine, r"Excel\Security", "DisableAllAddins")
    if not setting.is_on:
        return fine("addins", "Excel loads add-ins.")
    if setting.is_policy:
        told = f"A policy disables all add-ins of Excel (DisableAllAddins). {_ASK_IT}"
    else:
        told = (
            f"Excel loads no add-ins: under {_TRUST_CENTER} > Add-ins, untick "
            '"Disable all Application Add-ins".'
        )
    return wrong("addins", told)


def _signatures(machine: Machine) -> Finding:
    setting = _setting(machine, r"Excel\Security", "RequireAddinSig")
    always = _setting(machine, r"Common\Security", "RequireAlwaysOnMacroSig", of_user=False)
    if not setting.is_on and not always.is_on:
        return fine("signature", "Excel asks no signature of add-ins.")
    if setting.is_policy or always.is_on:
        name = "RequireAddinSig" if setting.is_on else "RequireAlwaysOnMacroSig"
        told = (
            f"A policy lets Excel load signed add-ins alone ({name}). Have your IT sign the "
            f"add-in with its certificate: {IT_PAGE} says how."
        )
    else:
        told = (
            f"Excel loads signed add-ins alone: under {_TRUST_CENTER} > Add-ins, untick "
            '"Require Application Add-ins to be signed by Trusted Publisher".'
        )
    return wrong("signature", told)


def _managed(machine: Machine) -> Iterator[Finding]:
    """The list of add-ins that an IT allows ("List of managed add-ins", excel16.admx)."""
    only = _setting(machine, r"Excel\Resiliency", "RestrictToList", of_user=False)
    listed = _setting(machine, r"Excel\Resiliency\AddinList", FILE_NAME, of_user=False).value
    if str(listed) == "0":
        told = f"A policy blocks {FILE_NAME} by its name (list of managed add-ins). {_ASK_IT}"
        yield wrong("managed", told)
    elif only.is_on and listed is None:
        told = (
            f"A policy lets Excel load only the add-ins of a list, and {FILE_NAME} is not on it. "
            f"Ask your IT to list it; show them {IT_PAGE}."
        )
        yield wrong("managed", told)


def _location(machine: Machine, folder: Path) -> tuple[bool, Finding]:
    key = r"Excel\Security\Trusted Locations"
    disabled = _setting(machine, key, "AllLocationsDisabled")
    of_user = _setting(
        machine, r"Common\Security\Trusted Locations", "Allow User Locations", of_user=False
    )
    if disabled.is_on or of_user.value == 0:
        if disabled.is_policy or of_user.is_policy:
            told = f'A policy takes the trust from Excel\'s start-up folder "{folder}". {_ASK_IT}'
        else:
            told = (
                f'Excel trusts no folder, so macros in "{folder}" are asked about or blocked: '
                f'under {_TRUST_CENTER} > Trusted Locations, untick "Disable all Trusted '
                'Locations".'
            )
        return False, wrong("trusted", told)
    is_remote = PureWindowsPath(folder).drive.startswith("\\\\")
    if is_remote and not _setting(machine, key, "AllowNetworkLocations").is_on:
        told = (
            f'The start-up folder "{folder}" is on a network, which Excel does not trust: under '
            f'{_TRUST_CENTER} > Trusted Locations, tick "Allow Trusted Locations on my network", '
            "or ask your IT."
        )
        return False, wrong("trusted", told)
    locations = list(_trusted(machine))
    if not locations:
        told = f'Excel trusts its start-up folder "{folder}" from its first start on.'
        return True, note("trusted", told)
    if any(_lies_in(folder, place, deep=deep) for place, deep in locations):
        return True, fine("trusted", f'Excel trusts its start-up folder "{folder}".')
    told = (
        f'The start-up folder "{folder}" is not among the trusted ones, so that macros in it are '
        f"asked about or blocked: under {_TRUST_CENTER} > Trusted Locations, add it."
    )
    return False, wrong("trusted", told)


def _trusted(machine: Machine) -> Iterator[tuple[str, bool]]:
    """The folders that Excel trusts, and whether those in them, too."""
    keys: list[tuple[Hive, str]] = [("HKCU", rf"{_USER}\Excel\Security\Trusted Locations")]
    for hive, root in POLICIES:
        keys += [
            (hive, rf"{root}\{part}\Security\Trusted Locations") for part in ("Excel", "Common")
        ]
    for hive, key in keys:
        for name in machine.subkeys(hive, key):
            place = _value(machine, hive, rf"{key}\{name}", "Path")
            if isinstance(place, str) and place:
                deep = _value(machine, hive, rf"{key}\{name}", "AllowSubFolders")
                yield _expanded(machine, place), deep == 1


def _expanded(machine: Machine, place: str) -> str:
    roaming = machine.roaming_folder()
    if roaming is not None:
        place = re.sub("%APPDATA%", lambda _: str(roaming), place, flags=re.IGNORECASE)
    return os.path.expandvars(place)


def _lies_in(folder: Path, place: str, *, deep: bool) -> bool:
    # Windows tells no case apart, and an entry ends in a backslash or not.
    own, trusted = PureWindowsPath(folder), PureWindowsPath(place)
    return own == trusted or (deep and own.is_relative_to(trusted))


def _macros(machine: Machine, *, is_trusted: bool) -> Finding:
    setting = _setting(machine, r"Excel\Security", "VBAWarnings")
    if setting.value not in (3, 4):
        return fine("macros", "Excel's macro settings do not block macros silently.")
    kind = "unsigned macros" if setting.value == 3 else "all macros"
    if is_trusted:
        told = (
            f"Excel disables {kind} without a word (VBAWarnings {setting.value}), except in "
            "trusted folders, where the add-in is."
        )
        return note("macros", told)
    if setting.is_policy:
        told = f"A policy disables {kind} (VBAWarnings {setting.value}). {_ASK_IT}"
    else:
        told = (
            f"Excel disables {kind} without a word: under {_TRUST_CENTER} > Macro Settings, choose "
            '"Disable VBA macros with notification".'
        )
    return wrong("macros", told)


def _internet(machine: Machine) -> Finding:
    setting = _setting(machine, r"Excel\Security", "BlockContentExecutionFromInternet")
    if setting.is_on:
        told = (
            "Excel blocks macros in files that come from the internet; the add-in is made on this "
            "machine, and whether it carries their mark is looked at apart."
        )
        return note("internet", told)
    return fine("internet", "No setting blocks macros in files of this machine.")


def _app_locker(machine: Machine) -> Iterator[Finding]:
    """Policies of AppLocker: Windows keeps them in SrpV2 (AppLocker settings, TechNet)."""
    kinds = [kind for kind in machine.subkeys("HKLM", _APP_LOCKER) if kind.lower() != "gp"]
    ruled = [kind for kind in kinds if machine.subkeys("HKLM", rf"{_APP_LOCKER}\{kind}")]
    if ruled:
        told = (
            f"AppLocker has rules for {', '.join(sorted(ruled))} here. If functions answer that "
            f"Python could not be started, ask your IT to allow the paths in {IT_PAGE}."
        )
        yield note("applocker", told)
