"""The machines: which nodes there are and which physical GPUs sit in them. Stable by seed."""

from dataclasses import dataclass

from tui.demo.world.naming import Names

GPU_MODEL = "NVIDIA H100 NVL"
GPU_PRODUCT = "NVIDIA-H100-NVL"
GPU_MEMORY_MIB = 95830
MAX_NODES = 5000
MAX_GPUS = 16
_PCI_BUSES = ("19", "3B", "9B", "CB", "4C", "5D", "AB", "DB", "1A", "3C", "9C", "CC", "4D", "5E", "AC", "DC")


@dataclass(frozen=True, slots=True)
class GpuHardware:
    """One physical GPU."""

    node: str
    index: int
    uuid: str
    pci_bus_id: str


def node_names(count: int) -> list[str]:
    """node001, node002, ...; wider numbers from 1,000 nodes on so that they sort."""
    width = max(3, len(str(count)))
    return [f"node{number:0{width}d}" for number in range(1, count + 1)]


def gpus_of(names: Names, node: str, count: int) -> tuple[GpuHardware, ...]:
    return tuple(
        GpuHardware(node, index, f"GPU-{names.uuid('gpu', node, index)}", f"00000000:{_PCI_BUSES[index]}:00.0")
        for index in range(count)
    )
