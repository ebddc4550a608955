"""Paths along links, and the links that would lead one back to its start."""

from collections.abc import Iterable, Mapping, Sequence

type Link = tuple[str, str]
"""The ids of the thing a connection starts from and of the one it leads to."""


def cycle_closers(links: Sequence[Link], existing: Iterable[Link]) -> set[int]:
    """Which of LINKS, taken in order, would close a cycle with EXISTING ones and those before it: their places in LINKS.

    Only links inside a strongly connected part can; a path search runs for those alone.
    """
    edges: dict[str, set[str]] = {}
    for start, end in existing:
        edges.setdefault(start, set()).add(end)
    whole = {start: set(ends) for start, ends in edges.items()}
    for start, end in links:
        whole.setdefault(start, set()).add(end)
    part = _parts(whole)
    closers: set[int] = set()
    for place, (start, end) in enumerate(links):
        if start == end or (part[start] == part[end] and _leads(edges, end, start, part)):
            closers.add(place)
        else:
            edges.setdefault(start, set()).add(end)
    return closers


def _leads(edges: Mapping[str, set[str]], start: str, goal: str, part: Mapping[str, int]) -> bool:
    """Whether a path inside one strongly connected part leads from START to GOAL."""
    stack, seen, home = [start], {start}, part[goal]
    while stack:
        node = stack.pop()
        if node == goal:
            return True
        fresh = {end for end in edges.get(node, ()) if part[end] == home} - seen
        seen |= fresh
        stack += fresh
    return False


def _parts(edges: Mapping[str, set[str]]) -> dict[str, int]:
    """The strongly connected part of every node, by Tarjan's algorithm without recursion (Tarjan 1972)."""
    nodes = set(edges).union(*edges.values()) if edges else set()
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    part: dict[str, int] = {}
    open_nodes: list[str] = []
    for root in nodes:
        if root in order:
            continue
        order[root] = low[root] = len(order)
        open_nodes.append(root)
        work = [(root, iter(edges.get(root, ())))]
        while work:
            node, ends = work[-1]
            fresh = next((end for end in ends if _lowered(node, end, order, low, part)), None)
            if fresh is not None:
                order[fresh] = low[fresh] = len(order)
                open_nodes.append(fresh)
                work.append((fresh, iter(edges.get(fresh, ()))))
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == order[node]:
                _close(node, open_nodes, part)
    return part


def _lowered(node: str, end: str, order: Mapping[str, int], low: dict[str, int], part: Mapping[str, int]) -> bool:
    """Whether END is new; if not, takes what it says about how far back NODE reaches."""
    if end not in order:
        return True
    if end not in part:
        low[node] = min(low[node], order[end])
    return False


def _close(root: str, open_nodes: list[str], part: dict[str, int]) -> None:
    number = len(part)
    while True:
        node = open_nodes.pop()
        part[node] = number
        if node == root:
            return
