"""The neighbourhood of a thing as a small graph: what leads to it on the left, what it leads to on the right, every neighbour a step to walk.

Drawn by templates/admin/parts/graph.html as SVG whose nodes are links; graph.js moves the focus by the arrow keys. The tables below the graph hold
the same connections for those who do not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ontology.admin.parts import page_url
from ontology.models import Connection, Thing

NEIGHBOURS_SHOWN = 8
"""On either side."""
WIDTH, NODE_WIDTH, NODE_HEIGHT, ROW, MARGIN = 760, 190, 40, 52, 4
NAME_LETTERS, TYPE_LETTERS = 24, 28
ANCHOR = "neighbourhood"


@dataclass(frozen=True, slots=True)
class Node:
    """A thing's box: its left upper corner, its column and row for the arrow keys, and where it leads."""

    x: float
    y: float
    name: str
    type: str
    title: str
    url: str
    column: int
    row: int
    deleted: bool = False

    @property
    def text_x(self) -> float:
        """Where its words begin."""
        return self.x + 10

    @property
    def name_y(self) -> float:
        """The line of its name."""
        return self.y + 17

    @property
    def type_y(self) -> float:
        """The line of its type."""
        return self.y + 32


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection's line, from one box to the other, with its type written where it leaves the outer box."""

    path: str
    label: str
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The boxes and lines of a neighbourhood, as high as they need; `note` tells of neighbours that are left out."""

    anchor: str
    height: float
    centre: Node
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    summary: str
    note: str

    @property
    def box(self) -> str:
        """The drawing's bounds, with room for the outlines."""
        return f"{-MARGIN} {-MARGIN} {self.width} {self.drawn_height:.0f}"

    @property
    def width(self) -> int:
        """The drawing's width in pixels."""
        return WIDTH + 2 * MARGIN

    @property
    def drawn_height(self) -> float:
        """The drawing's height in pixels."""
        return self.height + 2 * MARGIN


def neighbourhood(thing: Thing, inbound: Sequence[Connection], outbound: Sequence[Connection]) -> Graph:
    """The graph of THING with the first NEIGHBOURS_SHOWN of its INBOUND and OUTBOUND connections, whose other ends are loaded."""
    left = [(row, row.from_thing) for row in inbound[:NEIGHBOURS_SHOWN] if row.from_thing_id != thing.pk]
    right = [(row, row.to_thing) for row in outbound[:NEIGHBOURS_SHOWN]]
    height = ROW * max(len(left), len(right), 1) + 12
    centre = _node(thing, (WIDTH - NODE_WIDTH) / 2, (height - NODE_HEIGHT) / 2, 1, 0, walk=False)
    nodes, edges = list[Node](), list[Edge]()
    for column, side in ((0, left), (2, right)):
        x = 0.0 if column == 0 else float(WIDTH - NODE_WIDTH)
        top = (height - ROW * len(side)) / 2 + (ROW - NODE_HEIGHT) / 2
        for row, (connection, other) in enumerate(side):
            node = _node(other, x, top + ROW * row, column, row)
            nodes.append(node)
            edges.append(_edge(node, centre, connection.type, inbound=column == 0))
    more = len(inbound) > NEIGHBOURS_SHOWN or len(outbound) > NEIGHBOURS_SHOWN
    return Graph(
        anchor=ANCHOR,
        height=height,
        centre=centre,
        nodes=nodes,
        edges=edges,
        summary=f"{thing.name}: {len(left)} neighbours lead to it, it leads to {len(right)}. Tab or the arrow keys reach them, Enter walks there.",
        note=f"The latest {NEIGHBOURS_SHOWN} on either side." if more else "",
    )


def _node(thing: Thing, x: float, y: float, column: int, row: int, *, walk: bool = True) -> Node:
    url = page_url(Thing, thing.pk) if walk else ""
    deleted = thing.deleted_at is not None
    title = f"{thing.name}, {thing.type}{', deleted' if deleted else ''}"
    return Node(x, y, _cut(thing.name, NAME_LETTERS), _cut(thing.type, TYPE_LETTERS), title, f"{url}#{ANCHOR}" if url else "", column, row, deleted)


def _edge(node: Node, centre: Node, label: str, *, inbound: bool) -> Edge:
    near = (node.x + NODE_WIDTH if inbound else node.x, node.y + NODE_HEIGHT / 2)
    far = (centre.x if inbound else centre.x + NODE_WIDTH, centre.y + NODE_HEIGHT / 2)
    start, end = (near, far) if inbound else (far, near)
    middle = (start[0] + end[0]) / 2
    path = f"M {start[0]:.1f} {start[1]:.1f} C {middle:.1f} {start[1]:.1f} {middle:.1f} {end[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    return Edge(path, _cut(label, 14), near[0] + (6 if inbound else -6), near[1] - 5, "start" if inbound else "end")


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
