"""Turns measured rows into a Markdown table."""

import os
import platform
import statistics
import subprocess
import time


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def cell(row, tool):
    values = [value for value in row.samples.get(tool, []) if value is not None]
    if not values:
        return "-"
    text = number(statistics.median(values))
    if len(values) > 1:
        text += f" ({number(min(values))}-{number(max(values))})"
    return text


def goal(value):
    return "" if value is None else value if isinstance(value, str) else f"{value:g}"


def verdict(row):
    """ "aim", "ok" or "missed", or nothing where there is no goal or no figure."""
    ours, theirs = row.median("p2pfwd"), row.median("ssh")

    def holds(wanted):
        if isinstance(wanted, str):
            if not theirs:
                return None
            limit = float(wanted.rstrip("x")) * theirs
        else:
            limit = wanted
        return ours >= limit if row.better == "higher" else ours <= limit

    if ours is None or row.least is None:
        return ""
    if row.aim is not None and holds(row.aim):
        return "aim"
    reached = holds(row.least)
    return "" if reached is None else "ok" if reached else "**missed**"


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True).stderr.split(",")[0]
    return (f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, {ssh}, "
            f"{time.strftime('%Y-%m-%d')}")


def markdown(rows, notes, rounds):
    lines = [
        f"Medians of {rounds} interleaved rounds (least-greatest). {machine()}.",
        "",
        "| scenario | figure | ssh | p2pfwd | p2pfwd / ssh | at least | aim | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    previous = None
    for row in rows:
        ours, theirs = row.median("p2pfwd"), row.median("ssh")
        ratio = f"{ours / theirs:.2f}x" if ours is not None and theirs else "-"
        figure = f"{row.figure}, {row.unit}" if row.unit else row.figure
        what = row.scenario if row.scenario != previous else ""
        previous = row.scenario
        lines.append(
            f"| {what} | {figure} | {cell(row, 'ssh')} | {cell(row, 'p2pfwd')} | {ratio} "
            f"| {goal(row.least)} | {goal(row.aim)} | {verdict(row)} |")
    if notes:
        lines += [""] + [f"- {note}" for note in notes]
    return "\n".join(lines) + "\n"
