"""Measures the search for a name among a million travellers."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator

from vedette.apps.copying import copy_in
from vedette.bench import Figure
from vedette.bench.queue import fill
from vedette.bench.stage import Stage, percentile, stage
from vedette.screening.names import lookup, scripts

#: Number of searches, after `WARM` searches that are not measured.
SEARCHES, WARM = 300, 20
_KEYED = ("journey_id", "surname", "given_names", "name_key", "names", "name_keys")


def run() -> Iterator[Figure]:
    """Searches for full names (as they are stored, with a wrong letter, and with the words in another order)
    and for surnames alone."""
    with stage("bench_queue", fresh=False) as on:
        fill(on)
        yield from _named(on)
        yield from _searches(on)


def people(count: int) -> Iterator[tuple[str, str]]:
    """Yields surnames and given names. A few given names are very frequent, as in reality. Surnames are made
    of syllables. Some surnames are frequent, and most are rare. The seed is 5.
    """
    draw = random.Random(5)  # noqa: S311
    table = scripts.sections("given_names.txt")
    given = [word for lines in table.values() for line in lines for word in line.split()]
    draw.shuffle(given)
    given[:6] = ["mohamed", "maria", "fatou", "ali", "jean", "li"]
    syllables = [c + v + f for c in "bdfgklmnrst" for v in "aeiou" for f in ("", "n", "r", "s")]
    surnames = [
        "".join(draw.choices(syllables, k=draw.choice((1, 2, 2, 3, 3, 3, 4, 4))))
        for _ in range(200_000)
    ]
    for _ in range(count):
        # The square of the square makes the first words of a list frequent.
        yield (
            surnames[int(len(surnames) * draw.random() ** 4)].upper(),
            given[int(len(given) * draw.random() ** 4)].upper(),
        )


def _named(on: Stage) -> Iterator[Figure]:
    """Stores invented names and their look-up keys for all travellers, unless the names are already
    stored."""
    if on.one("SELECT count(*) FROM travellers_journeyclear WHERE name_keys <> '{}'")[0]:
        return
    on.connection.execute(
        "CREATE TEMP TABLE named (journey_id uuid, surname text, given_names text, name_key text,"
        " names text[], name_keys integer[])"
    )
    [count] = on.one("SELECT count(*) FROM travellers_journeyclear")
    ids = on.connection.execute("SELECT journey_id FROM travellers_journeyclear")
    began = time.process_time()
    rows = zip(ids.fetchall(), people(count), strict=True)
    spent = 0.0
    while chunk := list(itertools.islice(rows, 50_000)):
        began = time.process_time()
        keys = [lookup.stored([f"{given} {surname}"]) for _, (surname, given) in chunk]
        spent += time.process_time() - began
        copy_in(on.connection, "named", _KEYED, [
            (id_, surname, given, f"{surname} {given}".lower(), [f"{surname}|{given}"], key)
            for ((id_,), (surname, given)), key in zip(chunk, keys, strict=True)
        ])  # fmt: skip
    yield Figure("keys of stored names", count / spent, "travellers/s", f"{count:,} names")
    on.connection.execute(
        "UPDATE travellers_journeyclear c SET surname = n.surname, given_names = n.given_names,"
        " name_key = n.name_key, names = n.names, name_keys = n.name_keys FROM named n"
        " WHERE n.journey_id = c.journey_id"
    )
    on.connection.execute("VACUUM FULL travellers_journeyclear")
    on.connection.execute("ANALYZE travellers_journeyclear")


def _searches(on: Stage) -> Iterator[Figure]:
    from django.db import transaction

    from vedette.apps.accounts.rules import set_scope
    from vedette.travellers.app.selectors import travellers

    # A reader who may not see every row: the scope is checked for each traveller found.
    reader = on.user("bench")
    reader.purposes = ["border"]
    draw = random.Random(6)  # noqa: S311
    [count] = on.one("SELECT count(*) FROM travellers_journeyclear")
    pool = list(itertools.islice(people(count), 20_000))
    times: dict[str, list[float]] = {}
    missed = 0
    for number in range(WARM + SEARCHES):
        surname, given = draw.choice(pool)
        place = draw.randrange(1, max(2, len(surname)))
        wrong = surname[:place] + draw.choice("AEIOULRNS") + surname[place + 1 :]
        what, typed = draw.choice(
            (("as stored", f"{given} {surname}"), ("a wrong letter", f"{wrong} {given}"),
             ("a surname alone", surname), ("a surname with a wrong letter", wrong))
        )  # fmt: skip
        began = time.perf_counter()
        with transaction.atomic():
            set_scope(reader)
            found = travellers.search(name=typed)
        if number >= WARM:
            times.setdefault(what, []).append(1000 * (time.perf_counter() - began))
            missed += what == "as stored" and not found.people
    for what, some in sorted(times.items()):
        about = f"{len(some)} searches, {count:,} travellers, {missed} names as stored not found"
        yield Figure(
            f"search by name, {what}, p95", percentile(some, 0.95), "ms", about, target="150"
        )
