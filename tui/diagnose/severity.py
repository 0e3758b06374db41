"""How bad a cause is: whether it stops a pod for good, keeps it waiting for room, or is a start that takes long."""

STOPS, WAITS, COURSE = 0, 1, 2
_WAITS = frozenset(
    {
        *("over_quota_non_preemptible", "over_quota", "queue_limit", "department_limit", "no_free_gpu"),
        *("gpu_fragmentation", "insufficient_cpu", "insufficient_memory", "insufficient_pods", "insufficient_storage"),
        *("insufficient_mig", "insufficient_resource", "gang_incomplete", "preempted", "autoscaler_at_max"),
        *("node_cordoned", "node_taint", "image_rate_limited", "unknown"),
    }
)
_COURSE = frozenset(
    {
        *("image_pulling", "nim_downloading", "nim_loading", "knative_activator_waiting", "init_running", "pipelined"),
        "knative_scaled_to_zero",
    }
)


def severity(code: str) -> int:
    """0: nothing happens until somebody acts. 1: it waits for room. 2: it takes its course, if slowly."""
    return COURSE if code in _COURSE else WAITS if code in _WAITS else STOPS
