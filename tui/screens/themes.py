"""The themes of ``config/themes.toml`` as Textual's."""

from textual.theme import Theme

from config.palette import Palette, palettes

# Textual's styles name these in a terminal's own colours, and a theme without them ends the app.
_ANSI_DARK = {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
_ANSI_LIGHT = {"ansi-background": "ansi_white", "ansi-foreground": "ansi_black"}


def textual_themes() -> list[Theme]:
    """One for each palette, with the slice colours as variables ``slice-0`` to ``slice-15``."""
    return [_theme(entry) for entry in palettes()]


def theme_names() -> tuple[str, ...]:
    """In the order in which the theme key walks through them."""
    return tuple(entry.name for entry in palettes())


def _theme(entry: Palette) -> Theme:
    variables = {f"slice-{place}": colour for place, colour in enumerate(entry.slices)}
    if entry.ansi:
        variables |= _ANSI_DARK if entry.dark else _ANSI_LIGHT
    return Theme(
        name=entry.name,
        primary=entry.primary,
        secondary=entry.secondary,
        accent=entry.accent,
        foreground=entry.foreground,
        background=entry.background,
        surface=entry.surface,
        panel=entry.panel,
        success=entry.success,
        warning=entry.warning,
        error=entry.error,
        dark=entry.dark,
        ansi=entry.ansi,
        variables=variables,
    )
