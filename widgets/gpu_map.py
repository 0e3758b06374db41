"""The GPU map: a line a node, each GPU a bar of its slices. It shows ``NodeRow`` values and knows no cluster."""

from typing import Unpack

from widgets.line_list import LineList
from widgets.map_drawing import MapDrawing
from widgets.options import WidgetOptions
from widgets.rows import NodeRow


class GpuMap(LineList[NodeRow]):
    """See ``LineList`` for keys, messages and how rows are set; sort columns are those of ``gpu_layout``."""

    def __init__(self, **options: Unpack[WidgetOptions]) -> None:
        super().__init__(MapDrawing(), **options)
