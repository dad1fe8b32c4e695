"""Applies the rules of identification to a line, and returns its matches with entries of control lists.

The rules are applied only to lines that contain a word of a name, a CAS or UN number, or a listed HS code.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import numpy as np

from vedette.screening.control_lists import arms, arrays, strength
from vedette.screening.control_lists.index import Found, Span, index_of
from vedette.screening.control_lists.model import (
    MAX_DESCRIPTION,
    MAX_SPAN,
    NOTHING,
    Entry,
    Finding,
    Knowledge,
    Line,
    Match,
    Result,
)
from vedette.screening.control_lists.text import INVISIBLE, cleaned, digits, fold, is_han

#: Roles whose words alone do not start the work on a description.
_WEAK = (
    "free", "freeafter", "purpose", "empty", "article", "cosmetic", "strongpure", "chemical", "particle",
    "notpowder", "gunvague", "toy", "tool", "accessory", "paper", "nonfiring", "part", "notammo", "hunting",
    "blank", "military", "shotload", "other", "except", "derivative", "air",
    "kit", "clothes", "consumer", "hull",
    "trade", "unloaded",
)  # fmt: skip
#: Roles whose words do not count where they are part of a longer name.
_CONTAINED = frozenset(
    (
        "part",
        "accessory",
        "article",
        "cosmetic",
        "tool",
        "notammo",
        "purpose",
        "free",
        "blank",
        "cartridge",
    )
)
#: Names whose words may stand apart, as in "aluminium atomised powder".
_LOOSE = ("cas:7429-90-5", "cas:7439-95-4", "hs:848210", "hs:848220", "hs:848230", "hs:848250")
_CAS = re.compile(
    r"(?<![\dOo-])([1-9OolI]?[\dOolI]{1,6})\s?-\s?([\dOolI]{2})\s?-\s?([\dOolI])(?![\dOo]|-\d)"
)
#: A quick test for the end of a CAS number.
_MAYBE_CAS = re.compile(
    r"[\dOolI][H\s]*[-－][H\s]*[\dOolI][H]*[\dOolI][H\s]*[-－][H\s]*[\dOolI]".replace(
        "H", INVISIBLE
    )
)
_UN = re.compile(
    r"\b(?:UN|ONU|UNO|OON|ООН)\s{0,2}(?:N[o°º]\.?|nr\.?|number|:|-)?\s{0,2}([\dOo]{4})\b", re.I
)
#: Concentration in percent below which a substance without a limit is not a main component.
_MAIN = Decimal(10)
#: HS codes that say nothing about the goods, and chapters of chemical products.
_DUMMY = frozenset(("", "999999", "000000", "990000"))
#: Residual codes in which listed substances are often declared.
_RESIDUAL = frozenset(
    ("382499", "310510", "310590", "382490", "381400", "281119", "294200", "290559")
)
_CHEMICAL = frozenset(
    ("25", "26", "27", "28", "29", "30", "31", "32", "34", "36", "38", "76", "81")
)
#: Chapters of food, medicines, cosmetics, clothes and other goods of everyday use.
_CONSUMER = frozenset(
    f"{n:02d}" for n in (*range(1, 25), 30, 33, *range(42, 44), *range(50, 68), 71, *range(91, 98))
)
#: Names that also have an ordinary meaning: they need a sign that the line declares a chemical.
_HOMONYM = frozenset(
    (
        "cas:77-81-6",
        "cas:96-64-0",
        "cas:107-44-8",
        "cas:50782-69-9",
        "cas:9009-86-3",
        "cas:538-07-8",
    )
)
#: Substances that are common in shops: a name alone in a long title is not enough.
_COMMON = frozenset(
    ("cas:57-13-6", "cas:67-64-1", "cas:7704-34-9", "cas:7722-84-1", "cas:7757-79-1", "cas:7681-49-4",
     "cas:102-71-6", "cas:7429-90-5", "cas:7439-95-4", "cas:100-97-0")
)  # fmt: skip
#: Characters after a Chinese name, and before it, that make it the name of another substance.
_HAN_AFTER = re.compile(
    r"(?:(?:[一二三四五六]|单|双|正|异|叔|聚)*(?:氢|甲|乙|丙|丁|戊|己|辛|苯|胍|羟|氨基)|"
    r"[酸酮醇醛酯胺酐腈烷烯炔酚醚盐酶肟腙脲肼缩根锂钠钾铷铯铍镁钙锶钡镓铟锡铅铋钛锆铬锰亚钴镍铜锌镉汞银铵镧铈树]|[铝铁](?![桶瓶罐箱听])|络合)"
)
_HAN_BEFORE = frozenset("甲乙丙丁戊己庚辛壬癸双亚偏焦次过代溴碘羟硝磺苯环异叔聚酰嘧巯")
#: A word before a name, or after it, that makes it the name of another substance.
_RADICAL = re.compile(
    r"(?<![\w])(?:(?:di|tri|mono|bis|hydroxy|oxo|amino|chloro|bromo|fluoro|nitro|thio)*"
    r"(?:acetyl|phenyl|benzyl|diacetone|hydroxy|chloro|bromo|fluoro|iodo|amino|thio|allyl|butyl|ethyl|methyl|"
    r"dimethyl|diethyl|propyl|acétyl|phényl|éthyl|méthyl|acetil|fenil|etil|metil|ацетил|фенил|метил|этил|диметил))"
    r"(?:[ -]|\W?\d-)$",
    re.I,
)
_COMPOUND = re.compile(
    r"[ -](?:esters?|éster(?:es)?|oxime?|cyanohydrin|cyanhydrine|semicarbazone|hydrazone|azine|amide|anilide|"
    r"(?:mono|di|tri)?(?:methyl|ethyl|butyl|phenyl|sodium|potassium)(?:\s?ester)?|salts?\b|эфир)",
    re.I,
)
#: What follows a name that states a greatest content of the goods, as in "6.5 sulphur max".
_CONTENT = re.compile(r"\W{0,3}(?:max(?:i|imum|imal)?\b|content\b|макс|máx)", re.I)
#: Chapters of ores, fuels and metals, whose descriptions state the content of sulphur.
_WITH_SULPHUR = ("26", "27", "72", "73")
#: What follows a word for an article when the goods are the raw material of the article.
_MATERIAL = re.compile(
    r"\W?(?:原料|用|级|厂|生产|制造|行业|工业|raw material|materials?\b|industry|manufactur|production|"
    r"сырь|factory|industrie|fabrik)",
    re.I,
)
#: The substance whose strength is also stated in volumes of oxygen.
_PEROXIDE = "cas:7722-84-1"
_SULPHUR = "cas:7704-34-9"
#: Folded words for a solution.
_SOLUTION = tuple(fold(word) for word in ("solution", "aqueous", "раствор", "محلول"))
#: The keys of fuses, caps, igniters and detonators.
_FUSES = tuple(f"hs:3603{n}0" for n in range(1, 7))
#: What the folded form of a text with a UN number contains.
_UN_SIGNS = ("un", "onu", "oon", "ooh")
#: Kits of reagents are declared in this heading.
_KITS = "3822"
#: A word for an acid without the word acid: the terms of `names` that need a strength.
_BARE = "bare:"
#: Number of words up to which a description that is little more than a name counts as the goods themselves.
_SHORT = 4


#: Maximum number of descriptions, and of characters, that are read at once.
_MOST_LINES, _MOST_CHARACTERS = 1_000, 100_000
#: Number of descriptions up to which each is read alone.
_FEW = 4
#: Number of descriptions whose result is kept.
_KEPT = 2_000


def _with_dashes(raw: arrays.Codes) -> list[int]:
    """Returns the indexes of the texts that contain two or more dashes."""
    dashes = np.flatnonzero((raw == ord("-")) | (raw == ord("－")))
    lines = np.searchsorted(np.flatnonzero(raw == ord("\n")), dashes)
    found: list[int] = np.flatnonzero(np.bincount(lines) >= 2).tolist() if len(dashes) else []
    return found


def _numbered(description: str) -> bool:
    """Returns whether a description contains a text that may be a CAS number."""
    if description.count("-") + description.count("－") < 2:
        return False
    if _MAYBE_CAS.search(description) is None:
        return False
    text = description if description.isascii() else cleaned(description)[0]
    return _CAS.search(digits(text)) is not None


def _batches(descriptions: Sequence[str]) -> Iterator[list[str]]:
    """Yields the descriptions in order, each cut at `MAX_DESCRIPTION` characters, in batches."""
    batch: list[str] = []
    size = 0
    for description in descriptions:
        batch.append(description[:MAX_DESCRIPTION])
        size += len(batch[-1])
        if len(batch) == _MOST_LINES or size >= _MOST_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class Matcher:
    """Finds matches between lines and entries of control lists."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.index = index_of(knowledge, weak=_WEAK, loose=_LOOSE)
        self._lists = {one.key: one for one in knowledge.lists}
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        by_hs: dict[str, dict[str, bool]] = defaultdict(dict)
        for entry in knowledge.entries:
            self._entries[entry.key].append(entry)
            for code in entry.hs:
                by_hs[code][entry.key] = by_hs[code].get(entry.key, False) or entry.residual
        self._by_hs = {code: dict(keys) for code, keys in by_hs.items()}
        self._known: dict[tuple[str, str], Result] = {}
        self._cas = {cas: entry.key for entry in knowledge.entries for cas in entry.cas}
        self._numbers = {
            number: tuple(key for key in keys if key in self._entries)
            for number, keys in knowledge.numbers.items()
        }

    def check(self, line: Line) -> Result:
        """Returns the matches of a line. `check_many` is faster for more than one line."""
        return self.check_many((line.description,), (line.hs,))[0]

    def check_many(self, descriptions: Sequence[str], declared: Sequence[str]) -> list[Result]:
        """Returns the matches of descriptions with their declared HS codes, in order."""
        results: list[Result] = []
        for batch in _batches(descriptions):
            codes = declared[len(results) : len(results) + len(batch)]
            results += self._check(batch, codes, self._worth(batch, codes)[0])
        return results

    def check_folded(
        self, descriptions: Sequence[str], declared: Sequence[str]
    ) -> tuple[list[Result], list[str]]:
        """Returns the matches as `check_many` does. Also returns the normalised form of each description
        (`text.fold`), so that a caller who needs it does not have to compute it again."""
        results: list[Result] = []
        folded: list[str] = []
        for batch in _batches(descriptions):
            codes = declared[len(results) : len(results) + len(batch)]
            worth, letters = self._worth(batch, codes)
            results += self._check(batch, codes, worth)
            folded += map(fold, batch) if letters is None else arrays.divided(letters)
        return results, folded

    def worth(self, descriptions: Sequence[str], declared: Sequence[str]) -> list[int]:
        """Returns the indexes of the descriptions that contain a word of a name or a number, or whose code is
        listed. All other descriptions have no match."""
        found: list[int] = []
        done = 0
        for batch in _batches(descriptions):
            worth, _ = self._worth(batch, declared[done : done + len(batch)])
            found += (done + number for number in sorted(worth))
            done += len(batch)
        return found

    def _worth(
        self, batch: list[str], declared: Sequence[str]
    ) -> tuple[set[int], arrays.Codes | None]:
        """Returns the indexes of the descriptions that are worth reading. For many descriptions, also returns
        the codes of their normalised forms."""
        folded = None
        if len(batch) <= _FEW:
            worth = {
                number
                for number, description in enumerate(batch)
                if self.index.is_worth_reading(description) or _numbered(description)
            }
        else:
            raw = arrays.joined(batch)
            folded = arrays.fold_codes(raw)
            worth = self.index.worth_reading(batch, folded)
            worth.update(number for number in _with_dashes(raw) if _numbered(batch[number]))
        worth.update(number for number, hs in enumerate(declared) if hs[:6] in self._by_hs)
        return worth, folded

    def _check(
        self, batch: list[str], declared: Sequence[str], worth: Iterable[int]
    ) -> list[Result]:
        """Returns the matches of a batch of descriptions of at most `MAX_DESCRIPTION` characters.

        `worth` contains the indexes of the descriptions that are read.
        """
        results = [NOTHING] * len(batch)
        for number in worth:
            description, hs = batch[number], declared[number][:6]
            result = self._known.get((description, hs))
            if result is None:
                work = _Work(self, hs, self._by_hs.get(hs) or {}, description)
                work.run()
                result = self._result(work, description, hs)
                if len(self._known) >= _KEPT:
                    self._known.clear()
                self._known[description, hs] = result
            results[number] = result
        return results

    def _result(self, work: _Work, description: str, hs: str) -> Result:
        matches = self._matches(work, work.found.values(), description, hs)
        named = [one for key, one in work.below.items() if key not in work.found]
        below = self._matches(work, named, description, hs, below=True)
        facts = work.facts() if matches or below else frozenset()
        return Result(tuple(matches), tuple(work.silent), facts, tuple(below))

    def _matches(
        self,
        work: _Work,
        findings: Iterable[Finding],
        description: str,
        hs: str,
        *,
        below: bool = False,
    ) -> list[Match]:
        """Returns the matches of findings, one for each entry that has the key of a finding."""
        matches = []
        for finding in findings:
            start, end = finding.start, finding.end
            on_text = end > start
            end = min(end, start + MAX_SPAN)
            text = description[start:end] if on_text else hs
            amount = work.strengths.get(finding.key)
            for entry in self._entries.get(finding.key, ()):
                known = self._lists[entry.list]
                above = not below and (amount is None or not work.within(entry, amount))
                matches.append(
                    Match(
                        finding.key, known.key, known.version, entry.name_en, finding.rule,
                        "description" if on_text else "hs_declared",
                        start if on_text else 0, end if on_text else len(hs), text, finding.facts, above,
                    )
                )  # fmt: skip
        return matches

    def entries_of(self, key: str) -> list[Entry]:
        """Returns the entries with a key."""
        return self._entries.get(key, [])


class _Work:
    """Examines one line."""

    def __init__(
        self, matcher: Matcher, hs: str, listed: dict[str, bool], description: str
    ) -> None:
        self.matcher = matcher
        self.hs = hs
        self.listed = listed
        self.description = description
        self.read: Found = matcher.index.find(description)
        self.text = self.read.text
        self._amounts: dict[bool, list[strength.Amount]] = {}
        self.found: dict[str, Finding] = {}
        #: Findings whose strength the list does not cover, and the strengths that were read.
        self.below: dict[str, Finding] = {}
        self.strengths: dict[str, strength.Amount] = {}
        self.silent: list[str] = []
        self.roles: dict[str, list[Span]] = defaultdict(list)
        self.names: list[Span] = []
        self.bare: list[Span] = []
        widest: list[int] = []
        for span in self.read.spans:
            if span.term in _CONTAINED and len(self.read.spans) > 1:
                widest = widest or self._widest()
                length = span.last - span.first
                if all(widest[at] > length for at in range(span.first, span.last)):
                    continue
            if span.term.startswith(_BARE):
                self.bare.append(span)
            elif span.term.startswith("cas:") or span.term == "other":
                self.names.append(span)
            else:
                self.roles[span.term].append(span)
        self.stated: dict[str, tuple[str, int, int]] = {}
        #: Words of substances and goods that were read, even if they are below a limit.
        self.rejected: set[str] = set()

    def _widest(self) -> list[int]:
        """Returns, for each word, the number of words in the longest name that contains this word."""
        widest = [0] * len(self.read.words)
        for _, first, last, _, _ in self.read.spans:
            for at in range(first, last):
                widest[at] = max(widest[at], last - first)
        return widest

    def run(self) -> None:
        """Applies all rules."""
        self._numbers()
        self._substances()
        self._fuses()
        arms.apply(self)
        self._strategic()
        self._imported()
        self._declared()
        self.silent = [one for one in self.silent if one.split(" ")[0] not in self.found]

    def facts(self) -> frozenset[str]:
        """Returns the contradictions between the name, the numbers and the declared code. Findings below a
        limit are used only if there are no others."""
        facts = set()
        found = self.found or self.below
        named = {
            key for key, one in found.items() if one.rule in ("name", "part", "name_against_hs")
        }
        substances = {key for key in named if key.startswith("cas:")}
        for key, (rule, _, _) in self.stated.items():
            if substances and key not in substances and key.startswith("cas:"):
                facts.add("cas_against_text" if rule == "cas_number" else "un_against_text")
        codes = {
            code for key in found for entry in self.matcher.entries_of(key) for code in entry.hs
        }
        on_text = any(one.rule != "hs_declared" for one in found.values())
        if self.hs in _RESIDUAL or (self.hs in _DUMMY and self.hs):
            facts.add("residual_code")
        elif on_text and codes and self.hs and self.hs not in codes:
            facts.add("hs_against_text")
        return frozenset(facts)

    # The functions that `arms` uses too

    def has(self, *roles: str) -> bool:
        """Returns whether the line contains a word of one of the roles."""
        return not self.roles.keys().isdisjoint(roles)

    def amounts(self, key: str = "") -> list[strength.Amount]:
        """Returns the concentrations that the line states for a substance."""
        volumes = key == _PEROXIDE
        found = self._amounts.get(volumes)
        if found is None:
            found = self._amounts[volumes] = strength.amounts(self.text, volumes=volumes)
        return found

    def add(self, key: str, rule: str, span: Span | None, *facts: str) -> None:
        """Records a finding, once for each key. If the finding has no span, the declared HS code is the
        evidence."""
        if key in self.found or key not in self.matcher._entries:
            return
        start, end = self.read.place(span.first, span.last) if span is not None else (0, 0)
        self.found[key] = Finding(key, rule, start, end, facts)

    def put(self, key: str, rule: str, start: int, end: int, *facts: str) -> None:
        """Records a finding with a span of the joined text."""
        if key not in self.found and key in self.matcher._entries:
            start, end = self.read.original(start, end)
            self.found[key] = Finding(key, rule, start, end, facts)

    def between(self, first: int, last: int, *roles: str) -> bool:
        """Returns whether a word of one of the roles is between two words."""
        return any(
            first <= span.first < last for role in roles for span in self.roles.get(role, ())
        )

    # Substances

    def _numbers(self) -> None:
        """Reads CAS and UN numbers."""
        plain = digits(self.text)
        clean = str.maketrans("OoIl", "0011")
        for one in _CAS.finditer(plain) if plain.count("-") > 1 else ():
            number = "-".join(part.translate(clean) for part in one.groups())
            if key := self.matcher._cas.get(number):
                self.stated.setdefault(key, ("cas_number", one.start(), one.end()))
        folded = self.read.folded
        for one in _UN.finditer(plain) if any(sign in folded for sign in _UN_SIGNS) else ():
            for key in self.matcher._numbers.get(one.group(1).translate(clean), ()):
                self.stated.setdefault(key, ("un_number", one.start(), one.end()))

    def _chosen(self) -> list[Span]:
        """Returns a selection of the substance names found, in which no two names overlap. The longest name
        is preferred, then the first."""
        taken: set[int] = set()
        chosen: list[Span] = []
        for span in sorted(self.names, key=lambda s: (-s.size, s.last - s.first, s.fuzzy, s.first)):
            same = [one for one in chosen if (one.first, one.last) == (span.first, span.last)]
            if taken.isdisjoint(range(span.first, span.last)) or (same and span.term != "other"):
                taken.update(range(span.first, span.last))
                chosen.append(span)
        return sorted(chosen, key=lambda s: s.first)

    def _substances(self) -> None:
        chosen = self._chosen()
        self.others = [span for span in chosen if span.term == "other"]
        blocked = {(s.first, s.last) for s in self.others}
        for span in chosen:
            if span.term == "other" or (span.first, span.last) in blocked:
                continue
            self._substance(span)
        taken = {at for span in chosen for at in range(span.first, span.last)}
        for span in self.bare:
            if taken.isdisjoint(range(span.first, span.last)) and self._stands_by_strength(span):
                self._substance(span._replace(term=span.term.removeprefix(_BARE)))
        for key, (rule, start, end) in self.stated.items():
            if key in self.found or key in self.rejected:
                continue
            if key.startswith("cas:"):
                why = self._too_weak(key, start, end) or self._not_goods(None, key)
                if why:
                    self._reject(key, why, Finding(key, rule, *self.read.original(start, end)))
                    continue
            elif self.has("toy", "nonfiring"):
                continue
            self.put(key, rule, start, end)

    def _stands_by_strength(self, span: Span) -> bool:
        """Returns whether a strength directly precedes or follows a word."""
        start, end = self.read.words[span.first].start, self.read.words[span.last - 1].end
        return any(0 <= one.start - end <= 2 or 0 <= start - one.end <= 2 for one in self.amounts())

    def _substance(self, span: Span) -> None:
        key = span.term
        words = self.read.words
        start, end = words[span.first].start, words[span.last - 1].end
        why = (
            self._free_of(span)
            or ("excluded" if self.excluded(span) else "")
            or ("part_of_another_name" if self._part_of_name(span) else "")
            or ("content" if self._is_content(span, key) else "")
            or self._not_goods(span, key)
            or self._too_weak(key, start, end)
            or self._homonym(span, key)
            or self._wrong_form(span, key)
        )
        if why:
            self._reject(key, why, Finding(key, "name", *self.read.place(span.first, span.last)))
            return
        facts = []
        if key in self.stated:
            facts.append(self.stated[key][0])
        if self.hs in {code for entry in self.matcher.entries_of(key) for code in entry.hs}:
            facts.append("hs_agrees")
        if span.fuzzy:
            facts.append("spelling")
        self.add(key, "name", span, *facts)

    def _reject(self, key: str, why: str, finding: Finding | None = None) -> None:
        """Records that a name does not count. A finding below a limit is kept for the rules of hits."""
        self.rejected.add(key)
        self.silent.append(f"{key} {why}")
        if why == "below_limit" and finding is not None and key in self.matcher._entries:
            self.below.setdefault(key, finding)

    def within(self, entry: Entry, amount: strength.Amount) -> bool:
        """Returns whether a strength is outside the range that an entry covers."""
        percent = strength.of_degrees(amount, entry.key)
        if entry.limit_nitrogen is not None and (
            amount.nitrogen or (percent <= 35 and not self._solution())
        ):
            return percent <= entry.limit_nitrogen
        if entry.least is not None:
            return percent < entry.least
        return entry.limit is not None and percent <= entry.limit

    def _free_of(self, span: Span) -> str:
        """Returns the reason why the goods do not contain a named substance, according to the words around
        the name."""
        for one in self.roles.get("free", ()):
            if 0 <= span.first - one.last <= 1:
                return "free_of"
        for one in self.roles.get("freeafter", ()):
            if one.first == span.last and not self.text[self.read.words[span.last - 1].end :][
                :2
            ].startswith(","):
                return "free_of"
        return ""

    def excluded(self, span: Span) -> bool:
        """Returns whether the text excludes the named goods ("other than sulphides of sodium"), or names
        something
        that is made from them."""
        for one in self.roles.get("except", ()):
            if 0 <= span.first - one.last <= 9:
                return True
        return any(0 <= span.first - one.last <= 2 for one in self.roles.get("derivative", ()))

    def _is_content(self, span: Span, key: str) -> bool:
        """Returns whether a name only states a component of other goods, such as the sulphur in a fuel."""
        if any(self.hs in entry.hs for entry in self.matcher.entries_of(key)):
            return False
        if key == _SULPHUR and self.hs[:2] in _WITH_SULPHUR:
            return True
        return _CONTENT.match(self.text, self.read.words[span.last - 1].end) is not None

    def _part_of_name(self, span: Span) -> bool:
        """Returns whether a name is the end of the longer name of another chemical, as in
        `(aminoiminomethyl)urea` or `N,N-dimethylamine`."""
        start = self.read.words[span.first].start
        before = self.text[max(0, start - 8) : start]
        if before.endswith(")") and len(before) > 1 and before[-2].isalnum():
            return True
        if re.search(r"(?:^|[\W\d])(?:N|O|S|tert|sec|iso|\d)-$", before) is not None:
            return True
        end = self.read.words[span.last - 1].end
        if is_han(self.read.words[span.first].word):
            return before[-1:] in _HAN_BEFORE or _HAN_AFTER.match(self.text, end) is not None
        return (
            _RADICAL.search(self.text[max(0, start - 24) : start]) is not None
            or _COMPOUND.match(self.text, end) is not None
        )

    def _not_goods(self, span: Span | None, key: str) -> str:
        """Returns the reason why the goods are something other than the substance that they name."""
        pure = "cas_number" in self.stated.get(key, ("",))
        if self.has("empty") and self.has("chemical"):
            return "empty_packaging"
        if self.has("kit") or (self.hs.startswith(_KITS) and not pure):
            return "article"
        if (
            self.has("empty")
            and any(self.read.words[one.last - 1].end and one for one in self.roles["empty"])
            and not pure
        ):
            return "empty_packaging"
        if pure and self.has("chemical"):
            return ""
        if span is None:
            return "article" if self.has("article") and not self.has("chemical") else ""
        first_purpose = min((one.first for one in self.roles.get("purpose", ())), default=10_000)
        agrees = self.hs in {code for entry in self.matcher.entries_of(key) for code in entry.hs}
        for one in self.roles.get("article", ()):
            if one.first >= span.first and one.last <= span.last:
                continue
            if one.first >= span.last and self.between(span.last, one.first, "purpose"):
                continue
            if _MATERIAL.match(self.text, self.read.words[one.last - 1].end):
                continue
            if one.first >= span.last and (agrees or self.has("chemical")):
                words = self.read.words
                if (
                    one.first - span.last > 3
                    or "," in self.text[words[span.last - 1].end : words[one.first].start]
                ):
                    continue
            if one.last <= span.first and first_purpose == 0:
                continue
            return "article"
        if (
            0 < first_purpose < span.first <= first_purpose + 6
            and not self._starts_with_goods(first_purpose)
            and (self.others or not self.between(0, first_purpose, "chemical"))
        ):
            return "purpose"
        bulk = agrees and self.has("chemical")
        if self.has("cosmetic") and not bulk and not self._concentrated(key, span):
            return "consumer_goods"
        return ""

    def _starts_with_goods(self, purpose: int) -> bool:
        """Returns whether a listed name precedes the word that states the purpose of the goods."""
        return any(one.first < purpose and one.term != "other" for one in self.names)

    def _concentrated(self, key: str, span: Span) -> bool:
        """Returns whether the line states that the substance is pure or strong."""
        words = self.read.words
        start, end = words[span.first].start, words[span.last - 1].end
        found = strength.nearest(self.amounts(key), start, end)
        if found is not None:
            return found.percent >= 90 or (
                any(entry.limit for entry in self.matcher.entries_of(key)) and found.percent >= 20
            )
        return any(
            abs(one.first - span.last) <= 1 or abs(span.first - one.last) <= 1
            for one in self.roles.get("strongpure", ())
        )

    def _too_weak(self, key: str, start: int, end: int) -> str:
        """Returns the reason why the stated strength is outside the range of the list."""
        found = strength.nearest(self.amounts(key), start, end)
        if found is None:
            return ""
        if key not in self.found:
            self.strengths[key] = found
        entries = self.matcher.entries_of(key)
        percent = strength.of_degrees(found, key)
        limits = [entry.limit for entry in entries if entry.limit is not None]
        nitrogen = [entry.limit_nitrogen for entry in entries if entry.limit_nitrogen is not None]
        least = [entry.least for entry in entries if entry.least is not None]
        if nitrogen and (found.nitrogen or (percent <= 35 and not self._solution())):
            return "below_limit" if percent <= min(nitrogen) else ""
        if least:
            return "below_limit" if percent < min(least) else ""
        if limits:
            return "below_limit" if percent <= min(limits) else ""
        if any(entry.category.startswith("schedule 1") for entry in entries):
            return ""
        return "minor_component" if percent < _MAIN else ""

    def _solution(self) -> bool:
        folded = self.read.folded
        return any(word in folded for word in _SOLUTION)

    def _homonym(self, span: Span, key: str) -> str:
        """Returns the reason why a name does not count, because it has another meaning or is common in
        shops."""
        chapter = self.hs[:2]
        signs = bool(key in self.stated or self.has("chemical", "strongpure") or self.amounts(key))
        if chapter in ("28", "29", "31", "36"):
            return ""
        if chapter in _CONSUMER and not signs:
            return "no_sign_of_a_chemical"
        if key in _HOMONYM:
            if self.hs in _DUMMY:
                return "" if signs and not self.has("article") else "homonym"
            return "" if chapter in _CHEMICAL and signs else "homonym"
        if key in _COMMON or span.fuzzy:
            size = len(self.read.words)
            if chapter in _CHEMICAL or self._concentrated(key, span):
                return ""
            if signs and (self.hs or not self.has("cosmetic")):
                return ""
            if size - (span.last - span.first) <= _SHORT and not span.fuzzy:
                return ""
            return "no_sign_of_a_chemical"
        return ""

    def _wrong_form(self, span: Span, key: str) -> str:
        """Returns the reason why a metal does not have the form that the list covers."""
        entries = self.matcher.entries_of(key)
        if not any(entry.form == "powder" for entry in entries):
            return ""
        if self.has("notpowder"):
            return "wrong_form"
        limits = [entry.unit_um for entry in entries if entry.unit_um is not None]
        size = strength.coarsest(self.text)
        if size is not None and limits and size > max(limits):
            return "too_coarse"
        return ""

    # Fuses, detonators, igniters

    def _fuses(self) -> None:
        if self.has("toy", "paper") or (self.has("cosmetic") and not self.hs.startswith("36")):
            return
        if not self.has("det", *_FUSES):
            return
        for key in _FUSES:
            spans = [span for span in self.roles.get(key, ()) if not self.excluded(span)]
            if not spans:
                continue
            if key == "hs:360350" and not self._igniter():
                continue
            if self.has("empty", "nonfiring") or self._for_fuses(spans[0]):
                self._reject(key, "article")
                continue
            self.add(key, "name", spans[0])
            if key == "hs:360330":
                self.add("salw:360330", "name", spans[0])
        if detonators := self.roles.get("det"):
            if any(key.startswith("hs:3603") for key in self.found) or self.has("article"):
                return
            electric = re.search(r"[eé]l[eé]ctr|elektr|электр|كهرب|电", self.text, re.I) is not None
            if self.hs.startswith("3603") or self.hs[:2] in ("36", "85", "93") or self.hs in _DUMMY:
                self.add("hs:360360" if electric else "hs:360340", "name", detonators[0])

    def _igniter(self) -> bool:
        """Returns whether a word for igniter means the goods of heading 36.03."""
        if self.hs[:2] == "36":
            return True
        folded = self.read.folded
        signs = (
            "flrework",
            "pyro",
            "artlflc",
            "un o",
            "uno",
            "squlb",
            "match",
            "llstky",
            "blast",
            "cord",
        )
        return (
            any(sign in folded for sign in signs)
            or re.search(r"фейерверк|пиротехн|ألعاب|烟花|电引火|电点火头", self.text) is not None
        )

    def _for_fuses(self, span: Span) -> bool:
        """Returns whether the goods are made for fuses, for example a tool or a box."""
        return any(
            one.last <= span.first or one.first <= span.last + 1
            for one in self.roles.get("article", ())
        ) or any(one.first <= span.last for one in self.roles.get("accessory", ()))

    # Strategic goods

    def _strategic(self) -> None:
        spans = [
            span
            for term, held in self.roles.items()
            if term.startswith("hs:") and not term.startswith("hs:3603")
            for span in held
        ]
        spans = [span for span in spans if span.term in self.matcher._entries]
        declared = f"hs:{self.hs}"
        is_declared = declared in self.matcher._entries and not self.hs.startswith("3603")
        best = self._longest(spans)
        strong = [span for span in best if self._specific(span)]
        if is_declared:
            named = {span.term for span in strong}
            elsewhere = named and declared not in {span.term for span in spans}
            if elsewhere and not self._other_goods(strong[0]):
                self.add(strong[0].term, "name_against_hs", strong[0])
                return
            here = [span for span in spans if span.term == declared]
            if not here and any(key.startswith(("salw:", "hs:3603")) for key in self.found):
                return
            self.add(declared, "name" if here else "hs_declared", here[0] if here else None)
            return
        if self.others and not strong:
            return
        for span in best:
            if self._other_goods(span):
                continue
            near = self.hs[:2] == span.term[3:5] or self.hs in _DUMMY
            if self._specific(span) or near:
                if self.hs[:4] == span.term[3:7] and not self._specific(span):
                    continue
                self.add(span.term, "name", span)
                return

    def _imported(self) -> None:
        """Reads the names that an imported list states for its entries without a CAS number."""
        spans = [
            span
            for term, held in self.roles.items()
            if term.startswith("entry:") and term in self.matcher._entries
            for span in held
        ]
        for span in self._longest(spans):
            exact = not span.fuzzy or self._specific(span)
            if exact and not (
                self._other_goods(span) or self._free_of(span) or self.excluded(span)
            ):
                self.add(span.term, "name", span)

    def _specific(self, span: Span) -> bool:
        """Returns whether a name alone is precise enough to identify goods."""
        size = sum(len(word.word) for word in self.read.words[span.first : span.last])
        han = not self.text.isascii() and re.search(r"[\u3400-\u9fff]", self.text) is not None
        if span.fuzzy:
            return span.size >= 2 or size >= 10
        if any(
            (one.first, one.last) == (span.first, span.last) for one in self.roles.get("trade", ())
        ):
            return True
        return span.last - span.first >= 2 or size >= 10 or (han and size >= 4)

    def _longest(self, spans: list[Span]) -> list[Span]:
        taken: set[int] = set()
        chosen = []
        for span in sorted(spans, key=lambda s: (s.first - s.last, s.fuzzy, s.first)):
            if taken.isdisjoint(range(span.first, span.last)):
                taken.update(range(span.first, span.last))
                chosen.append(span)
        for other in self.others:
            chosen = [s for s in chosen if s.last <= other.first or s.first >= other.last]
        return chosen

    def _other_goods(self, span: Span) -> bool:
        """Returns whether the words around a name say that the goods are accessories, toys or printed
        matter."""
        if self.has("toy", "paper", "nonfiring"):
            return True
        purpose = min((one.first for one in self.roles.get("purpose", ())), default=10_000)
        if 0 < purpose < span.first:
            return True
        return any(
            one.last <= span.first or one.first - span.last <= 1
            for one in self.roles.get("accessory", ())
            if one.first >= span.last or one.last <= span.first
        )

    # Declared codes

    def _declared(self) -> None:
        """Uses the declared HS code if the text does not identify the goods."""
        for key, residual in self.listed.items():
            if key in self.found or key.startswith("salw:"):
                continue
            if key.startswith("hs:"):
                if key.startswith("hs:3603") and not self._contradicted(key):
                    self.add(key, "hs_declared", None)
                    if key == "hs:360330":
                        self.add("salw:360330", "hs_declared", None)
                continue
            if residual or key in self.rejected or self._contradicted(key):
                continue
            if any(one.startswith("cas:") for one in self.found):
                continue
            self.add(key, "hs_declared", None)

    def _contradicted(self, key: str) -> bool:
        """Returns whether the text describes goods that differ from the goods of the declared code."""
        if self.rejected or self.others or self.has("toy", "paper", "empty"):
            return True
        if key.startswith("cas:"):
            if self._too_weak(key, 0, 0):
                return True
            if any(entry.form == "powder" for entry in self.matcher.entries_of(key)):
                size = strength.coarsest(self.text)
                if size is not None and size > 200:
                    return True
            return self.has("article", "cosmetic") and not self.has("chemical")
        return any(one.startswith(("salw:", "hs:")) for one in self.found)
