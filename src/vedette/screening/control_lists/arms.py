"""Identifies arms, their parts, ammunition, explosives, armoured vehicles and aircraft in a description."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from vedette.screening.control_lists import strength
from vedette.screening.control_lists.text import digits, fold, is_han

if TYPE_CHECKING:
    from vedette.screening.control_lists.index import Span
    from vedette.screening.control_lists.matcher import _Work as Work

#: The calibre of a firearm or of a cartridge.
_CALIBRE = re.compile(
    r"(?<![\d.,])(?:\d{1,2}[.,]\d{1,2}\s?[x×]\s?\d{2}|[59]\s?[x×]\s?(?:18|19|21|45)|7[.,]62|5[.,](?:56|45)|"
    r"\.(?:17|22|25|30|32|38|40|44|45|50|177|223|243|270|300|303|308|338|357|380|410|454)\b|"
    r"(?:4[.,]5|5[.,]5|6[.,]35|7[.,]65|9|12[.,]7)\s?(?:mm|мм|مم|ملم|毫米)|"
    r"(?:cal|calibre|caliber|calibro|kaliber|kal|калибра?|عيار|口径)\.?\s?[.,]?\d|\d\s?(?:калибра?|号)|"
    r"\b(?:12|16|20|28)\s?(?:ga\b|gauge|bore|/\s?7[06])|(?:22|17)\s?(?:lr|hmr|wmr)\b|"
    r"(?:9|45|38|357|380|40|308|223|30-06|6[.,]5)\s?(?:mm|acp|para|parabellum|luger|special|magnum|s&w|win|rem|"
    r"creedmoor|sig)\b)",
    re.I,
)
_FIREARM_HS = ("9301", "9302", "9303", "9304", "9305", "9306")
#: Codes under which arms are often declared wrongly, and codes that say nothing.
_HIDING = (
    "9506",
    "9503",
    "9505",
    "7326",
    "3926",
    "8205",
    "9015",
    "8419",
    "8479",
    "8302",
    "8487",
    "4421",
    "7616",
)
_DUMMY = ("", "999999", "000000", "990000")
#: The length of a barrel, which directly follows the word for it.
_LENGTH = re.compile(
    r"\W{0,2}(?:\d{2,3}(?:[.,]\d+)?\s?(?:cm|in\b|inch|inches|\"|”|''|pouces|zoll|см|سم|厘米)|\d{3}\s?mm)",
    re.I,
)

#: Signs of a smooth bore: words, and the gauges of shotguns.
_SMOOTH = re.compile(
    r"canons? lisses?|[âa]me lisse|smooth.?bore|[áa]nima lisa|ca[ñn][óo]n(?:es)? lisos?|glatt(?:er|e)? lauf|"
    r"anima liscia|alma lisa|гладкоствол|ملساء|滑膛|yivsiz|juxtapos[ée]|superpos[ée]|"
    r"\b(?:12|16|20|24|28)\s?/\s?(?:65|67|70|76|89)\b|"
    r"(?:cal(?:ib(?:re|er|ro))?|kal(?:iber)?|калибра?|عيار|口径)\.?\s{0,2}(?:12|16|20|24|28|36|410)(?![.,]?\d|\s?(?:mm|мм|مم))|"
    r"\b(?:12|16|20|24|28|410)\s?-?(?:ga\b|gauge|bore\b|калибр|号)|\.410\b",
    re.I,
)
#: Words for the kind of action of a long gun, which are parts of other arms.
_ACTION = re.compile(
    r"corredera|slide|pump|pompe|bomba|bolt|cerrojo|verrou|lever|palanca|ferrolho|затвор|помп", re.I
)
#: Words that make of ammunition the name of a container or of a kind of packing.
_CONTAINER = re.compile(
    r"[ -]{0,2}(?:packs?\b|packing|cans?\b|box(?:es)?\b|crates?\b|tins?\b|pouch(?:es)?\b|belts?\b|bags?\b|"
    r"cases?\b|cap\b|style|tape|kiste|koffer|behälter|箱|盒|袋)",
    re.I,
)
_CONTAINER_BEFORE = re.compile(
    r"(?:caja|cajas|cajón|caisse|caisses|boîte|boîtes|coffre|étui|caixa|caixas|cassa|casse|scatola|ящик|ящики|"
    r"коробка|коробки|صندوق|صناديق|علبة|علب)\s+(?:\S+\s+)?(?:de|à|a|da|para|pour|per|для|of)?\s*(?:la\s+|les\s+)?$",
    re.I,
)
#: Chapters of clothes, shoes, bags, food and cosmetics: a weapon's name alone is a brand or a design there.
_NAMED_AFTER = frozenset(
    ("42", "61", "62", "63", "64", "65", "33", "49", "71", *(f"{n:02d}" for n in range(1, 25)))
)
#: Normalised names of heavy arms that are also names of tools and heaters.
_AMBIGUOUS = frozenset(
    fold(word) for word in ("torpedo", "torpedos", "torpedoes", "торпеда", "торпедо")
)
#: Chapters of goods of everyday use whose words do not make arms the names of brands or designs.
_ARMS_CHAPTERS = ("36", "87", "88", "89", "93")
#: What follows a word for ammunition that is a shape, a pattern or a taste of other goods.
_SHAPE = re.compile(r"头|纹|[形型状款味]|图案|造型|[ -]{0,2}(?:shaped?|pattern|head|print)\b", re.I)
#: A name of a part of an arm that is also the name of a colour of metal.
_COLOUR = re.compile(r"canons? de fusil|canna di fucile|gun.?metal", re.I)


def apply(work: Work) -> None:
    """Adds the findings about arms. If the text names no weapon, the declared HS code determines the
    result."""
    if any(key.startswith("hs:3603") for key in work.found):
        return
    text = _from_text(work)
    declared = f"salw:{work.hs}"
    if text is not None:
        key, span, rule = text
        if key:
            work.add(key, rule, span)
            if key == "salw:901310":
                work.add("hs:901310", rule, span)
        elif declared in work.matcher._entries:
            work.silent.append(f"{declared} {rule}")
            work.rejected.add(declared)
        return
    if declared in work.matcher._entries and work.hs != "360330" and not work.rejected:
        if work.hs[:4] in ("8802", "8806") and work.has("toy"):
            return
        if work.hs in ("360100", "360200") and any(key.startswith("cas:") for key in work.found):
            return
        work.add(declared, "hs_declared", None)


def _first(work: Work, *roles: str) -> Span | None:
    spans = [span for role in roles for span in work.roles.get(role, ()) if not work.excluded(span)]
    return min(spans, key=lambda span: (span.first, -span.last), default=None)


Outcome = tuple[str, "Span | None", str] | None


def _from_text(work: Work) -> Outcome:
    """Returns the key, span and rule. The key is empty if the text excludes arms. Returns None if the text
    does not mention arms."""
    hs = work.hs
    listed = hs[:4] in _FIREARM_HS
    named = work.has(
        "pistol", "rifle", "shotgun", "militarygun", "muzzleload", "killer", "firearm", "cartridge",
        "cartridgesure", "ammo", "bomb", "launcher", "artillery", "other9304", "pellets", "air", "airgun", "sight",  # noqa: E501
        "gunvague", "blank", "blankgun", "heli", "uav", "salw:880240", "strongpart", "edged", "salw:360100", "salw:360200", "salw:871000", "salw:890610",  # noqa: E501
    )  # fmt: skip
    if not named and not work.has("part"):
        return None
    if work.has("paper") and not work.has("militarygun", "bomb", "launcher", "cartridgesure"):
        return "", None, "printed_matter"
    if work.has("consumer") and hs[:2] not in _ARMS_CHAPTERS and not _with_calibre(work):
        return "", None, "named_after_an_arm"
    for role, key in (
        ("killer", "salw:930390"),
        ("blankgun", "salw:930390"),
        ("other9304", "salw:930400"),
        ("launcher", "salw:930120"),
        ("artillery", "salw:930110"),
        ("bomb", "salw:930690"),
    ):
        span = _first(work, role)
        if span is not None:
            if work.has("toy", "nonfiring", "cosmetic") or _carried(work, span):
                return "", None, "not_an_arm"
            if not _plausible(work, span, key):
                return None
            if key in ("salw:930110", "salw:930120") and any(
                one.first <= span.first for one in work.roles.get("bomb", ())
            ):
                continue
            if key == "salw:930390" and _is_part(work, span) and work.has("strongpart"):
                return "salw:930510", span, "part"
            if work.has("part") and key in ("salw:930110", "salw:930120") and _is_part(work, span):
                return "salw:930591", span, "part"
            return key, span, "name"
    span = _first(work, "pellets")
    sure = span is not None and (
        span.size > 1 or (not span.fuzzy and _CALIBRE.search(digits(work.text)))
    )
    if span is not None and (sure or listed) and not work.has("toy"):
        return "salw:930629", span, "name"
    span = _first(work, "sight")
    if span is not None:
        if work.has("toy") or (work.has("accessory") and _carried(work, span)):
            return "", None, "accessory"
        return "salw:901310", span, "name"
    outcome = _ammunition(work, listed)
    if outcome is not None:
        return outcome
    outcome = _gun(work, listed)
    if outcome is not None:
        return outcome
    return _other(work)


def _with_calibre(work: Work) -> bool:
    return _CALIBRE.search(digits(work.text)) is not None


def _strong_parts(work: Work) -> bool:
    """Returns whether the line contains a reliable name of a part of an arm. In the HS chapters of clothes,
    bags and jewellery, a name that can be the colour of a metal is ignored."""
    words = work.read.words
    return any(
        work.hs[:2] not in _NAMED_AFTER
        or not _COLOUR.fullmatch(work.text[words[one.first].start : words[one.last - 1].end])
        for one in work.roles.get("strongpart", ())
    )


def _named_first(work: Work, span: Span, *roles: str) -> bool:
    """Returns whether a word of one of the roles precedes a name."""
    return any(one.last <= span.first for role in roles for one in work.roles.get(role, ()))


def _plausible(work: Work, span: Span, key: str) -> bool:
    """Returns whether the declared goods are a heavy arm. In a long text, or in a text about goods for such
    arms, the name alone is not sufficient."""
    if work.hs[:2] == "93" or key in ("salw:930400", "salw:930390"):
        return True
    purposes = [one.first for one in work.roles.get("purpose", ()) if 0 < one.first < span.first]
    if purposes and key in ("salw:930110", "salw:930120"):
        return _named_first(work, span, "bomb", "cartridge", "ammo", "part")
    if (
        work.hs not in _DUMMY
        and not work.hs.startswith(_HIDING)
        and work.hs[:2] not in ("36", "87", "84")
    ):
        return _CALIBRE.search(digits(work.text)) is not None
    single = span.last - span.first == 1
    if single and work.read.words[span.first].word in _AMBIGUOUS and not work.has("military"):
        return False
    return not (single and (len(work.read.words) > 14 or work.hs.startswith("3926")))


def _carried(work: Work, span: Span) -> bool:
    """Returns whether the goods are something that carries, holds or cleans the named goods. The word for
    such goods precedes the name, or directly follows it."""
    words = work.read.words
    for one in work.roles.get("accessory", ()):
        if one.first < span.last and one.last > span.first:
            continue
        if one.last <= span.first:
            return True
        between = work.text[words[span.last - 1].end : words[one.first].start]
        if (
            one.first - span.last <= 1
            and "," not in between
            and not re.search(r"\b(?:with|in|avec|con|mit|en|dans|com|w)\b|с ", between)
        ):
            return True
    return False


def _is_action(work: Work, part: Span) -> bool:
    """Returns whether a word for a part names the action of a long gun ("escopeta de corredera")."""
    words = work.read.words
    if not work.has("shotgun", "rifle") or work.has("pistol"):
        return False
    text = work.text[words[part.first].start : words[part.last - 1].end]
    after = work.text[words[part.last - 1].end :][:12]
    before = work.text[: words[part.first].start][-14:]
    return _ACTION.fullmatch(text) is not None and (
        re.match(r"[\W]{0,2}(?:action|cal|kal|кал|\d|$)", after, re.I) is not None
        or re.search(r"(?:repet\w+|acci[oó]n(?: de)?|de|à|a|action)\s$", before, re.I) is not None
    )


def _is_part(work: Work, span: Span) -> bool:
    """Returns whether the goods are a part of the named arm. The word for the part precedes the arm, or
    follows
    it directly without a number or a preposition."""
    words = work.read.words
    if any(
        one.first <= span.first and span.last <= one.last
        for one in work.roles.get("strongpart", ())
    ):
        return True
    for one in work.roles.get("part", ()):
        if one.first < span.last and one.last > span.first:
            continue
        if one.first >= span.last and _is_action(work, one):
            continue
        if one.last <= span.first:
            between = work.text[words[one.last - 1].end : words[span.first].start]
            if (
                one.first == 0
                or "," not in between
                or work.between(one.last, span.first, "purpose")
            ):
                return True
            continue
        between = work.text[words[span.last - 1].end : words[one.first].start]
        after = work.text[words[one.last - 1].end :]
        if (
            one.first - span.last <= 1
            and not re.search(r"[,;/+\d]", between)
            and not re.search(r"\b(?:with|w|avec|con|mit|com|à|a|and|et|y)\b|\bс ", between)
            and not _LENGTH.match(digits(after))
        ):
            return True
    return False


def _ammunition(work: Work, listed: bool) -> Outcome:
    hs = work.hs
    contained = any(_contained(work, one) for one in work.roles.get("ammo", ()))
    if contained and (work.has("empty") or not work.has("cartridge", "cartridgesure")):
        return "", None, "container"
    hull = _first(work, "hull")
    empty = work.has("empty", "unloaded") and not work.has("toy", "nonfiring")
    if hull is not None and empty and _SMOOTH.search(digits(work.text)):
        return "salw:930629", hull, "part"
    sure = _first(work, "cartridgesure", "ammo")
    word = _first(work, "cartridge")
    span = sure or word
    if span is None:
        return None
    calibre = _with_calibre(work)
    named_after = (
        hs[:2] in _NAMED_AFTER
        or work.has("clothes")
        or _SHAPE.match(work.text, work.read.words[span.last - 1].end)
    )
    if named_after and not calibre and not hs.startswith("93"):
        return "", None, "named_after_an_arm"
    gun = work.has("pistol", "rifle", "shotgun", "militarygun", "firearm")
    if sure is None:
        if work.has("notammo") and not hs.startswith("93"):
            return ("", None, "other_cartridge") if not gun else None
        if work.has("part", "accessory") and not hs.startswith("9306"):
            return None
        if not (
            hs.startswith("9306")
            or (calibre and not work.has("tool", "toy"))
            or (gun and _bullet_for(work, span))
        ):
            return None
    if work.has("toy", "nonfiring"):
        return "", None, "not_an_arm"
    if _carried(work, span):
        return "", None, "accessory"
    if sure is not None and work.has("part") and _first(work, "part") is not None and not calibre:
        magazine = _first(work, "part")
        if magazine is not None and magazine.last <= span.first and gun:
            return None
    shot = work.has("shotload") and not work.has("rifle", "pistol", "militarygun")
    if (
        shot
        and re.search(r"rifle|carabine|\.3\d\d|balle|bala|büchse", work.text, re.I)
        and not re.search(r"shot|12|16|20", work.text)
    ):
        shot = False
    if hs in ("930621", "930630") and not shot:
        return f"salw:{hs}", span, "name"
    return ("salw:930621" if shot else "salw:930630"), span, "name"


def _contained(work: Work, span: Span) -> bool:
    """Returns whether a word for ammunition is part of the name of a container or of a kind of packing."""
    words = work.read.words
    start, end = words[span.first].start, words[span.last - 1].end
    return (
        _CONTAINER.match(work.text, end) is not None
        or _CONTAINER_BEFORE.search(work.text[max(0, start - 40) : start]) is not None
    )


def _bullet_for(work: Work, span: Span) -> bool:
    guns = [
        one
        for role in ("pistol", "rifle", "shotgun", "militarygun")
        for one in work.roles.get(role, ())
    ]
    return any(abs(one.first - span.last) <= 2 or abs(span.first - one.last) <= 2 for one in guns)


def _gun(work: Work, listed: bool) -> Outcome:
    hs = work.hs
    if hs.startswith("36"):
        return None
    span = _first(work, "militarygun", "shotgun", "rifle", "pistol", "firearm")
    loading = _first(work, "muzzleload")
    if loading is not None and (
        span is not None
        or listed
        or loading.last - loading.first > 1
        or re.search(r"mou?s[kq]|muzz|мушк|vorder|avan", work.text, re.I)
    ):
        span = loading
    if span is None and _air_sure(work):
        span = _first(work, "airgun")
    vague = _first(work, "gunvague")
    if span is None and vague is None:
        return None
    calibre = _CALIBRE.search(digits(work.text)) is not None
    base = span or vague
    if base is None:
        return None
    if (
        (hs[:2] in _NAMED_AFTER or work.has("clothes"))
        and not calibre
        and not _strong_parts(work)
        and (not hs.startswith("93"))
    ):
        return "", None, "named_after_an_arm"
    hidden = hs in _DUMMY or hs.startswith(_HIDING)
    sure = (
        work.has("militarygun", "muzzleload")
        or calibre
        or (
            work.has("hunting", "military", "blank")
            and work.has("pistol", "rifle", "shotgun", "firearm")
        )
    )
    if work.has("tool") and not (work.has("militarygun") or (calibre and not work.has("notammo"))):
        return "", None, "tool"
    airsoft = re.search(
        r"air ?soft|paintball|co2|4[.,]5|5[.,]5|6 ?mm|bbs?\b|\.177|\.22|joule|彩弹|havalı|balines",
        work.text,
        re.I,
    )
    if (
        work.has("toy")
        and not (work.has("air", "airgun") and airsoft)
        and not (calibre and work.has("blank"))
    ):
        return "", None, "toy"
    if work.has("nonfiring") and not hs.startswith(("9301", "9302", "9303")):
        return "", None, "not_an_arm"
    if work.has("nonfiring") and re.search(
        r"non.?firing|inert|décor|decor|replica|réplique|ornament", work.text, re.I
    ):
        return "", None, "not_an_arm"
    if _carried(work, base):
        return "", None, "accessory"
    part = work.has("part", "strongpart") and _is_part(work, base)
    if not (listed or sure or hidden or (part and work.has("strongpart"))):
        named = work.has("shotgun", "rifle", "air", "airgun") and work.has(
            "hunting", "air", "airgun"
        )
        if not named and hs[:2] != "93":
            return None
    if (
        not (listed or sure)
        and hidden
        and not (
            work.has("pistol", "rifle", "shotgun", "air", "airgun")
            and (hs not in ("",) or work.has("hunting", "air", "airgun", "part"))
        )
    ):
        return None
    if part:
        return _part_key(work), base, "part"
    weapon = work.has("pistol", "rifle", "gunvague", "firearm", "shotgun") or _air_sure(work)
    if work.has("air", "airgun") and not work.has("militarygun") and weapon:
        return "salw:930400", base, "name"
    if work.has("blank") and work.has("pistol", "gunvague", "firearm", "rifle"):
        return "salw:930390", base, "name"
    if work.has("muzzleload"):
        return "salw:930310", base, "name"
    if work.has("militarygun") or (
        work.has("military") and work.has("rifle", "gunvague", "firearm")
    ):
        return "salw:930190", base, "name"
    if work.has("shotgun"):
        return "salw:930320", base, "name"
    if work.has("rifle") and _SMOOTH.search(digits(work.text)) and not work.has("pistol"):
        return "salw:930320", base, "name"
    if work.has("rifle"):
        if hs in ("930190", "930320", "930310"):
            return f"salw:{hs}", base, "name"
        return "salw:930330", base, "name"
    if work.has("pistol"):
        if hs == "930390":
            return "salw:930390", base, "name"
        return "salw:930200", base, "name"
    return None


def _air_sure(work: Work) -> bool:
    """Returns whether a word alone names an air weapon."""
    return any(
        not span.fuzzy or span.size > 1 or len(work.read.words[span.first].word) >= 7
        for span in work.roles.get("airgun", ())
    )


def _part_key(work: Work) -> str:
    if work.hs in ("930510", "930520", "930591", "930599") and not work.has(
        "pistol", "rifle", "shotgun"
    ):
        return f"salw:{work.hs}"
    sporting = re.search(
        r"ar-?15|sporting|semi-?auto|hunting|chasse|caza|охот|صيد|jagd", work.text, re.I
    )
    if (work.has("militarygun") or work.has("military")) and not sporting:
        return "salw:930591"
    if work.has("air", "airgun") and not work.has("shotgun"):
        return "salw:930599"
    if work.has("pistol"):
        return "salw:930510"
    if work.has("shotgun", "rifle", "muzzleload"):
        return "salw:930520"
    return f"salw:{work.hs}" if work.hs.startswith("9305") else "salw:930599"


def _other(work: Work) -> Outcome:
    """Examines a description for explosives, armoured vehicles, warships, helicopters and unmanned
    aircraft."""
    for key in ("salw:360100", "salw:360200", "salw:871000", "salw:890610", "salw:880240"):
        spans = [span for span in work.roles.get(key, ()) if not work.excluded(span)]
        if not spans:
            continue
        chapter = {
            "salw:360100": "36",
            "salw:360200": "36",
            "salw:871000": "87",
            "salw:890610": "89",
            "salw:880240": "88",
        }[key]
        if work.has("toy", "nonfiring", "paper", "accessory"):
            return "", None, "not_an_arm"
        if chapter == "36" and work.has("cosmetic"):
            return "", None, "not_an_arm"
        if chapter == "36" and (
            work.has("clothes")
            or any(_SHAPE.match(work.text, work.read.words[one.last - 1].end) for one in spans)
        ):
            return "", None, "named_after_an_arm"
        if work.has("article") and key in ("salw:360100", "salw:360200"):
            return "", None, "article"
        span = max(spans, key=lambda one: one.last - one.first)
        if (
            work.hs[:2] == chapter
            or work.hs in _DUMMY[1:]
            or span.last - span.first >= 2
            or work.hs.startswith(("3824", "8708", "3813"))
        ):
            return key, span, "name"
        if (
            work.hs == ""
            and len(work.read.words) <= 6
            and (
                is_han(work.read.words[span.first].word)
                or len(work.read.words[span.first].word) >= 6
            )
        ):
            return key, span, "name"
    drones = work.roles.get("uav", [])
    light = min(strength.masses(work.text), default=Decimal(1)) < Decimal("0.25")
    fitting = work.hs in _DUMMY or work.hs.startswith(("8525", "9503"))
    if drones and light and fitting and not work.has("toy", "part", "accessory", "paper"):
        return "salw:880621", drones[0], "name"
    helicopters = work.roles.get("heli", [])
    if helicopters and not work.has("toy", "nonfiring", "paper", "part", "accessory", "hs:880730"):
        mass = max(strength.masses(work.text), default=Decimal(0))
        if mass >= 100 and (work.hs in _DUMMY or work.hs.startswith(("88", "87", "84"))):
            return ("salw:880212" if mass > 2000 else "salw:880211"), helicopters[0], "name"
    return None


def kilograms(text: str) -> Decimal | None:
    """Returns the smallest mass that a text states, in kilograms."""
    return min(strength.masses(text), default=None)
