"""How old a computed answer may be: computed anew unless the client allows an older one by `maxAge`."""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse

from ontology.api.answers import JSON, json_bytes
from ontology.api.parameters import Parameter
from ontology.models import Group

AGE_SECONDS_MAX = 60
MAX_AGE = Parameter(
    "maxAge",
    f"How many seconds old the answer may be, at most {AGE_SECONDS_MAX}; `lastComputed` and the header Age tell. 0: computed for you.",
    "integer",
    default=0,
    minimum=0,
    maximum=AGE_SECONDS_MAX,
)


def fresh_answer(group: Group, operation: str, parameters: Mapping[str, Any], compute: Callable[[], Mapping[str, Any]]) -> HttpResponse:
    """What COMPUTE answers, or what it answered within `maxAge` seconds to anybody who asked OPERATION of GROUP with the same PARAMETERS.

    The caller has shown by now that the asker may read it. Nothing is looked up or kept unless `maxAge` is given.
    """
    age = parameters["maxAge"]
    asked = sorted((name, str(value)) for name, value in parameters.items() if name != "maxAge")
    key = f"api:{operation}:{group.pk}:{hashlib.sha256(json_bytes(asked)).hexdigest()}"
    kept = cache.get(key) if age else None
    if kept is not None and time.time() - kept[0] <= age:
        return HttpResponse(kept[1], content_type=JSON, headers={"Age": str(int(time.time() - kept[0]))})
    body, now = json_bytes(compute()), time.time()
    if age:
        cache.set(key, (now, body), AGE_SECONDS_MAX)
    return HttpResponse(body, content_type=JSON, headers={"Age": "0"})
