"""The one table of actions: names, keys and help. Keys, palette, ``:`` line, help screen and footer all read it.

It holds no handlers: ``tui.app`` and ``tui.screens`` answer an action ``a.b`` with a method ``do_a_b``. The keys
themselves are data, in ``config/keys.toml``, so that a user's key map can replace them.
"""

from dataclasses import dataclass
from enum import StrEnum

from config.keymap import default_keys


class Scope(StrEnum):
    """Where an action is offered."""

    EVERYWHERE = "everywhere"
    LIST = "lists"  # a screen with a table or the GPU map
    PARTS = "pages in parts"  # what tab switches
    DETAIL = "details"  # one node, one workload
    LOG = "logs"
    REPLAY = "replay"
    BENCH_FORM = "bench form"
    CHARTS = "charts"  # a screen with a benchmark's board
    BENCH = "running benchmark"
    RUNS = "runs"
    SCALE_FORM = "scale test form"
    SCALE_VIEW = "scale test"  # under way, or read from its folder
    SCALE = "scale test under way"
    WORKLOADS = "workloads"
    LAUNCH_FORM = "launch form"
    LAUNCH_REVIEW = "review"
    LAUNCH = "launch under way"
    CHANGE = "change"  # the review of what is to be changed
    ASSET_FORM = "form"  # of a claim, a secret, a project
    PROJECTS = "projects"
    PENDING = "pending"
    PREFLIGHT = "preflight"
    WHY = "what waits"  # wherever a workload or a pod is under the cursor


@dataclass(frozen=True, slots=True)
class Action:
    """``footer`` is the short word in the key bar; ``""`` keeps it out.

    ``command`` is what the ``:`` line takes (aliases after the first); ``mutates`` marks what changes the cluster.
    """

    id: str
    title: str
    help: str
    scope: Scope = Scope.EVERYWHERE
    footer: str = ""
    command: tuple[str, ...] = ()
    mutates: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys in Textual's names, as shipped."""
        return default_keys()[self.id]


ACTIONS: tuple[Action, ...] = (
    Action("screen.nodes", "Nodes", "GPU slices on every node", footer="nodes", command=("nodes", "no")),
    Action("screen.workloads", "Workloads", "Inference and other GPU workloads", footer="workloads",
           command=("workloads", "wl")),
    Action("screen.pending", "Pending", "What waits and why, with what mends it", footer="pending",
           command=("pending", "pe")),
    Action("screen.launch", "Launch", "Put a NIM on a part of a GPU: form, fit, review, and watched until it serves",
           footer="launch", command=("launch",)),
    Action("screen.bench", "Bench", "Measure an endpoint: TTFT and throughput against users", footer="bench",
           command=("bench",)),
    Action("screen.runs", "Runs", "What was measured before; compare two", footer="runs", command=("runs",)),
    Action("screen.preflight", "Preflight", "Is everything there that the guide wants, and what mends what is not",
           footer="preflight", command=("preflight", "pf")),
    Action("screen.scale", "Scale test", "From 1 pod to all GPUs: the map fills, users and TTFT beside the ideal line",
           footer="scale", command=("scale-test",)),
    Action("screen.events", "Events", "Events of the cluster, and what nimdeck found out about it",
           footer="events", command=("events", "ev")),
    Action("screen.waste", "Waste", "GPUs that could be given back, by whom: idle, in pieces, unused quota",
           command=("waste",)),
    Action("screen.projects", "Projects", "Projects with their quotas, node pools with where GPUs are placed",
           command=("projects",)),
    Action("launch.storage", "Storage", "A claim for model caches, on an NFS share or a storage class",
           command=("storage",), mutates=True),
    Action("launch.secret", "Secrets", "NGC's API key, and the one with which images are pulled from nvcr.io",
           command=("secret",), mutates=True),
    Action("app.command", "Command line", "Type a command: a screen, an action, a name", footer=""),
    Action("app.help", "Help", "All keys of this screen", footer="help", command=("help",)),
    Action("app.back", "Back", "Leave the filter, the detail or the pause"),
    Action("app.last", "Last screen", "Back to the screen before this one", command=("last",)),
    Action("app.palette", "Palette", "Find any action, node or workload by a few letters"),
    Action("app.refresh", "Refresh", "Ask every source for fresh figures now", command=("refresh",)),
    Action("app.pause", "Pause", "Hold the picture still; data keeps arriving", command=("pause",)),
    Action("app.faster", "Faster", "Refresh more often", command=("faster",)),
    Action("app.slower", "Slower", "Refresh less often", command=("slower",)),
    Action("app.theme", "Theme", "Next theme: dark, light, 16 colours, mono, colour-blind safe",
           command=("theme",)),
    Action("app.context", "Context", "Switch to another cluster of the kubeconfig", command=("context", "ctx")),
    Action("app.presenter", "Presenter", "Large figures for the big screen, cycling through the screens",
           command=("presenter",)),
    Action("app.record", "Record", "Start or stop recording what is seen to a file", command=("record",)),
    Action("app.screenshot", "Screenshot", "Save this screen as an SVG picture", command=("screenshot",)),
    Action("app.quit", "Quit", "Leave nimdeck", footer="quit", command=("quit", "q")),
    Action("list.filter", "Filter", "Words, regex, !inverse, util>50; esc clears", Scope.LIST, "filter"),
    Action("list.sort", "Sort", "Then a column's letter; again turns it around, upper case adds a key",
           Scope.LIST, "sort"),
    Action("list.open", "Open", "Look inside", Scope.LIST),
    Action("list.mark", "Mark", "Mark or unmark the row", Scope.LIST),
    Action("list.export", "Export", "Write the rows to CSV and JSON files", Scope.LIST, command=("export",)),
    Action("list.copy", "Copy", "Copy the row (or the marked ones) to your clipboard, over SSH too",
           Scope.LIST, command=("copy",)),
    Action("list.describe", "Describe", "Everything known about it, on one page", Scope.LIST),
    Action("list.yaml", "YAML", "Its object as Kubernetes has it", Scope.LIST, "yaml"),
    Action("list.logs", "Logs", "Logs of its pods", Scope.LIST, "logs"),
    Action("list.events", "Events of it", "Events that name it", Scope.LIST),
    Action("workload.launch", "New", "Launch a NIM: the form of screen 4, with the profiles to choose from", Scope.LIST,
           command=("new",)),
    Action("workload.edit", "Edit", "Change it: the form of screen 4, filled in, with what would differ",
           Scope.WORKLOADS),
    Action("workload.clone", "Clone", "Another one like it: the form of screen 4, filled in", Scope.WORKLOADS),
    Action("workload.bench", "Bench it", "Measure its endpoint: the form of screen 5, filled in", Scope.WORKLOADS,
           "bench it"),
    Action("workload.probe", "Probe", "Is it running: health, models, metadata and one short streamed chat",
           Scope.WORKLOADS, "probe"),
    Action("workload.scale", "Scale", "Other numbers of replicas, of the marked rows too", Scope.WORKLOADS, "scale",
           mutates=True),
    Action("workload.expose", "Expose", "Give it an address outside: a LoadBalancer Service, as the guide does",
           Scope.WORKLOADS, mutates=True),
    Action("workload.suspend", "Suspend, resume", "No replicas for now; again brings back what it had",
           Scope.WORKLOADS, mutates=True),
    Action("workload.delete", "Delete", "Delete it, or all that are marked; its name is to be typed", Scope.WORKLOADS,
           "delete", mutates=True),
    Action("change.apply", "Do it", "Make the changes shown; where one failed: look again and offer it anew",
           Scope.CHANGE, "do it", mutates=True),
    Action("change.view", "View", "What changes, or the whole objects as YAML", Scope.CHANGE, "view"),
    Action("form.review", "Review", "The objects, what they change, a dry run; nothing is made yet", Scope.ASSET_FORM,
           "review"),
    Action("project.new", "New project", "A project with a quota of GPUs", Scope.PROJECTS, "new project", mutates=True),
    Action("project.quota", "Quota", "Another GPU quota for the project", Scope.PROJECTS, "quota", mutates=True),
    Action("pool.placement", "Placement", "Place GPUs of the pool by spread, or by binpack", Scope.PROJECTS,
           "placement", mutates=True),
    Action("pending.why", "Why", "Why it waits or does not serve, with what mends it", Scope.WHY, "why",
           command=("why",)),
    Action("pending.what_if", "What if", "What would run with half the request, or with another workload scaled down",
           Scope.PENDING, "what if"),
    Action("pending.remedy", "Remedy", "Go to the remedies; enter does the one under the cursor", Scope.PENDING,
           "remedies"),
    Action("preflight.next", "Next failure", "Go to the next check that fails, else to the next that warns",
           Scope.PREFLIGHT, "next failure"),
    Action("preflight.passes", "Passes", "Hide what passes, or show it again", Scope.PREFLIGHT, "passes"),
    Action("preflight.mend", "Set all", "Set all that nimdeck can set itself; reviewed first", Scope.PREFLIGHT,
           "set all", mutates=True),
    Action("detail.next", "Next part", "Next part of the page", Scope.PARTS, "next part"),
    Action("detail.previous", "Previous part", "Part before", Scope.PARTS),
    Action("detail.copy", "Copy", "Copy what is shown to your clipboard, over SSH too", Scope.DETAIL),
    Action("detail.yaml", "YAML", "The object as Kubernetes has it", Scope.DETAIL, "yaml"),
    Action("detail.logs", "Logs", "Logs of the pods", Scope.DETAIL, "logs"),
    Action("detail.search", "Search", "Find words on the page; n and N go on", Scope.DETAIL, "search"),
    Action("log.follow", "Follow", "Keep to the newest line, or stay", Scope.LOG, "follow"),
    Action("log.wrap", "Wrap", "Wrap long lines, or cut them", Scope.LOG, "wrap"),
    Action("log.container", "Container", "Next container", Scope.LOG, "container"),
    Action("log.pod", "Pod", "Next pod of the workload, or all of them", Scope.LOG),
    Action("log.previous", "Before the crash", "Logs of the container before its last restart", Scope.LOG),
    Action("bench.start", "Start", "Start what the form asks for, or go to the run that is going on",
           Scope.BENCH_FORM, "start"),
    Action("bench.preset", "As the guide", "2000:200 ±50, the most users with a mean TTFT within 1000 ms",
           Scope.BENCH_FORM, "guide"),
    Action("bench.advanced", "Advanced", "Open or close the fields that most runs never need", Scope.BENCH_FORM,
           "advanced"),
    Action("bench.skip", "Next point", "End the point under way with what it has", Scope.BENCH, "skip"),
    Action("bench.extend", "Longer", "Let the point under way last 30 s longer", Scope.BENCH, "longer"),
    Action("bench.stop", "Stop", "Finish what is in flight and end; again: now. Finished points are kept",
           Scope.BENCH, "stop"),
    Action("charts.view", "Users or time", "Charts against users, or second by second with what happened to the pods",
           Scope.CHARTS, "time"),
    Action("charts.next", "Other chart", "TTFT, throughput, or both where there is room", Scope.CHARTS, "chart"),
    Action("charts.export", "Export", "Write the points as CSV, JSON, Markdown and a picture", Scope.CHARTS,
           "export"),
    Action("launch.review", "Review", "The objects, what they change, a dry run; nothing is launched yet",
           Scope.LAUNCH_FORM, "review"),
    Action("launch.load", "Profiles", "Fill the form from a profile of the library or from a file",
           Scope.LAUNCH_FORM, "profiles"),
    Action("launch.save", "Save", "Keep what the form holds as a profile, or as a file to launch headless",
           Scope.LAUNCH_FORM, "save"),
    Action("launch.advanced", "Advanced", "Open or close the fields that most launches never need", Scope.LAUNCH_FORM,
           "advanced"),
    Action("launch.compute", "Compute resource", "Keep the form's GPUs and CPU as a compute resource at Run:ai",
           Scope.LAUNCH_FORM, command=("compute",), mutates=True),
    Action("launch.apply", "Launch", "Make these objects; first it asks where one is not nimdeck's own",
           Scope.LAUNCH_REVIEW, "do it", mutates=True),
    Action("launch.view", "View", "What changes, or the whole objects as YAML", Scope.LAUNCH_REVIEW, "view"),
    Action("launch.probe", "Probe", "Ask the endpoint: ready, models, and one short chat through it", Scope.LAUNCH,
           "probe"),
    Action("launch.expose", "Expose", "Give it an address outside: a LoadBalancer Service, as the guide does",
           Scope.LAUNCH, "expose", mutates=True),
    Action("launch.bench", "Bench it", "Measure its endpoint: the form of screen 5, filled in", Scope.LAUNCH,
           "bench it"),
    Action("launch.roll_back", "Roll back", "Delete what this launch created, the last first", Scope.LAUNCH,
           "roll back", mutates=True),
    Action("runs.compare", "Compare", "The two marked runs, side by side", Scope.RUNS, "compare"),
    Action("runs.size", "Sizing", "GPUs and servers for given users, from the marked runs or from the guide",
           Scope.RUNS, "sizing", command=("size",)),
    Action("scale.start", "Start", "Carry out what the form says; on a real cluster it asks first", Scope.SCALE_FORM,
           "start"),
    Action("scale.advanced", "Advanced", "Open or close the fields that most plans never need", Scope.SCALE_FORM,
           "advanced"),
    Action("scale.back", "Point back", "One measured point back: map, curves and figures as they were",
           Scope.SCALE_VIEW, "back"),
    Action("scale.on", "Point on", "One measured point on", Scope.SCALE_VIEW),
    Action("scale.frame_back", "Frame back", "One picture of the map back", Scope.SCALE_VIEW),
    Action("scale.frame_on", "Frame on", "One picture of the map on", Scope.SCALE_VIEW),
    Action("scale.first", "First", "To the first picture of the map", Scope.SCALE_VIEW),
    Action("scale.now", "Now", "Back to what happens now", Scope.SCALE_VIEW, "now"),
    Action("scale.part", "Other chart", "Users, throughput, TTFT, time, table", Scope.SCALE_VIEW, "chart"),
    Action("scale.export", "Report", "Write the report: Markdown, HTML, CSV and JSON", Scope.SCALE_VIEW, "report"),
    Action("scale.stop", "Stop", "End the cell under way and put everything back; again: at once", Scope.SCALE, "stop"),
    Action("replay.back", "Step back", "One frame back", Scope.REPLAY, "back"),
    Action("replay.on", "Step on", "One frame on", Scope.REPLAY, "on"),
    Action("replay.back_minute", "Minute back", "One minute back", Scope.REPLAY),
    Action("replay.on_minute", "Minute on", "One minute on", Scope.REPLAY),
    Action("replay.seek", "Go to", "Go to a time of the recording, say 12:04:31 or +5m", Scope.REPLAY,
           command=("seek",)),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}
BY_COMMAND = {name: action for action in ACTIONS for name in action.command}


def in_scopes(*scopes: Scope) -> tuple[Action, ...]:
    """The actions offered where ``scopes`` apply, in the table's order."""
    return tuple(action for action in ACTIONS if action.scope in scopes)
