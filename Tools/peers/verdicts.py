"""From the times of the turns to ratios, a verdict for each row, and what is printed of them."""

import statistics

from rows import GROUPS

QUIET = 0.25  # how far from its quiet time a peer may be
ELSEWHERE = 0.05  # share of the processor that others may use where nothing else tells a busy machine
BUSY = 75

HEADINGS = {  # of the groups, in the table
    "onnxruntime": "onnxruntime",
    "torch": "PyTorch",
    "torch-jit": "PyTorch, frozen",
    "loop": "PyTorch, published loop",
    "published": "PyTorch, published maps",
}


def group_times(row, times):
    """The turns of the faster peer of each group that has one: {group: (peer, times)}."""
    best = {}
    for group in row.groups:
        there = [peer for peer in GROUPS[group] if peer in times]
        if there:
            name = min(there, key=lambda peer: statistics.median(times[peer]))
            best[group] = (name, times[name])
    return best


def quartiles(values):
    if len(values) == 1:
        return [values[0]] * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def judged(row, times, elsewhere, quiet):
    """The figures of a row that was measured, and its verdict."""
    groups = {}
    for group, (name, values) in group_times(row, times).items():
        entry = {"peer": name, "milliseconds": statistics.median(values)}
        if "salient" in times:
            entry["ratio"] = quartiles([theirs / ours for theirs, ours in zip(values, times["salient"])])
        if group in quiet:
            entry["of_quiet"] = entry["milliseconds"] / quiet[group]
        groups[group] = entry
    changed = {group: entry["of_quiet"] for group, entry in groups.items() if abs(entry.get("of_quiet", 1) - 1) > QUIET}
    result = {"groups": groups, "elsewhere": elsewhere, "baseline": bool(quiet), "reason": None}
    if "salient" not in times:
        return result | {"verdict": "peers only"}
    result["salient"] = statistics.median(times["salient"])
    ratio = groups[row.rival]["ratio"][1]
    if changed:
        said = ", ".join(f"{group} {share:.2f} times its baseline" for group, share in changed.items())
        if min(changed.values()) > 1:
            return result | {"verdict": "busy", "reason": f"the machine is busy: {said}"}
        return result | {"verdict": "busy", "reason": f"the baseline is not of this machine, or was busy: {said}"}
    if row.rival not in quiet and elsewhere > ELSEWHERE:
        reason = f"the machine is busy: others used {elsewhere:.0%} of it, and no quiet time is known"
        return result | {"verdict": "busy", "reason": reason}
    if row.floor is None:
        return result | {"verdict": "no floor"}
    if ratio < row.floor:
        return result | {"verdict": "FAIL", "reason": f"{ratio:.2f} is under the floor {row.floor}"}
    is_aim = row.aim is not None and ratio >= row.aim
    return result | {"verdict": "aim reached" if is_aim else "pass"}


def summary(result):
    lines = []
    for group, entry in result.get("groups", {}).items():
        line = f"  {group}: {entry['milliseconds']:.1f} ms an image ({entry['peer']})"
        if "ratio" in entry:
            low, middle, high = entry["ratio"]
            line += f", {middle:.2f} times ours [{low:.2f}, {high:.2f}]"
        if "of_quiet" in entry:
            line += f", {entry['of_quiet']:.2f} of its baseline"
        lines.append(line)
    if "salient" in result:
        lines.append(f"  salient: {result['salient']:.1f} ms an image")
    if "elsewhere" in result:
        lines.append(f"  others used {result['elsewhere']:.0%} of the processor, load {result['load_after']:.1f}")
    lines.append(f"  {result['verdict']}" + (f": {result['reason']}" if result.get("reason") else ""))
    return "\n".join(lines)


def head(about, results):
    """What every published figure names: program, commit, devices, peers, machine, precision; and the roof."""
    devices = {f"{result['device']}, driver {result['driver']}" for result in results if "device" in result}
    versions = {version.partition(", ")[0] for result in results for version in result.get("versions", {}).values()}
    ours = ", ".join([about["salient"] or "the peers alone", f"commit {about['commit']}", *sorted(devices)])
    lines = [f"{ours}; {', '.join(sorted(versions))};"]
    lines.append("{processor}, {threads} threads, {precision}, median of {turns} turns".format(**about))
    if about["roof"]:
        lines[-1] += ";"
        operations, copied = (about["roof"][key] / 1e9 for key in ("operations_per_second", "bytes_per_second"))
        lines.append(f"roof, measured in this run: {operations:.1f} GFLOP/s in registers, {copied:.1f} GB/s copied")
    return "\n".join(lines)


def columns(groups):
    """The columns of the table: a heading, and what a row has under it."""

    def milliseconds(group):
        return lambda result: f"{result['groups'][group]['milliseconds']:.1f}" if group in result["groups"] else ""

    def ratio(result):
        low, middle, high = result["groups"][result["rival"]]["ratio"]
        return f"{middle:.2f} [{low:.2f}, {high:.2f}]" + (" busy" if result["verdict"] == "busy" else "")

    return [
        ("ms an image", lambda result: result["work"]),
        ("Salient", lambda result: f"{result['salient']:.1f}"),
        *((HEADINGS[group], milliseconds(group)) for group in groups),
        ("ratio [quartiles]", ratio),
        ("at least", lambda result: str(result["floor"] or "")),
        ("aim", lambda result: str(result["aim"] or "")),
    ]


def table(results):
    """The rows as Markdown: times of each group that any row has, the ratio that is judged, and its bounds."""
    timed = [result for result in results if "salient" in result]
    shown = columns([group for group in GROUPS if any(group in result["groups"] for result in timed)])
    cells = [[heading for heading, _ in shown], ["---"] * len(shown)]
    cells += [[cell(result) for _, cell in shown] for result in timed]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def exit_code(results):
    verdicts = {result["verdict"] for result in results}
    if verdicts & {"FAIL", "not measured", "different"}:
        return 1
    return BUSY if "busy" in verdicts else 0
