"""The one error of settings: a line for the operator, never a traceback."""


class SettingsError(Exception):
    """Bad settings. ``str`` is one line: where (file and line, variable or flag), key, value and the mend."""
