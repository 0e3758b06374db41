"""A feed whose installation the test decides on, and when it is read."""

from dataclasses import replace
from threading import Event

from tests.diagnose.installations import healthy, setting
from tests.screens.stage import SETTINGS, Deck, FakeFeed
from tui.model.installation import Installation
from tui.screens.preflight import PreflightScreen

SHORT, MISSPELT = "600s", "kubernetes.podspec-schedulename"


def troubled() -> Installation:
    """Two settings are wrong, no Secret is there, the domain and a placement warn, what is hidden is unknown."""
    plain = healthy()
    features = dict(plain.config_maps[setting("config-features")] or {})
    features[MISSPELT] = features.pop("kubernetes.podspec-schedulername")
    maps = {
        **plain.config_maps,
        setting("config-features"): features,
        setting("config-deployment"): {"progress-deadline": SHORT},
        setting("config-domain"): {},
    }
    assert plain.control_plane is not None and plain.control_plane.node_pools is not None
    pools = (replace(plain.control_plane.node_pools[0], name="default", gpu_placement="binpack"),)
    return replace(
        plain,
        control_plane=replace(plain.control_plane, node_pools=pools),
        config_maps=maps,
        secrets={**plain.secrets, "runai-test": (), "runai-team": ()},
        ingress_classes=None,
        unknown={"ingress_classes": "hidden: needs the right to list ingressclasses.networking.k8s.io"},
    )


class PreflightFeed(FakeFeed):
    """``facts`` is what is read, or why it can't be; ``None`` as of a recording. ``gate`` holds a reading until it is
    opened."""

    def __init__(self, facts: Installation | Exception | None, *, read_only: bool = False) -> None:
        super().__init__(settings=replace(SETTINGS, read_only=read_only))
        self.facts = facts
        self.gate = Event()
        self.gate.set()
        self.asked: list[str | None] = []
        plain = healthy().config_maps
        for key in (setting("config-features"), setting("config-deployment")):
            self.objects["configmaps", key] = {
                "kind": "ConfigMap",
                "metadata": {"name": key.name, "namespace": key.namespace, "resourceVersion": "7"},
                "data": {"_example": "pages of it", **(plain[key] or {})},
            }
        self.objects["configmaps", setting("config-deployment")]["data"]["progress-deadline"] = SHORT  # type: ignore[index]

    def installation(self, project: str | None = None) -> Installation | None:
        self.asked.append(project)
        assert self.gate.wait(10)
        if isinstance(self.facts, Exception):
            raise self.facts
        return self.facts

    def stop(self) -> None:
        self.gate.set()
        super().stop()


async def opened(on: Deck) -> PreflightScreen:
    """The screen, once something was read."""
    await on.press("7")
    screen = on.app.screen
    assert isinstance(screen, PreflightScreen)
    await on.until(lambda: bool(screen.checks))
    await on.pilot.pause()
    return screen
