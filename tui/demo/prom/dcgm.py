"""The DCGM exporter: what it would print for each GPU of the simulated cluster."""

from hashlib import blake2s

from tui.demo.prom.exposition import Family, Row, Sheet
from tui.demo.prom.shape import LabelShape
from tui.demo.telemetry import GpuSample, Telemetry

DRIVER_VERSION = "550.90.07"

_FAMILIES = (
    Family("DCGM_FI_DEV_SM_CLOCK", "SM clock frequency (in MHz)."),
    Family("DCGM_FI_DEV_MEM_CLOCK", "Memory clock frequency (in MHz)."),
    Family("DCGM_FI_DEV_MEMORY_TEMP", "Memory temperature (in C)."),
    Family("DCGM_FI_DEV_GPU_TEMP", "GPU temperature (in C)."),
    Family("DCGM_FI_DEV_POWER_USAGE", "Power draw (in W)."),
    Family("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "Total energy consumption since boot (in mJ).", "counter"),
    Family("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "Total number of PCIe retries.", "counter"),
    Family("DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %)."),
    Family("DCGM_FI_DEV_MEM_COPY_UTIL", "Memory utilization (in %)."),
    Family("DCGM_FI_DEV_ENC_UTIL", "Encoder utilization (in %)."),
    Family("DCGM_FI_DEV_DEC_UTIL", "Decoder utilization (in %)."),
    Family("DCGM_FI_DEV_XID_ERRORS", "Value of the last XID error encountered."),
    Family("DCGM_FI_DEV_FB_FREE", "Framebuffer memory free (in MiB)."),
    Family("DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB)."),
    Family("DCGM_FI_DEV_FB_RESERVED", "Framebuffer memory reserved (in MiB)."),
    Family("DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "Total number of NVLink bandwidth counters for all lanes.", "counter"),
    Family("DCGM_FI_DEV_VGPU_LICENSE_STATUS", "vGPU License status"),
    Family("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "Number of remapped rows for uncorrectable errors", "counter"),
    Family("DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", "Number of remapped rows for correctable errors", "counter"),
    Family("DCGM_FI_DEV_ROW_REMAP_FAILURE", "Whether remapping of rows has failed"),
    Family("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "Ratio of time the graphics engine is active."),
    Family("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "Ratio of cycles the tensor (HMMA) pipe is active."),
    Family(
        "DCGM_FI_PROF_DRAM_ACTIVE", "Ratio of cycles the device memory interface is active sending or receiving data."
    ),
    Family("DCGM_FI_PROF_PCIE_TX_BYTES", "The rate of data transmitted over the PCIe bus."),
    Family("DCGM_FI_PROF_PCIE_RX_BYTES", "The rate of data received over the PCIe bus."),
)

_RESERVED_MIB = 620.0
_JOULES_SINCE_BOOT = 9.0e6


class DcgmExporter:
    """Sheets of all GPUs. Rows are kept between calls for as long as the GPU's labels stay the same."""

    def __init__(self, telemetry: Telemetry, shape: LabelShape) -> None:
        self._telemetry = telemetry
        self._shape = shape
        self._rows: dict[tuple[object, ...], Row] = {}
        self._energy: dict[str, tuple[float, float]] = {}

    def sheets(self, at: float) -> list[Sheet]:
        """All GPUs at ``at`` (unix seconds; the energy counter runs on it)."""
        rows: list[Row] = []
        values: list[tuple[float, ...]] = []
        kept: dict[tuple[object, ...], Row] = {}
        for gpu in self._telemetry.gpus():
            identity = (gpu.node, gpu.index, gpu.uuid, gpu.pod, gpu.mig_instance)
            row = kept[identity] = self._rows.get(identity) or Row(self._labels(gpu), gpu.node)
            rows.append(row)
            values.append(self._values(gpu, at))
        self._rows = kept
        return [Sheet(_FAMILIES, rows, values)] if rows else []

    def _labels(self, gpu: GpuSample) -> dict[str, str]:
        labels = {
            "gpu": str(gpu.index),
            self._shape.uuid: gpu.uuid,
            "pci_bus_id": gpu.pci_bus_id,
            "device": f"nvidia{gpu.index}",
            "modelName": gpu.model,
        }
        if gpu.mig_profile and gpu.mig_instance:
            labels |= {"GPU_I_PROFILE": gpu.mig_profile, "GPU_I_ID": gpu.mig_instance}
        labels[self._shape.host] = gpu.node
        labels["DCGM_FI_DRIVER_VERSION"] = DRIVER_VERSION
        if gpu.pod is not None:
            namespace, pod, container = gpu.pod
            labels |= {"container": container, "namespace": namespace, "pod": pod}
        return labels

    def _values(self, gpu: GpuSample, at: float) -> tuple[float, ...]:
        load = gpu.utilization_percent / 100
        free = max(0.0, gpu.memory_total_mib - gpu.memory_used_mib - _RESERVED_MIB)
        return (
            round(gpu.sm_clock_mhz),
            2619.0,
            round(gpu.temperature_celsius) + 6,
            round(gpu.temperature_celsius),
            round(gpu.power_watts, 3),
            self._millijoules(gpu, at),
            0.0,
            round(gpu.utilization_percent),
            round(gpu.memory_copy_percent),
            0.0,
            0.0,
            float(gpu.xid),
            round(free),
            round(gpu.memory_used_mib),
            _RESERVED_MIB,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            round(load, 6),
            round(load * 0.42, 6),
            round(gpu.memory_copy_percent / 100, 6),
            round(load * 3.1e8),
            round(load * 5.2e8),
        )

    def _millijoules(self, gpu: GpuSample, at: float) -> float:
        """Energy grows with the power read at each call; asked twice at one moment it answers the same."""
        last, total = self._energy.get(gpu.uuid, (at, _JOULES_SINCE_BOOT * 1000 + _spread(gpu.uuid) * 1e9))
        total += max(0.0, at - last) * gpu.power_watts * 1000
        self._energy[gpu.uuid] = (at, total)
        return round(total)


def _spread(text: str) -> int:
    return blake2s(text.encode(), digest_size=1).digest()[0]
