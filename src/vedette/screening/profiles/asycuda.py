"""Import of selectivity criteria as ASYCUDA's users write them.

    Criteria "PHOSPHORUS"
      // comment
      If ComCod = "2804" .. "2812" and CtyOrigCod in ("AA", "BB") and not DecCod = "D-7"
      Then RedLane IS 100; YellowLane IS 20
    EndIf

From the specification: no public sample of a country's criteria exists, so the reader is lenient about
quotes, semicolons, line ends and capitals. Fields become columns by a mapping, which is data
(`FIELDS`), over the vocabulary given. What cannot be mapped is named by its line and left out of the
expression; such a criterion is marked not complete, and is a draft for a person to finish.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vedette.core.records import Record
from vedette.screening.profiles.criteria import (
    Criterion,
    Field,
    Problem,
    Reader,
    Stop,
    Token,
    problem,
    tokens,
)
from vedette.screening.vocabulary import Vocabulary

MAX_CHARACTERS = 1 << 20
MAX_CRITERIA = 5_000

#: Field, in small letters → column of the goods vocabulary.
FIELDS: Mapping[str, Field] = {
    "comcod": Field("hs", prefix=True), "hscod": Field("hs", prefix=True),
    "tarcod": Field("hs", prefix=True),
    "ctyorigcod": Field("origin"), "ctyorig": Field("origin"),
    "ctyexpcod": Field("export_country"), "ctyexp": Field("export_country"),
    "ctydestcod": Field("destination"), "ctydest": Field("destination"),
    "ctyfirstdestcod": Field("first_destination"), "ctytradcod": Field("trading_country"),
    "consigneecod": Field("consignee"), "consigneenam": Field("consignee_name"),
    "cmpconscod": Field("consignee"), "importercod": Field("consignee"),
    "exportercod": Field("consignor"), "consignorcod": Field("consignor"),
    "cmpexpcod": Field("consignor"), "exporternam": Field("consignor_name"),
    "deccod": Field("declarant"), "declarantcod": Field("declarant"),
    "grossmass": Field("gross_mass_kg"), "grsmass": Field("gross_mass_kg"),
    "netmass": Field("net_mass_kg"), "invval": Field("value"), "itminvval": Field("value"),
    "statval": Field("statistical_value"), "cifval": Field("statistical_value"),
    "nbpkg": Field("packages"), "pkgnbr": Field("packages"), "nbitems": Field("items"),
    "itmnbr": Field("items"), "cpccod": Field("procedure"), "extproccod": Field("procedure"),
    "natproccod": Field("national_procedure"), "curcod": Field("currency"),
    "cuocod": Field("office"), "custofficecod": Field("office"), "borderofficecod": Field("border_office"),
    "modtransp": Field("transport_mode"), "transpmod": Field("transport_mode"),
    "pkgkindcod": Field("package_kind"), "goodsdesc": Field("description"),
    "prefcod": Field("preference"), "trsshed": Field("warehouse"), "locgoods": Field("goods_location"),
}  # fmt: skip

#: Field, in small letters → column of the traveller vocabulary: the countries of the flight. Its `origin`
#: and `destination` are airports, so that the fields of goods do not mean them.
TRAVELLERS: Mapping[str, Field] = {
    "ctyexpcod": Field("origin_country"), "ctyexp": Field("origin_country"),
    "ctydestcod": Field("destination_country"), "ctydest": Field("destination_country"),
}  # fmt: skip


class Imported(Record, frozen=True, kw_only=True):
    """Criteria in the order of the text, and what belongs to none of them."""

    criteria: tuple[Criterion, ...]
    problems: tuple[Problem, ...]


def read(text: str, vocabulary: Vocabulary, fields: Mapping[str, Field] = FIELDS) -> Imported:
    """The criteria of a text over a vocabulary; never raises, whatever the text is."""
    if len(text) > MAX_CHARACTERS:
        long = problem(1, f"more than {MAX_CHARACTERS} characters; split the file",
            f"plus de {MAX_CHARACTERS} caractères ; divisez le fichier")  # fmt: skip
        return Imported(criteria=(), problems=(long,))
    found: list[Criterion] = []
    problems: list[Problem] = []
    for number, some in enumerate(_criteria(list(tokens(text)), problems)):
        if number >= MAX_CRITERIA:
            problems.append(problem(some[0].line, f"more than {MAX_CRITERIA} criteria; the rest is left",
                f"plus de {MAX_CRITERIA} critères ; le reste est laissé"))  # fmt: skip
            break
        reader = Reader(some, vocabulary, fields, FIELDS.keys())
        try:
            made = reader.criterion()
        except Stop as stop:
            problems += [*reader.problems, stop.problem]
            continue
        if not made:
            problems += reader.problems
        found += made
    return Imported(criteria=tuple(found), problems=tuple(problems))


def _criteria(tokens: list[Token], problems: list[Problem]) -> Iterator[list[Token]]:
    """The tokens of each criterion, from its word `Criteria` on."""
    current: list[Token] = []
    for token in tokens:
        if token.kind == "word" and token.text.lower() in ("criteria", "criterion"):
            if current:
                yield current
            current = [token]
        elif current:
            current.append(token)
        elif not problems:
            problems.append(problem(token.line, "text before the first criterion is left out",
                "le texte avant le premier critère est laissé de côté"))  # fmt: skip
    if current:
        yield current
