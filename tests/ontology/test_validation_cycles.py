"""Links on cycles, on graphs drawn by hand."""

from array import array

import pytest

from ontology.validation.cycles import links_on_cycles


@pytest.mark.parametrize(
    ("links", "on_cycle"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([(0, 1), (1, 2)], [], id="chain"),
        pytest.param([(0, 0)], [0], id="to itself"),
        pytest.param([(0, 1), (1, 0)], [0, 1], id="there and back"),
        pytest.param([(0, 1), (0, 2), (1, 3), (2, 3)], [], id="two ways to one place"),
        pytest.param([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)], [0, 1, 2], id="cycle with a tail"),
        pytest.param([(0, 1), (1, 0), (1, 2), (2, 3), (3, 2)], [0, 1, 3, 4], id="two cycles and the bridge between them"),
    ],
)
def test_links_on_cycles__drawn_by_hand(links: list[tuple[int, int]], on_cycle: list[int]) -> None:
    starts, ends = array("l", [start for start, _ in links]), array("l", [end for _, end in links])

    assert links_on_cycles(starts, ends, 1 + max((max(link) for link in links), default=-1)) == on_cycle


def test_links_on_cycles__long_chain_closed_at_its_end() -> None:
    length = 20_000
    starts, ends = array("l", range(length)), array("l", [*range(1, length), 0])

    assert len(links_on_cycles(starts, ends, length)) == length
