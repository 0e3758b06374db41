"""Which exporters this cluster has and what its labels are called: sites differ, and clients must cope."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LabelShape:
    """One site's choices.

    ``exported``: scraped through a ServiceMonitor with ``honorLabels: false``, so that DCGM's ``pod`` becomes
    ``exported_pod`` and ``pod`` names the exporter. Otherwise a plain scrape configuration: target labels are ``job``
    and ``instance`` alone.
    """

    host: Literal["Hostname", "hostname"] = "Hostname"
    uuid: Literal["UUID", "uuid"] = "UUID"
    exported: bool = False
    dcgm: bool = True
    kube_state: bool = True
    runai: bool = True
