"""Makes a ``Cause`` from its code: words from the catalogue, evidence from who found it. Looks at no cluster."""

import shlex
from collections.abc import Iterable, Mapping

from config.causes import causes
from tui.model.cause import Cause, Confidence, Evidence, Remedy


def cause(
    code: str,
    *,
    evidence: Iterable[Evidence] = (),
    remedies: Iterable[Remedy] = (),
    source: str = "snapshot",
    confidence: Confidence = "certain",
    detail: str = "",
    **filled: str | None,
) -> Cause:
    """The cause of this code (``KeyError``: the catalogue has no such code).

    ``remedies`` fit this very case and come first, then the catalogue's. ``filled`` are the places of its command
    (``namespace``, ``pod``, ``workload``, ``project``, ``node``); without all that it needs there is no command.
    ``detail`` is what this very case is about.
    """
    entry = causes()[code]
    general = Remedy(entry.remedy, command=_command(entry.command, filled))
    return Cause(
        code=code,
        title=entry.title,
        evidence=tuple(evidence),
        remedies=(*remedies, general),
        source=source,
        confidence=confidence,
        guide=entry.guide,
        fault=entry.fault,
        detail=detail,
    )


def _command(template: str | None, filled: Mapping[str, str | None]) -> str | None:
    """The command ready to be pasted into a shell: whatever a cluster calls its things, it stays one word."""
    if template is None:
        return None
    known = {name: shlex.quote(value) for name, value in filled.items() if value}
    try:
        return template.format_map(known)
    except KeyError:
        return None
