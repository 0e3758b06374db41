"""Heavy libraries are imported late and on source threads; two threads in one import meet half-made modules.

``kubernetes`` and ``prometheus_api_client`` both pull in ``requests``, which imports itself in a circle: whoever comes
second, by another door, finds it half initialised. One lock around every first import keeps them apart.
"""

import importlib
import threading

_LOCK = threading.RLock()


def import_whole(*names: str) -> None:
    """Import each module to its end before any other thread may begin; afterwards a plain import statement is safe."""
    with _LOCK:
        for name in names:
            importlib.import_module(name)
