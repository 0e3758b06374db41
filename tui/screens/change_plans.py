"""Plans for a review: reads the objects that workloads stand for and makes the changes. Runs in the review's thread."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from tui.launch import change as changes
from tui.launch.expose import PASSES_BY, by_passes_knative, endpoints, expose_changes, expose_manifest, wait_address
from tui.launch.kinds import CannotChange, Target, resource_of
from tui.launch.plan import Existing
from tui.model.clock import SystemClock
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.model.workload import Workload
from tui.present import changes as present
from tui.present.changes import Step
from tui.session import Feed
from tui.sources.kubernetes.errors import Forbidden, KubeError
from tui.sources.writing import WriteError

ADDRESS_SECONDS = 60.0
Make = Callable[[Target, Workload], tuple[Sequence[Change], tuple[str, ...]]]


def each(feed: Feed, workloads: Sequence[Workload], make: Make) -> list[Step]:
    """The steps of ``make`` for every workload; one that can't be changed is told and stops no other."""
    return [step for workload in workloads for step in _steps(feed, workload, make)]


def _steps(feed: Feed, workload: Workload, make: Make) -> Iterator[Step]:
    subject, key = f"{workload.key.kind} {workload.key}", ObjectKey(workload.key.namespace, workload.key.name)
    try:
        made, means = make(read_target(feed, workload), workload)
    except (CannotChange, KubeError) as error:
        says = str(error).removeprefix(subject).lstrip(": ")
        yield Step(subject, state="refused", says=says, key=key)
        return
    if not made:
        yield Step(subject, means=means, state="nothing", says="it is so already", key=key)
    for number, change in enumerate(made):
        yield Step(workload.key.name, change, (*means, *present.theirs(change)) if number == 0 else ())


def read_target(feed: Feed, workload: Workload) -> Target:
    """The object as it is now. Raises ``CannotChange`` and ``KubeError``."""
    key = workload.key
    resource = resource_of(key.kind)
    body = feed.object(resource, ObjectKey(key.namespace, key.name))
    if body is None:
        raise CannotChange(f"{key.kind} {key}: it is gone")
    return Target(key, resource, body)


def existing_of(feed: Feed) -> Existing:
    """What is there. What may not be read is taken as not there: then the server says if it is."""

    def existing(resource: str, key: ObjectKey) -> JsonObject | None:
        try:
            return feed.object(resource, key)
        except Forbidden:
            return None

    return existing


def author_of(feed: Feed) -> str:
    """Who is noted as the maker; nobody where that can't be told."""
    with suppress(WriteError, OSError):
        return feed.writer.who() if feed.writer is not None else ""
    return ""


# -- what can be done with a workload ---------------------------------------------------------------------------------


def scaling(minimum: int | None, maximum: int | None) -> Make:
    def make(target: Target, workload: Workload) -> tuple[Sequence[Change], tuple[str, ...]]:
        return changes.scale(target, minimum, maximum), present.scale_means(workload, minimum, maximum)

    return make


def suspending(target: Target, workload: Workload) -> tuple[Sequence[Change], tuple[str, ...]]:
    """Suspend it, or resume what is suspended."""
    if changes.is_suspended(target):
        return (changes.resume(target),), present.resume_means(workload)
    return (changes.suspend(target),), present.suspend_means(workload)


def deleting(feed: Feed) -> Make:
    def make(target: Target, workload: Workload) -> tuple[Sequence[Change], tuple[str, ...]]:
        made = (changes.delete(target), *changes.companions(target, existing_of(feed)))
        return made, present.delete_means(workload)

    return make


def exposing(feed: Feed) -> Make:
    def make(target: Target, workload: Workload) -> tuple[Sequence[Change], tuple[str, ...]]:
        existing = existing_of(feed)
        made = expose_changes(target, existing, author=author_of(feed))
        means = [PASSES_BY] if by_passes_knative(target) else []
        ways = {way.way: way for way in endpoints(target, workload.endpoint, existing)}
        if way := ways.get("load-balancer"):
            means.append(f"it has this address already: {way.url}")
        if way := ways.get("gateway"):
            means.append(f"Knative's own way, which the autoscaler sees: {way.url} with the header Host: {way.host}")
        elif by_passes_knative(target) and (way := ways.get("address")):
            host = urlsplit(way.url).hostname or ""
            header = f", or at the gateway with the header Host: {host}" if any(map(str.isalpha, host)) else ""
            means.append(f"Knative's own way, which the autoscaler sees: {way.url}{header}")
        return made, tuple(means)

    return make


def address(feed: Feed, workload: Workload) -> Callable[[threading.Event], tuple[str, ...]]:
    """What follows an exposure: the wait for the address."""

    def follow(halt: threading.Event) -> tuple[str, ...]:
        existing = existing_of(feed)
        manifest = expose_manifest(read_target(feed, workload), existing)

        def get() -> JsonObject | None:
            if halt.is_set():
                raise ValueError("no longer waiting for an address; the Service stays")
            return existing(manifest.resource, manifest.key)

        url = wait_address(get, ADDRESS_SECONDS, SystemClock(), halt.wait)
        if url is None:
            why = f"{manifest} has no address after {ADDRESS_SECONDS:g} s: is there a load balancer, such as MetalLB?"
            return (why,)
        return (f"{workload.key.name} is served at {url}",)

    return follow
