"""Recording without a screen: snapshots into a file until the time is over or Ctrl-C comes."""

import threading
import time
from pathlib import Path

from config.rate import refresh_seconds
from config.settings import Settings
from tui.cli.exits import BAD_INPUT, DONE, ExitError, complain
from tui.cli.watching import first_snapshot, watched
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.store.record import Recorder, RecordError


def record(path: Path, settings: Settings, duration_seconds: float | None) -> int:
    """Record to the new file ``path``; ``duration_seconds`` None: until Ctrl-C, which leaves a whole file too."""
    with watched(settings) as session:
        snapshot = first_snapshot(session, settings)
        ended = threading.Event()
        troubles: list[RecordError] = []
        started = time.monotonic()
        try:
            with Recorder(path, refresh_seconds(settings.screen)) as recorder:
                recorder.write(snapshot)

                def write(new: Snapshot, _: SnapshotDiff) -> None:
                    """On the store's thread, the only one that writes from here on."""
                    try:
                        recorder.write(new)
                    except RecordError as error:
                        troubles.append(error)
                        ended.set()

                forget = session.on_change(write)
                try:  # from here on, so that a Ctrl-C that answers the line finds us ready
                    complain(f"recording to {path}; Ctrl-C ends it")
                    ended.wait(duration_seconds)
                finally:
                    forget()
                    session.stop()  # before the file closes: nothing may write to it any more
                    recorder.close()
                    complain(
                        f"{path}: {recorder.frames} pictures in {time.monotonic() - started:.0f} s, "
                        f"{recorder.bytes_written / 1e6:.1f} MB; play them with nimdeck replay {path}"
                    )
        except RecordError as error:
            raise ExitError(BAD_INPUT, str(error)) from None
    if troubles:
        raise ExitError(BAD_INPUT, str(troubles[0]))
    return DONE
