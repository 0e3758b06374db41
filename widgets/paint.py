"""From roles to terminal styles: the one place that turns a ``Tone`` or a slice's colour into what Rich paints.

Tones are component classes, so a theme or a stylesheet sets them. The sixteen slice colours are the theme variables
``slice-0`` to ``slice-15``; a theme that has none gets the palette below. It decides no meaning: letters do.
"""

from dataclasses import dataclass

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from widgets.rows import Tone

SLICE_COLOURS = 16
_DARK = (
    "#5fafff", "#ffaf5f", "#87d787", "#d787d7", "#5fd7d7", "#ff8787", "#d7d75f", "#af87ff",
    "#5fd7af", "#ff87af", "#87afd7", "#d7af87", "#afd75f", "#8787ff", "#d7afd7", "#ffd787",
)  # fmt: skip
_LIGHT = (
    "#005faf", "#af5f00", "#00875f", "#87008f", "#00777f", "#af0000", "#6f6f00", "#5f00af",
    "#007f4f", "#af005f", "#3f5f8f", "#875f2f", "#4f7f00", "#3f3fbf", "#7f4f7f", "#8f6f00",
)  # fmt: skip
_ANSI = (
    "ansi_bright_blue", "ansi_bright_yellow", "ansi_bright_green", "ansi_bright_magenta", "ansi_bright_cyan",
    "ansi_bright_red", "ansi_blue", "ansi_yellow", "ansi_green", "ansi_magenta", "ansi_cyan", "ansi_red",
    "ansi_bright_blue", "ansi_bright_green", "ansi_bright_magenta", "ansi_bright_cyan",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paint:
    """Ready styles of one widget in one theme. ``slices`` and ``curves`` hold one style a colour index."""

    base: Style
    tones: dict[Tone, Style]
    slices: tuple[Style, ...]  # a held part of a bar: tinted ground, strong letter
    curves: tuple[Style, ...]  # letters and lines on the plain ground
    fault: Style  # claimed twice
    found: Style  # a match of a search

    def slice(self, colour: int) -> Style:
        return self.slices[colour % SLICE_COLOURS]

    def curve(self, colour: int) -> Style:
        return self.curves[colour % SLICE_COLOURS]


class Painted(Widget):
    """A widget that draws its own lines by tone. Subclasses ask ``self.paint`` and ``self.cursor_paint``.

    Textual follows one base class for default styles: where this comes first, a second one's have to be said again.
    """

    COMPONENT_CLASSES = {f"paint--{tone.value}" for tone in Tone} | {"paint--cursor", "paint--fault", "paint--found"}

    DEFAULT_CSS = """
    Painted {
        & > .paint--dim { color: $text-muted; }
        & > .paint--good { color: $text-success; }
        & > .paint--warn { color: $text-warning; text-style: bold; }
        & > .paint--bad { color: $text-error; text-style: bold; }
        & > .paint--accent { color: $text-accent; }
        & > .paint--title { color: $text-primary; text-style: bold; }
        & > .paint--strong { text-style: bold; }
        & > .paint--cursor { background: $primary 30%; text-style: bold; }
        & > .paint--fault { color: $text-error; text-style: bold reverse; }
        & > .paint--found { text-style: reverse; }
    }
    """

    _paints: tuple[Paint, Paint] | None = None

    @property
    def paint(self) -> Paint:
        return self._both_paints()[0]

    @property
    def cursor_paint(self) -> Paint:
        """The same on the ground of the cursor's line."""
        return self._both_paints()[1]

    def notify_style_update(self) -> None:
        self._paints = None
        super().notify_style_update()
        self.repainted()

    def repainted(self) -> None:
        """Called when styles may have changed: drop what was drawn with the old ones."""

    def _both_paints(self) -> tuple[Paint, Paint]:
        if self._paints is None:
            ground = self.background_colors[1]
            base = self.visual_style.rich_style
            cursor = base + self._part("cursor", ground)
            if _is_ansi(self.get_component_styles("paint--cursor").background, ground):
                # Sixteen colours leave no quiet ground: the line is reversed, its slices become blocks.
                self._paints = (self._mix(base, ground), self._mix(base + Style(reverse=True, bold=True), ground))
            else:
                lit = ground + self.get_component_styles("paint--cursor").background
                self._paints = (self._mix(base, ground), self._mix(cursor, lit))
        return self._paints

    def _mix(self, base: Style, ground: Color) -> Paint:
        tones = {tone: base + self._part(tone.value, ground) for tone in Tone}
        slices, curves = [], []
        for colour in slice_colours(self):
            letter = base + Style.from_color(colour.rich_color)
            curves.append(letter)
            slices.append(letter if _is_ansi(colour, ground) else letter + _tint(colour, ground))
        fault, found = base + self._part("fault", ground), base + self._part("found", ground)
        return Paint(base, tones, tuple(slices), tuple(curves), fault, found)

    def _part(self, name: str, ground: Color) -> Style:
        """A component's own colours and text style, blended on the ground; nothing that it only inherits."""
        styles = self.get_component_styles(f"paint--{name}")
        style = styles.text_style if styles.has_rule("text_style") else Style()
        if styles.has_rule("color"):
            colour = styles.color
            if styles.has_rule("auto_color") and styles.auto_color:
                colour = ground.get_contrast_text(colour.a)
            style += _over(ground, colour)
        if styles.has_rule("background") and styles.background.a:
            colour = styles.background
            style += Style.from_color(bgcolor=(colour if _is_ansi(colour, ground) else ground + colour).rich_color)
        return style


def slice_colours(widget: Widget) -> tuple[Color, ...]:
    """The sixteen colours of the present theme."""
    variables = widget.app.theme_variables
    theme = widget.app.current_theme
    fallback = _ANSI if theme.ansi else _DARK if theme.dark else _LIGHT
    return tuple(Color.parse(variables.get(f"slice-{place}", fallback[place])) for place in range(SLICE_COLOURS))


def _over(ground: Color, colour: Color) -> Style:
    if _is_ansi(colour, ground):
        return Style.from_color(colour.rich_color) + (Style(dim=True) if colour.a < 1 else Style())
    return Style.from_color((ground + colour).rich_color)


def _is_ansi(colour: Color, ground: Color) -> bool:
    return colour.ansi is not None or ground.ansi is not None


def _tint(colour: Color, ground: Color) -> Style:
    return Style.from_color(bgcolor=ground.blend(colour, 0.28).rich_color)
