"""A client that a machine made from the served document does what its users need."""

import importlib
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ontology.models import Thing
from tests.contract.world import World, make_world
from tests.factories import make_thing
from tests.serving import THREADS, serving

pytestmark = pytest.mark.django_db(transaction=True)
PACKAGE = "sextant_client"
type Module = Callable[[str], ModuleType]


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def place(world: World) -> Iterator[str]:
    with serving(THREADS) as served:
        yield served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture
def module(place: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    """Modules of the client by their names; it is generated once, and a warning of the generator is an error."""
    config = folder / "config.yaml"
    if not config.exists():
        config.write_text("post_hooks: []\n", encoding="utf-8")  # no formatter is needed to import it
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--url", f"{place}/api/schema/", "--meta", "none"]
        command += ["--config", str(config), "--output-path", str(folder / PACKAGE), "--fail-on-warning"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "arning" not in done.stdout + done.stderr
    monkeypatch.syspath_prepend(folder)
    return lambda name: importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture
def client(module: Module, place: str, world: World) -> Iterator[Any]:
    with module("client").AuthenticatedClient(base_url=place, token=world.token, raise_on_unexpected_status=True) as made:
        yield made


def test_client__creates_a_thing(module: Module, client: Any, world: World) -> None:
    models, slug = module("models"), world.group.slug
    body = models.NewThing.from_dict({"type": "note", "name": "A note", "properties": {"snake_key": 1}, "externalId": "n-1"})

    made = module("api.things.things_create").sync_detailed(slug, client=client, body=body, idempotency_key="k-1")
    again = module("api.things.things_create").sync_detailed(slug, client=client, body=body, idempotency_key="k-1")

    assert made.status_code == again.status_code == 201
    assert made.parsed == again.parsed
    assert (made.parsed.name, made.parsed.properties.to_dict(), made.parsed.version) == ("A note", {"snake_key": 1}, 1)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Thing.objects.get(external_id="n-1").pk == made.parsed.id


def test_client__inserts_many_and_is_told_of_the_bad_one(module: Module, client: Any, world: World) -> None:
    items = [{"type": "note", "name": "One"}, {"type": "no_such_type", "name": "Two"}, {"type": "note", "name": "Three"}]
    body = [module("models").NewThing.from_dict(item) for item in items]

    answer = module("api.things.things_bulk_insert").sync(world.group.slug, client=client, body=body)

    assert (len(answer.created), answer.failed, answer.summary.total) == (2, 1, 3)
    assert [(it.index, it.field, bool(it.error)) for it in answer.errors] == [(1, "type", True)]


def test_client__reads_a_list_to_its_end(module: Module, client: Any, world: World) -> None:
    models, types = module("models"), module("types")
    found: list[uuid.UUID] = []
    cursor: Any = types.UNSET
    while cursor is not None:
        page = module("api.things.things_list").sync(world.group.slug, client=client, limit=7, cursor=cursor, order=models.ThingsListOrder("id"))
        found += [thing.id for thing in page.items]
        cursor = page.next_
        assert page.has_more == (cursor is not None)

    assert found == list(Thing.objects.filter(group=world.group, deleted_at=None).order_by("id").values_list("pk", flat=True))
    assert len(found) > 2 * 7


def test_client__loses_an_update_that_somebody_overtook(module: Module, client: Any, world: World) -> None:
    thing = make_thing(world.group, type="note", properties={"kept": 1})
    read, update = module("api.things.things_read"), module("api.things.things_update")
    etag = read.sync_detailed(world.group.slug, thing.pk, client=client).headers["ETag"]

    def change(properties: dict[str, Any]) -> Any:
        body = module("models").ThingChanges.from_dict({"properties": properties})
        return update.sync_detailed(world.group.slug, thing.pk, client=client, body=body, if_match=etag)

    won, lost = change({"new": 2}), change({"late": 3})

    assert (won.status_code, won.parsed.properties.to_dict()) == (200, {"new": 2})
    assert (lost.status_code, lost.parsed.code, lost.parsed.status) == (412, "changed_meanwhile", 412)
    assert Thing.objects.get(pk=thing.pk).properties == {"new": 2}


def test_client__reads_a_problem_document(module: Module, client: Any, place: str, world: World) -> None:
    models, create = module("models"), module("api.things.things_create")

    told = create.sync(world.group.slug, client=client, body=models.NewThing.from_dict({"type": "note", "name": " "}))
    with module("client").AuthenticatedClient(base_url=place, token="sxt_none", raise_on_unexpected_status=True) as stranger:
        refused = create.sync(world.group.slug, client=stranger, body=models.NewThing(type_="note", name="A"))
    absent = module("api.things.things_read").sync(world.group.slug, uuid.uuid4(), client=client)

    assert isinstance(told, models.Problem)
    assert (told.status, told.code, [(it.field, it.code) for it in told.errors]) == (422, "blank", [("name", "blank")])
    assert told.instance.startswith("urn:sextant:request:")
    assert (refused.status, refused.code) == (401, "token_refused")
    assert (absent.status, absent.code) == (404, "not_found")


def test_client__searches_knowledge(module: Module, client: Any, world: World) -> None:
    body = module("models").KnowledgeSearch(embedding=[0.1, 0.2, 0.7], model="small", limit=3)

    (hit,) = module("api.knowledge.knowledge_search").sync(world.group.slug, client=client, body=body).items

    assert hit.distance == pytest.approx(0, abs=1e-6)
    assert (hit.knowledge.embedding_model, hit.knowledge.embedding_dim) == ("small", 3)


def test_client__reads_the_catalogue(module: Module, client: Any) -> None:
    read = module("api.catalogue.catalogue_read")

    whole = read.sync_detailed(client=client)
    same = read.sync_detailed(client=client, if_none_match=whole.headers["ETag"])

    assert {"note", "product"} <= {it.name for it in whole.parsed.things}
    assert "purchased" in {it.name for it in whole.parsed.connections}
    assert whole.parsed.events
    assert same.status_code == 304
