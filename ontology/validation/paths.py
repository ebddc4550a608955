"""Paths along links, and the links that would lead one back to its start."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from ontology.validation.cycles import components

type Link = tuple[str, str]
"""The ids of the thing a connection starts from and of the one it leads to."""


def cycle_closers(links: Sequence[Link], existing: Iterable[Link]) -> set[int]:
    """Which of LINKS, taken in order, would close a cycle with EXISTING ones and those before it: their places in LINKS.

    None can when all together have no cycle, as nearly always; else only links inside a strongly connected part can. A path search runs for those alone,
    from both ends at once: it ends when the shorter way does, so that a chain of n links in any order costs n log n steps.
    """
    edges: dict[str, set[str]] = {}
    for start, end in existing:
        edges.setdefault(start, set()).add(end)
    whole = {start: set(ends) for start, ends in edges.items()}
    for start, end in links:
        whole.setdefault(start, set()).add(end)
    if _is_acyclic(whole):
        return set()
    part = _parts(whole)
    back: dict[str, set[str]] = {}
    for start, ends in edges.items():
        for end in ends:
            back.setdefault(end, set()).add(start)
    closers: set[int] = set()
    for place, (start, end) in enumerate(links):
        if start == end or (part[start] == part[end] and _leads(edges, back, (end, start), part)):
            closers.add(place)
        else:
            edges.setdefault(start, set()).add(end)
            back.setdefault(end, set()).add(start)
    return closers


def _is_acyclic(edges: Mapping[str, set[str]]) -> bool:
    """Whether every node can be taken away once nothing leads to it any more (Kahn 1962); a quarter of the time of finding the parts."""
    inbound = Counter(chain.from_iterable(edges.values()))
    free = [node for node in edges if node not in inbound]
    taken = 0
    for node in free:
        for end in edges.get(node, ()):
            taken += 1
            inbound[end] -= 1
            if not inbound[end]:
                free.append(end)
    return taken == sum(map(len, edges.values()))


def _leads(edges: Mapping[str, set[str]], back: Mapping[str, set[str]], way: Link, part: Mapping[str, int]) -> bool:
    """Whether a path inside one strongly connected part leads the WAY from its first node to its second."""
    ahead, behind = {way[0]}, {way[1]}
    for reached, reaching in zip(_walk(edges, way[0], part), _walk(back, way[1], part), strict=False):
        ahead.add(reached)
        behind.add(reaching)
        if reached in behind or reaching in ahead:
            return True
    return False


def _walk(edges: Mapping[str, set[str]], start: str, part: Mapping[str, int]) -> Iterator[str]:
    """Every other node of the part of START that EDGES lead to, one a step."""
    stack, seen, home = [start], {start}, part[start]
    while stack:
        for end in edges.get(stack.pop(), ()):
            if end not in seen and part[end] == home:
                seen.add(end)
                stack.append(end)
                yield end


def _parts(edges: Mapping[str, set[str]]) -> dict[str, int]:
    """The strongly connected part of every node."""
    nodes = sorted(set(edges).union(*edges.values()))
    number = {node: place for place, node in enumerate(nodes)}
    starts, ends = array("l"), array("l")
    for node in nodes:
        for end in edges.get(node, ()):
            starts.append(number[node])
            ends.append(number[end])
    return dict(zip(nodes, components(starts, ends, len(nodes)), strict=True))
