"""Checks files of the International Aid Transparency Initiative (IATI 2.03): the schema, the code lists
and the rules of the standard.

The schema, the code lists and the rules are published by IATI and are not part of vedette. These files are
loaded from a folder at run time. External entities, network access and large texts are not permitted.

Sources: IATI-Schemas 2.03, IATI-Codelists, IATI-Rulesets (`standard.json`).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lxml import etree

from vedette.core.errors import Failure

#: Greatest size of a file in bytes, and the most problems that are reported of one kind.
MAX_BYTES, MAX_PROBLEMS = 64 << 20, 1_000
#: Attribute → the code list that it uses, as XPath from the root. A condition excludes other vocabularies.
_OWN = "(not(@vocabulary) or @vocabulary='1')"
CODES: tuple[tuple[str, str], ...] = (
    ("//activity-date/@type", "ActivityDateType"),
    ("//activity-scope/@code", "ActivityScope"),
    ("//activity-status/@code", "ActivityStatus"),
    (f"//default-aid-type[{_OWN}]/@code | //aid-type[{_OWN}]/@code", "AidType"),
    ("//budget/@status", "BudgetStatus"),
    ("//budget/@type", "BudgetType"),
    ("//iati-activity/@budget-not-provided", "BudgetNotProvided"),
    ("//collaboration-type/@code", "CollaborationType"),
    ("//conditions/condition/@type", "ConditionType"),
    ("//contact-info/@type", "ContactType"),
    ("//recipient-country/@code", "Country"),
    ("//@currency | //@default-currency", "Currency"),
    ("//iati-activity/description/@type", "DescriptionType"),
    ("//document-link/category/@code", "DocumentCategory"),
    ("//default-finance-type/@code | //transaction/finance-type/@code", "FinanceType"),
    ("//default-flow-type/@code | //transaction/flow-type/@code", "FlowType"),
    ("//indicator/@measure", "IndicatorMeasure"),
    ("//indicator/reference/@vocabulary", "IndicatorVocabulary"),
    ("//@xml:lang | //document-link/language/@code", "Language"),
    ("//participating-org/@role", "OrganisationRole"),
    (
        "//reporting-org/@type | //participating-org/@type | //provider-org/@type | //receiver-org/@type",
        "OrganisationType",
    ),
    (f"//policy-marker[{_OWN}]/@code", "PolicyMarker"),
    ("//policy-marker/@significance", "PolicySignificance"),
    (f"//recipient-region[{_OWN}]/@code", "Region"),
    ("//related-activity/@type", "RelatedActivityType"),
    ("//result/@type", "ResultType"),
    (f"//sector[{_OWN}]/@code", "Sector"),
    ("//sector/@vocabulary", "SectorVocabulary"),
    ("//default-tied-status/@code | //transaction/tied-status/@code", "TiedStatus"),
    ("//transaction/transaction-type/@code", "TransactionType"),
    ("/iati-activities/@version | /iati-organisations/@version", "Version"),
)


@dataclass(frozen=True)
class Fault:
    """An error in a file: its kind (`schema`, `code`, `rule`), its line, the rule or code list that is
    violated, and the message. `warning` is true for rules that the standard only recommends.
    """

    kind: str
    line: int
    name: str
    message: str
    warning: bool = False


class Standard:
    """The schema, the code lists and the rules, loaded from a folder whose subfolders have the names that
    IATI uses in its publications.
    """

    def __init__(self, folder: Path) -> None:
        """Loads the standard. Raises `Failure` if a part is missing or cannot be read."""
        try:
            self._schemas = {
                "iati-activities": _schema(folder / "2.03" / "iati-activities-schema.xsd"),
                "iati-organisations": _schema(folder / "2.03" / "iati-organisations-schema.xsd"),
            }
            lists = sorted((folder / "codelists" / "xml").glob("*.xml"))
            self._codes = {path.stem: _codes(path) for path in lists}
            rules = (folder / "rulesets" / "rulesets" / "standard.json").read_text("utf-8")
            self._rules: dict[str, Any] = json.loads(rules)
        except (OSError, ValueError, etree.LxmlError) as error:
            raise Failure(f"{folder}: the IATI standard cannot be read: {error}") from error

    def check(self, content: bytes, now: dt.datetime) -> list[Fault]:
        """Returns the errors in a file. Dates in the file are compared with the time `now`."""
        if len(content) > MAX_BYTES:
            return [Fault("schema", 0, "size", f"larger than {MAX_BYTES} bytes")]
        try:
            root = etree.fromstring(content, _parser())
        except etree.XMLSyntaxError as error:
            return [Fault("schema", error.lineno or 0, "xml", str(error)[:300])]
        if root.getroottree().docinfo.doctype:
            return [Fault("schema", 1, "doctype", "a document type is not allowed")]
        schema = self._schemas.get(root.tag)
        if schema is None:
            return [
                Fault(
                    "schema",
                    1,
                    "root",
                    "the root is neither iati-activities nor iati-organisations",
                )
            ]
        faults = []
        if not schema.validate(root):
            faults = [
                Fault("schema", one.line, one.type_name, one.message[:300])
                for one in schema.error_log
            ]
        faults += self._check_codes(root)
        faults += _Rules(self._rules, root, now).faults()
        return faults[:MAX_PROBLEMS]

    def _check_codes(self, root: etree._Element) -> Iterator[Fault]:
        for path, name in CODES:
            codes = self._codes.get(name)
            if codes is None:
                continue
            for value in _strings(root.xpath(path)):
                code = str(value)
                if (code.lower() if name == "Language" else code) not in codes:
                    line = value.getparent().sourceline or 0
                    yield Fault(
                        "code", line, name, f"{code[:60]!r} is not a code of the list {name}"
                    )


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )


def _schema(path: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(path), parser))


def _codes(path: Path) -> frozenset[str]:
    root = etree.parse(str(path), _parser()).getroot()
    codes = {(one.text or "").strip() for one in root.iter("code")}
    return (
        frozenset(code.lower() for code in codes) if path.stem == "Language" else frozenset(codes)
    )


def _strings(found: Any) -> Iterator[Any]:
    """Returns the attribute values of an XPath result."""
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, str))


class _Rules:
    """Applies the rules of `standard.json` to one file."""

    def __init__(self, rules: Mapping[str, Any], root: etree._Element, now: dt.datetime) -> None:
        self._rules, self._root, self._now = rules, root, now

    def faults(self) -> Iterator[Fault]:
        for context, rules in self._rules.items():
            for path in context.split(" | "):
                for element in self._root.xpath(path):
                    yield from self._apply(element, rules, "")

    def _apply(
        self, element: etree._Element, rules: Mapping[str, Any], value: str
    ) -> Iterator[Fault]:
        for kind, rule in rules.items():
            for case in rule["cases"]:
                if kind == "loop":
                    for one in sorted({str(v) for v in _strings(element.xpath(case["foreach"]))}):
                        if "'" not in one:
                            yield from self._apply(element, case["do"], one)
                    continue
                case = _filled(case, value)
                if "condition" in case and not element.xpath(f"boolean({case['condition']})"):
                    continue
                # Rules with a condition on the register of organisations need the register, which is on-line.
                if "idCondition" in case or getattr(self, f"_{kind}")(element, case):
                    continue
                info = case.get("ruleInfo", {})
                yield Fault(
                    "rule", element.sourceline or 0, info.get("id", kind), info.get("message", kind),
                    info.get("severity") != "error",
                )  # fmt: skip

    def _found(self, element: etree._Element, case: Mapping[str, Any]) -> list[Any]:
        return [one for path in case["paths"] for one in element.xpath(path)]

    def _texts(self, element: etree._Element, paths: Iterable[str]) -> list[str]:
        found = (one for path in paths for one in element.xpath(path))
        return [one if isinstance(one, str) else (one.text or "") for one in found]

    def _unique(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        texts = [text.strip() for text in self._texts(element, case["paths"])]
        return len(set(texts)) == len(texts)

    def _startswith(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        prefixes = [one.strip() for one in self._texts(element, case["prefix"])]
        return all(
            any(text.strip().startswith(one + case.get("separator", "")) for one in prefixes)
            for text in self._texts(element, case["paths"])
        )

    def _atleast_one(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        return bool(self._found(element, case))

    def _no_more_than_one(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        return len(self._found(element, case)) <= 1

    def _one_or_all(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        if element.xpath(case["one"]):
            return True
        if case["all"] == "lang":
            return not element.xpath("descendant::narrative[not(@xml:lang)]")
        if case["all"] == "currency":
            parents = "budget", "transaction", "planned-disbursement"
            money = " | ".join(f"{parent}/value[not(@currency)]" for parent in parents)
            other = "descendant::loan-status[not(@currency)] | descendant::forecast/value[not(@currency)]"
            return not element.xpath(f"{money} | {other}")
        transactions = element.xpath("transaction")
        stated = [bool(one.xpath(case["all"])) for one in transactions]
        return all(stated) or not any(stated)

    def _day(self, element: etree._Element, path: str) -> dt.date | None:
        if path == "NOW":
            return self._now.date()
        texts = self._texts(element, [path])
        try:
            return dt.date.fromisoformat(texts[0][:10]) if texts else None
        except ValueError:
            return None

    def _date_order(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        less, more = self._day(element, case["less"]), self._day(element, case["more"])
        return less is None or more is None or less <= more

    def _date_now(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        day = self._day(element, case["date"])
        return day is None or day <= self._now.date()

    def _time_limit(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        """Whether a period is at most one year long."""
        start, end = self._day(element, case["start"]), self._day(element, case["end"])
        return start is None or end is None or (end - start).days <= 366

    def _between_dates(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        day, start = self._day(element, case["date"]), self._day(element, case["start"])
        end = self._day(element, case["end"])
        return day is None or start is None or end is None or start <= day <= end

    def _regex_matches(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        return all(re.search(case["regex"], text) for text in self._texts(element, case["paths"]))

    def _no_spaces(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        return all(text == text.strip() for text in self._texts(element, case["paths"]))

    def _numbers(self, element: etree._Element, case: Mapping[str, Any]) -> list[Decimal]:
        numbers = []
        for text in self._texts(element, case["paths"]):
            try:
                number = Decimal(text.strip())
            except InvalidOperation:
                continue
            # `NaN` and `1E+999999` are decimals too. The schema refuses them, and no sum has them.
            if number.is_finite() and abs(number.adjusted()) < 30:
                numbers.append(number)
        return numbers

    def _strict_sum(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        numbers = self._numbers(element, case)
        return not numbers or sum(numbers) == Decimal(str(case["sum"]))

    def _range(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        least, most = Decimal(str(case["min"])), Decimal(str(case["max"]))
        return all(least <= number <= most for number in self._numbers(element, case))

    def _if_then(self, element: etree._Element, case: Mapping[str, Any]) -> bool:
        if not element.xpath(f"boolean({case['if']})"):
            return True
        return bool(element.xpath(f"boolean({case['then']})"))


def _filled(case: Mapping[str, Any], value: str) -> Mapping[str, Any]:
    """Returns a copy of a rule inside a loop, in which `$1` is replaced by the present value of the loop."""
    if not value:
        return case
    texts: Sequence[str] = ("condition", "if", "then", "less", "more", "date")
    filled = {
        key: part.replace("$1", value) if key in texts and isinstance(part, str) else part
        for key, part in case.items()
    }
    if "paths" in case:
        filled["paths"] = [path.replace("$1", value) for path in case["paths"]]
    return filled
