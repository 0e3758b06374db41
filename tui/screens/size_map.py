"""The packing of a sizing on GPUs: a line a server, letters on bars. Colours repeat the letters, nothing more."""

from collections.abc import Sequence

from rich.style import Style

from tui.present.size import PackedServers
from widgets.drawn import Drawn, Line, Piece
from widgets.gpu_bar import Run, bar_runs
from widgets.rows import SegmentKind, Tone

_LEAST, _MOST = 2, 12
_GAP = 1


class SizeMap(Drawn):
    """Shows ``set_servers``; a server of many GPUs takes several lines."""

    DEFAULT_CSS = """
    SizeMap { height: auto; margin: 1 0; }
    """

    _servers: tuple[PackedServers, ...] = ()

    def set_servers(self, servers: Sequence[PackedServers]) -> None:
        """Draw these; nothing at all where there are none."""
        self.display = bool(servers)
        if tuple(servers) != self._servers:
            self._servers = tuple(servers)
            self.redraw(layout=True)

    def draw(self, width: int, height: int) -> list[Line]:
        names = max((len(server.name) for server in self._servers), default=0) + 2
        room = max(_LEAST, width - names - 2)
        return [line for server in self._servers for line in self._server(server, names, room)]

    def _server(self, server: PackedServers, names: int, room: int) -> list[Line]:
        bar = min(_MOST, max(_LEAST, room // max(1, len(server.gpus)) - _GAP))
        across = max(1, room // (bar + _GAP))
        lines: list[Line] = []
        for at in range(0, len(server.gpus), across):
            pieces = [Piece(f" {server.name if not at else '':<{names}}", self.paint.tones[Tone.DIM])]
            for gpu in server.gpus[at : at + across]:
                pieces += [Piece(run.text, self._style(run)) for run in bar_runs(gpu, bar)]
                pieces.append(Piece(" " * _GAP, self.paint.base))
            lines.append(pieces)
        return lines

    def _style(self, run: Run) -> Style:
        return self.paint.slice(run.colour) if run.kind is SegmentKind.HELD else self.paint.tones[Tone.DIM]
