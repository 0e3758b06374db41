"""The header and the states of panels: where figures come from, how old they are, what to do when they stop."""

from datetime import datetime

from tui.model.snapshot import Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.present import format as fmt
from widgets.rows import LIVE, BadgeState, Cell, HeaderView, PanelPhase, PanelState, SourceBadge, Tone

MAIN_SOURCES = ("prometheus", "kubernetes", "runai")
_OLD_AFTER_SECONDS = 5.0  # below this, a poll that is under way looks no older than it is


def header_view(
    snapshot: Snapshot, now: float, *, screen: str, profile: str, flags: tuple[str, ...] = (), public: bool = False
) -> HeaderView:
    """The top line. A source that is not configured is left out; one not yet heard of is not drawn as an answer.

    ``public``: for a big screen, without who is logged in and how.
    """
    return HeaderView(
        cluster=_cluster_name(snapshot, public),
        profile=profile if profile != "default" and not public else "",
        screen=screen,
        badges=tuple(_badge(snapshot.sources[name], now) for name in MAIN_SOURCES if _is_shown(snapshot, name)),
        flags=tuple(Cell(flag, Tone.WARN) for flag in flags),
        clock=datetime.fromtimestamp(now).astimezone().strftime("%H:%M:%S"),
    )


def _cluster_name(snapshot: Snapshot, public: bool) -> str:
    """The context; for every eye only what follows its user (``admin@era``) or its account (``arn:.../era``)."""
    name = snapshot.cluster.context or snapshot.cluster.name
    return name.rpartition("@")[2].rpartition("/")[2] if public else name


def _is_shown(snapshot: Snapshot, name: str) -> bool:
    status = snapshot.sources.get(name)
    return status is not None and (status.state is not SourceState.ABSENT or name == "prometheus")


def _badge(status: SourceStatus, now: float) -> SourceBadge:
    age = status.age_seconds(now)
    text = status.state.value
    if status.state is SourceState.LIVE:
        text = fmt.age(age) if status.name == "prometheus" and age is not None else ""
    elif status.state is SourceState.STALE:
        text = f"stale {fmt.age(age)}"
    return SourceBadge(status.name, BadgeState(status.state.value), text)


def trouble(snapshot: Snapshot, now: float, *, public: bool = False) -> Cell | None:
    """One clear line about the source that most needs a hand; ``None`` when all is well.

    ``public`` leaves out details: they quote addresses and users.
    """
    order = (SourceState.FAILED, SourceState.DENIED, SourceState.STALE)
    main = [snapshot.sources[name] for name in MAIN_SOURCES if name in snapshot.sources]
    parts = [s for _, s in sorted(snapshot.sources.items()) if _costs_figures(s)]
    for status in sorted(main, key=lambda s: order.index(s.state) if s.state in order else 9):
        if status.state in order:
            tone = Tone.BAD if status.state is SourceState.FAILED else Tone.WARN
            return Cell(_trouble_text(status, now) + ("" if public else f": {status.detail}"), tone)
    if parts and not public:
        more = f" (and {len(parts) - 1} more, see 9)" if len(parts) > 1 else ""
        return Cell(f"{parts[0].name}: {parts[0].detail}{more}", Tone.WARN)
    return None


def _costs_figures(status: SourceStatus) -> bool:
    """A kind that may not be read, or a query that is refused, of a source that is live otherwise."""
    source, slash, _ = status.name.partition("/")
    if not slash:
        return False
    if source == "prometheus":
        return status.state in (SourceState.DENIED, SourceState.FAILED, SourceState.STALE)
    return status.state is SourceState.DENIED


def _trouble_text(status: SourceStatus, now: float) -> str:
    age = status.age_seconds(now)
    since = f", last good answer {fmt.age(age)} ago" if age is not None and status.state is not SourceState.LIVE else ""
    return f"{status.name} {status.state.value}{since}"


def panel_state(snapshot: Snapshot, now: float, *, needs: tuple[str, ...], rows: int, empty: str) -> PanelState:
    """The state of a panel that lives on ``needs`` (source names, any of which is enough) and has ``rows`` rows."""
    known = [snapshot.sources[name] for name in needs if name in snapshot.sources]
    if any(status.state is SourceState.LIVE for status in known):
        return LIVE if rows else PanelState(PanelPhase.EMPTY, empty)
    if len(known) < len(needs):
        if rows:
            return LIVE
        return PanelState(PanelPhase.LOADING, "waiting for " + ", ".join(n for n in needs if n not in snapshot.sources))
    stale = [status for status in known if status.state is SourceState.STALE]
    if stale:
        ages = [age for status in stale if (age := status.age_seconds(now)) is not None]
        return PanelState(PanelPhase.STALE, stale[0].detail, fmt.age(min(ages, default=None)))
    worst = next((status for status in known if status.state is not SourceState.ABSENT), known[0])
    return PanelState(PanelPhase.FAILED, f"{worst.name} {worst.state.value}", remedy=worst.detail)


def count_badge(count: int) -> str:
    """``②`` and its like, plain from 21; nothing for none."""
    if count <= 0:
        return ""
    return chr(ord("①") + count - 1) if count <= 20 else str(count)
