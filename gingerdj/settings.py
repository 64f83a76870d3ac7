"""Which settings module a process uses, and one clear error when it can use none.

In order of precedence: `--settings`, GINGER_SETTINGS_MODULE, DJANGO_SETTINGS_MODULE, the project's own default.
The choice is written to both variables: Django reads the second one, and child processes inherit both.

A project states its default with `os.environ.setdefault(...)` after its import of gingerdj, as Django's template
does, on either variable. What the environment says must win over that, also when it says it in the other variable.
So importing this module copies a variable that stands alone to the other one: `setdefault` then finds it set.
"""

import os
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

GINGER = "GINGER_SETTINGS_MODULE"
DJANGO = "DJANGO_SETTINGS_MODULE"
VARIABLES = (GINGER, DJANGO)  # the first one wins


class SettingsError(ImproperlyConfigured):
    """No settings module can be used: none is named, two are, or the one named does not exist."""


class VariableError(SettingsError):
    """A settings module and the environment of the process do not go together.

    Raised by the settings that `startproject` writes. A command shows it in one line.
    """


@dataclass(frozen=True)
class Choice:
    """A settings module and what named it."""

    source: str  # "--settings" or the name of a variable
    module: str  # dotted path

    def __str__(self) -> str:
        return f"{self.source} is {self.module!r}"


# What this module wrote last, by variable: a copy of the other one, which states nothing until somebody changes it.
_copies: dict[str, str] = {}


def select(option: str | None = None) -> Choice | None:
    """Choose the settings module, write it to both variables and return it, or None when nothing names one.

    `option` is the value of `--settings`.
    Raises SettingsError when the two variables differ and no option decides, and for a path that starts with a dot.
    """
    choices = [Choice("--settings", option)] if option else _stated()
    if not choices:
        return None
    choice = choices[0]
    if any(other.module != choice.module for other in choices):
        raise different(*choices)
    if choice.module.startswith("."):
        raise missing(choice, "a path that starts with a dot is relative to nothing here")
    _write(choice)
    return choice


def load() -> None:
    """Choose the settings module and import it, unless Django has its settings already.

    Raises SettingsError when no module is named, two are, or the one named does not exist.
    An error inside the module passes as it is.
    """
    choice = select()
    if settings.configured:
        return
    if choice is None:
        raise unset()
    try:
        settings.INSTALLED_APPS  # noqa: B018 - the first look at any setting imports the module
    except ModuleNotFoundError as error:
        if is_missing(choice, error):
            raise missing(choice, error) from None
        raise


def for_development(module: str, *variables: str) -> None:
    """Refuse to run with this settings module where the environment has one of these variables, as in production.

    A module may import it nevertheless, as that of production does. Raises gingerdj.settings.VariableError.
    """
    found = " and ".join(name for name in variables if name in os.environ)
    if found and os.environ.get(DJANGO) == module:
        raise VariableError(
            f"The environment has {found}, as in production, but {module} is for development. "
            f"Set {GINGER}={module}_production, or unset {found}."
        )


def is_missing(choice: Choice, error: ModuleNotFoundError) -> bool:
    """Tell whether what Python did not find is the settings module or its package, not something that it imports."""
    return f"{choice.module}.".startswith(f"{error.name}.")


def missing(choice: Choice, reason: ModuleNotFoundError | str) -> SettingsError:
    """Return the error for a module that does not exist."""
    return SettingsError(
        f"{choice}, which Python does not find: {reason}. "
        "Give the dotted path of a settings module, such as mysite.settings, without slash and without .py. "
        f"If that is what it is, set PYTHONPATH to the folder that holds {choice.module.partition('.')[0]!r}."
    )


def different(first: Choice, second: Choice) -> SettingsError:
    """Return the error for two variables that name two modules."""
    return SettingsError(
        f"{first} and {second}: a process has one settings module. "
        "Unset one of the two variables, or give both the same value. "
        "If a file of the project sets one of them as a default, let it import gingerdj first: "
        "its os.environ.setdefault() then gives way to the environment."
    )


def unset() -> SettingsError:
    """Return the error for a process that nothing names a module for."""
    return SettingsError(
        f"No settings module: {GINGER} and {DJANGO} are both unset or empty. "
        f"Set one of them to the dotted path of a settings module, for example {GINGER}=mysite.settings."
    )


def _stated() -> list[Choice]:
    """Return what the variables say, highest precedence first; an empty one or a copy says nothing."""
    values = ((name, os.environ.get(name)) for name in VARIABLES)
    return [Choice(name, value) for name, value in values if value and _copies.get(name) != value]


def _write(choice: Choice) -> None:
    """Write the choice to both variables."""
    for name in VARIABLES:
        if choice.source in VARIABLES and os.environ.get(name) != choice.module:
            _copies[name] = choice.module
        os.environ[name] = choice.module


def _keep_ahead_of_defaults() -> None:
    """Copy a variable that stands alone to the other one."""
    choices = _stated()
    if len(choices) == 1:
        _write(choices[0])


_keep_ahead_of_defaults()
