"""The Markdown table: medians of the rounds, ratios, CPU an operation, memory. Nothing is left out, good or bad."""

import statistics

from harness.workloads import WORKLOADS

OURS, LIMIT = "cairn", "nginx"


def number(value):
    if value is None:
        return "–"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.3f}"


class Results:
    def __init__(self, entries):
        self.entries = entries
        self.targets = list(dict.fromkeys(entry["target"] for entry in entries))
        self.workloads = [name for name in WORKLOADS if any(entry["workload"] == name for entry in entries)]

    def of(self, workload, target):
        return [entry for entry in self.entries if (entry["workload"], entry["target"]) == (workload, target)]

    def median(self, workload, target, field):
        values = [entry[field] for entry in self.of(workload, target) if entry.get(field) is not None]
        return statistics.median(values) if values else None

    def errors(self, workload, target):
        return sum(entry["errors"] for entry in self.of(workload, target))

    def best_peer(self, workload):
        rates = [self.median(workload, target, "rate") for target in self.targets if target not in (OURS, LIMIT)]
        return max((rate for rate in rates if rate), default=None)

    def ratio(self, workload, base):
        ours = self.median(workload, OURS, "rate")
        return ours / base if ours and base else None


def rows(header, lines):
    out = ["| " + " | ".join(header) + " |", "|" + "|".join("---" if not index else "---:" for index in range(len(header))) + "|"]
    return "\n".join(out + ["| " + " | ".join(line) + " |" for line in lines])


def goal(results, name):
    workload = WORKLOADS[name]
    if workload.goal is None:
        return "", ""
    limit, best = results.median(name, LIMIT, "rate"), results.best_peer(name)
    if workload.against == "figure":
        reached, text = results.median(name, OURS, "rate"), f"≥ {workload.goal:,}"
    elif workload.against == "static":
        reached, text = results.ratio(name, limit), f"≥ {workload.goal} × nginx"
    elif workload.against == "all":
        reached, text = results.ratio(name, max(filter(None, (limit, best)), default=None)), f"≥ {workload.goal} × the best of all"
    else:
        reached, text = results.ratio(name, best), f"≥ {workload.goal} × best peer"
    return text, "" if reached is None else "yes" if reached >= workload.goal else "no"


def tables(results):
    out = []
    ours = OURS in results.targets
    header = ["workload", "unit", *results.targets] + (["× best peer", "× nginx", "goal", "reached"] if ours else [])
    lines = []
    for name in results.workloads:
        workload = WORKLOADS[name]
        line = [workload.title, workload.unit]
        for target in results.targets:
            errors = results.errors(name, target)
            line.append(number(results.median(name, target, "rate")) + (f" ({errors} errors)" if errors else ""))
        if ours:
            line += [number(results.ratio(name, results.best_peer(name))),
                     number(results.ratio(name, results.median(name, LIMIT, "rate"))), *goal(results, name)]
        lines.append(line)
    out += ["### Rates (medians)", "", rows(header, lines), ""]
    for title, field, scale in (("Server CPU time an operation, µs (medians; of a listing: a page)", "cpu_us", 1),
                                ("99th percentile of the latency, ms (medians)", "p99", 1)):
        lines = [[WORKLOADS[name].title] + [number(results.median(name, target, field)) for target in results.targets]
                 for name in results.workloads]
        out += [f"### {title}", "", rows(["workload", *results.targets], lines), ""]
    peaks = [number(max((entry.get("peak_mb", 0) for entry in results.entries if entry["target"] == target), default=0))
             for target in results.targets]
    out += ["### Peak resident memory over all workloads, MB", "", rows(["", *results.targets], [["peak", *peaks]]), ""]
    return "\n".join(out)
