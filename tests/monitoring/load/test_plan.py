"""What simulated users write, so that nothing is refused that the server could take."""

from monitoring.load.plan import pair_linked


def test_pair_linked__never_the_same_twice() -> None:
    owners, things = [f"owner {n}" for n in range(20)], [f"thing {n}" for n in range(33)]

    pairs = [pair_linked(n, owners, things) for n in range(20 * 33)]

    assert len(set(pairs)) == 20 * 33
    assert pairs[0] == ("owner 0", "thing 0")
    assert pairs[33 + 1] == ("owner 2", "thing 1")
