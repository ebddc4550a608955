"""Which links of a directed graph lie on a cycle. Pure: numbers in, numbers out."""

from array import array
from itertools import accumulate


def links_on_cycles(starts: "array[int]", ends: "array[int]", node_count: int) -> list[int]:
    """The positions of the links that lie on a cycle, a link from a node to itself among them.

    STARTS and ENDS hold the two nodes of each link, numbered from 0 and in ascending order of start. A link lies on a cycle exactly when both its
    nodes are in one strongly connected component (Tarjan 1972): time grows with links + nodes, memory by 48 bytes a node.
    """
    component = components(starts, ends, node_count)
    return [at for at, (start, end) in enumerate(zip(starts, ends, strict=True)) if component[start] == component[end]]


def components(starts: "array[int]", ends: "array[int]", node_count: int) -> "array[int]":
    """The number of each node's strongly connected component (Tarjan 1972), without recursion, so that a long chain is no danger."""
    cursor = _first_links(starts, node_count)
    last = cursor[1:]
    order, low, component = (array("l", [-1]) * node_count for _ in range(3))
    path, open_nodes, seen, found = array("l"), array("l"), 0, 0
    for root in range(node_count):
        if order[root] < 0:
            path.append(root)
        while path:
            node = path[-1]
            if order[node] < 0:
                order[node] = low[node] = seen
                seen += 1
                open_nodes.append(node)
            if cursor[node] < last[node]:
                end = ends[cursor[node]]
                cursor[node] += 1
                if order[end] < 0:
                    path.append(end)
                elif component[end] < 0:
                    low[node] = min(low[node], order[end])
                continue
            path.pop()
            if path:
                low[path[-1]] = min(low[path[-1]], low[node])
            if low[node] == order[node]:
                _close(node, open_nodes, component, found)
                found += 1
    return component


def _first_links(starts: "array[int]", node_count: int) -> "array[int]":
    """The position of each node's first link, and one past the last link at the end."""
    counts = array("l", [0]) * (node_count + 1)
    for start in starts:
        counts[start + 1] += 1
    return array("l", accumulate(counts))


def _close(root: int, open_nodes: "array[int]", component: "array[int]", number: int) -> None:
    while True:
        node = open_nodes.pop()
        component[node] = number
        if node == root:
            return
