"""Records of seized firearms, parts and ammunition: code lists, fields, and the forms in which makes and
calibres are compared.

The firearm types are those of the UNODC illicit arms flows questionnaire (IAFQ), with their rows in category
VIII of the annual report of the Arms Trade Treaty. The parts are defined in the Firearms Protocol (article
3), and the marks in the International Tracing Instrument. `read` checks the fields of a form or of a row of a
file.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from vedette.core import codes, serials
from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy, pgettext_lazy

ITEMS = {
    "firearm": gettext_lazy("firearm"),
    "part": gettext_lazy("part or component"),
    "ammunition": gettext_lazy("ammunition"),
}


class Type(NamedTuple):
    """A type of firearm: its name, its type in the IAFQ, and its row in category VIII of the annual report of
    the Arms Trade Treaty (`SA` small arms, `LW` light weapons)."""

    name: Text
    iafq: str
    att: str


TYPES = {
    "revolver": Type(gettext_lazy("revolver"), "revolver", "SA1"),
    "pistol": Type(gettext_lazy("self-loading pistol"), "pistol", "SA1"),
    "rifle": Type(gettext_lazy("rifle"), "rifle", "SA2"),
    "carbine": Type(gettext_lazy("carbine"), "rifle", "SA2"),
    "shotgun": Type(gettext_lazy("shotgun"), "shotgun", "SA6"),
    "submachine_gun": Type(gettext_lazy("sub-machine gun"), "submachine_gun", "SA3"),
    "assault_rifle": Type(gettext_lazy("assault rifle"), "rifle", "SA4"),
    "light_machine_gun": Type(gettext_lazy("light machine gun"), "machine_gun", "SA5"),
    "heavy_machine_gun": Type(gettext_lazy("heavy machine gun"), "machine_gun", "LW1"),
    "grenade_launcher": Type(gettext_lazy("hand-held or mounted grenade launcher"), "other", "LW2"),
    "anti_tank_gun": Type(gettext_lazy("portable anti-tank gun"), "other", "LW3"),
    "recoilless_rifle": Type(gettext_lazy("recoilless rifle"), "other", "LW4"),
    "rocket_launcher": Type(
        gettext_lazy("portable anti-tank missile launcher or rocket system"), "other", "LW5"
    ),
    "mortar": Type(gettext_lazy("mortar under 75 mm"), "other", "LW6"),
    "small_arm": Type(gettext_lazy("other small arm"), "other", "SA6"),
    "light_weapon": Type(gettext_lazy("other light weapon"), "other", "LW7"),
}
#: The types of the IAFQ.
IAFQ = {
    "revolver": gettext_lazy("revolvers"),
    "pistol": gettext_lazy("pistols"),
    "rifle": gettext_lazy("rifles"),
    "submachine_gun": gettext_lazy("sub-machine guns"),
    "shotgun": gettext_lazy("shotguns"),
    "machine_gun": gettext_lazy("machine guns"),
    "other": pgettext_lazy("firearms", "others"),
}
PARTS = {
    "frame": gettext_lazy("frame or receiver"),
    "barrel": gettext_lazy("barrel"),
    "slide": gettext_lazy("slide"),
    "cylinder": gettext_lazy("cylinder"),
    "bolt": gettext_lazy("bolt or breech block"),
    "silencer": gettext_lazy("silencer"),
    "magazine": gettext_lazy("magazine"),
    "other": gettext_lazy("other part"),
}
SERIAL_STATES = {
    "intact": pgettext_lazy("serial number", "intact"),
    "altered": pgettext_lazy("serial number", "altered"),
    "erased": pgettext_lazy("serial number", "erased"),
    "none": pgettext_lazy("serial number", "none"),
}
#: Why a serial number is missing, or is not known in full.
REASONS = {
    "never_marked": gettext_lazy("the item was never marked"),
    "removed": gettext_lazy("the number was removed or ground off"),
    "unreadable": gettext_lazy("the number cannot be read (rust, wear, damage)"),
    "part_unmarked": gettext_lazy("parts of this kind carry no number"),
    "not_found": gettext_lazy("no number was found in the usual places"),
    "not_examined": gettext_lazy("the item has not been examined yet"),
    "other": gettext_lazy("another reason, stated in the remarks"),
}
#: How a firearm was made or changed.
MADE = {
    "converted": gettext_lazy("converted"),
    "reactivated": gettext_lazy("reactivated"),
    "craft": gettext_lazy("craft-made"),
    "printed": gettext_lazy("3D-printed"),
    "assembled": gettext_lazy("assembled from unmarked parts"),
}
#: The fields of a record, in the order of the form and of the file.
FIELDS = (
    "item", "type", "part", "quantity", "make", "model", "calibre", "serial", "serial_state",
    "no_serial", "country", "made_year", "import_country", "import_year", "proof_mark", "marks",
    "last_country", "made", "lot", "iarms_on", "remarks",
)  # fmt: skip
LABELS = {
    "item": pgettext_lazy("firearm", "Item"),
    "type": pgettext_lazy("firearm", "Type"),
    "part": pgettext_lazy("firearm", "Part"),
    "quantity": pgettext_lazy("firearm", "Number of pieces"),
    "make": pgettext_lazy("firearm", "Make"),
    "model": pgettext_lazy("firearm", "Model"),
    "calibre": pgettext_lazy("firearm", "Calibre"),
    "serial": gettext_lazy("Serial number"),
    "serial_state": gettext_lazy("State of the serial number"),
    "no_serial": gettext_lazy("Why the serial number is missing"),
    "country": gettext_lazy("Country of manufacture"),
    "made_year": gettext_lazy("Year of manufacture"),
    "import_country": gettext_lazy("Import mark: country"),
    "import_year": gettext_lazy("Import mark: year"),
    "proof_mark": gettext_lazy("Proof mark"),
    "marks": gettext_lazy("Other marks"),
    "last_country": gettext_lazy("Last country of legal possession"),
    "made": gettext_lazy("How the firearm was manufactured or modified"),
    "lot": gettext_lazy("Ammunition lot"),
    "iarms_on": gettext_lazy("Date of the comparison with INTERPOL iARMS"),
    "remarks": pgettext_lazy("firearm", "Remarks"),
}
#: Limits.
MAX_TEXT, MAX_REMARKS, MAX_QUANTITY = 100, 2_000, 1_000_000_000
_YEARS = range(1700, 2200)
_SEPARATORS = re.compile(r"[;,|\s]+")

NO_ITEM = gettext_lazy("State whether the item is a firearm, a part or ammunition.")
NO_TYPE = gettext_lazy("State the type of the firearm.")
NO_PART = gettext_lazy("State the kind of the part.")
UNKNOWN_CODE = gettext_lazy("%(value)s is not a code of this list.")
LONG = gettext_lazy("The text has more than %(n)s characters.")
BAD_SERIAL = gettext_lazy(
    "A serial number has at most 40 characters: letters, digits, spaces and . / - ( ) #. Write ? for a"
    " character that cannot be read."
)
NO_STATE = gettext_lazy("State whether the serial number is intact, altered, erased or absent.")
NO_REASON = gettext_lazy(
    "The serial number is missing or cannot be read in full: state the reason."
)
NONE_AND_SERIAL = gettext_lazy(
    "A serial number is entered, but the state of the serial number is “none”."
)
EXPLAIN = gettext_lazy("Explain the reason in the remarks.")
ONE_EACH = gettext_lazy(
    "Create one record for each firearm and for each part with a serial number."
)
BAD_QUANTITY = gettext_lazy("%(value)s is not a whole number between 1 and 1,000,000,000.")
BAD_COUNTRY = gettext_lazy("%(value)s is not a country.")
BAD_YEAR = gettext_lazy("%(value)s is not a four-digit year.")
BAD_DAY = gettext_lazy("%(value)s is not a date in the form 2026-11-30.")


class Firearm(Record, frozen=True, kw_only=True):
    """A seized firearm, part or lot of ammunition. `type` is a key of `TYPES`, `part` is a key of `PARTS`,
    and `made` contains keys of `MADE`. `serial` is the number as it was entered. Countries are alpha-2
    codes."""

    item: str
    type: str = ""
    part: str = ""
    quantity: int = 1
    make: str = ""
    model: str = ""
    calibre: str = ""
    serial: str = ""
    serial_state: str = "none"
    no_serial: str = ""
    country: str = ""
    made_year: int | None = None
    import_country: str = ""
    import_year: int | None = None
    proof_mark: str = ""
    marks: str = ""
    last_country: str = ""
    made: tuple[str, ...] = ()
    lot: str = ""
    iarms_on: dt.date | None = None
    remarks: str = ""

    @property
    def named(self) -> Text:
        """The name of the type of firearm, the name of the part, or the word for ammunition."""
        if self.item == "firearm":
            return TYPES[self.type].name
        return PARTS[self.part] if self.item == "part" else ITEMS["ammunition"]


Errors = dict[str, Text]


def read(fields: Mapping[str, str]) -> tuple[Firearm | None, Errors]:
    """Returns the record that the fields of a form or of a row describe, and the problems by field. Codes are
    accepted in any case. Values that do not apply to the item are dropped, for example a serial number of
    ammunition."""
    errors: Errors = {}

    def text(name: str, most: int = MAX_TEXT) -> str:
        value = " ".join(serials.clean(fields.get(name) or "").split())
        if len(value) > most:
            errors[name] = LONG.given(n=most)
        return value

    def code(name: str, known: Mapping[str, object], missing: Text | None = None) -> str:
        value = text(name).lower().replace(" ", "_").replace("-", "_")
        if value and value not in known:
            errors[name] = UNKNOWN_CODE.given(value=value[:30])
        elif not value and missing is not None:
            errors[name] = missing
        return value

    def country(name: str) -> str:
        value = text(name)
        found = codes.country(value) if value else ""
        if found is None:
            errors[name] = BAD_COUNTRY.given(value=value[:30])
        return found or ""

    def year(name: str) -> int | None:
        value = text(name)
        if not value:
            return None
        if not re.fullmatch(r"\d{4}", value, re.ASCII) or int(value) not in _YEARS:
            errors[name] = BAD_YEAR.given(value=value[:20])
            return None
        return int(value)

    item = code("item", ITEMS, NO_ITEM)
    kind = code("type", TYPES, NO_TYPE if item == "firearm" else None)
    part = code("part", PARTS, NO_PART) if item == "part" else ""
    remarks = text("remarks", MAX_REMARKS)
    stated = text("quantity")
    quantity = 1
    if stated:
        digits = re.sub(r"[\s'\u202f\u00a0]", "", stated)
        if re.fullmatch(r"\d{1,10}", digits, re.ASCII) and 0 < int(digits) <= MAX_QUANTITY:
            quantity = int(digits)
        else:
            errors["quantity"] = BAD_QUANTITY.given(value=stated[:30])
    serial, state, reason = "", "none", ""
    if item != "ammunition":
        serial = serials.clean(fields.get("serial") or "")
        state = code("serial_state", SERIAL_STATES, NO_STATE)
        reason = code("no_serial", REASONS)
        _check_serial(serial, state, reason, remarks, errors)
        if quantity > 1 and (item == "firearm" or serial):
            errors.setdefault("quantity", ONE_EACH)
    made = tuple(dict.fromkeys(one for one in _SEPARATORS.split(text("made").lower()) if one))
    if wrong := next((one for one in made if one not in MADE), None):
        errors["made"] = UNKNOWN_CODE.given(value=wrong[:30])
    day = text("iarms_on")
    checked = None
    if day:
        try:
            checked = dt.date.fromisoformat(day)
        except ValueError:
            errors["iarms_on"] = BAD_DAY.given(value=day[:30])
    one = Firearm(
        item=item, type=kind if item != "ammunition" else "", part=part, quantity=quantity,
        make=text("make"), model=text("model"), calibre=text("calibre"), serial=serial,
        serial_state=state, no_serial=reason, country=country("country"), made_year=year("made_year"),
        import_country=country("import_country"), import_year=year("import_year"),
        proof_mark=text("proof_mark"), marks=text("marks"), last_country=country("last_country"),
        made=made, lot=text("lot"), iarms_on=checked, remarks=remarks,
    )  # fmt: skip
    return (None, errors) if errors else (one, {})


def _check_serial(serial: str, state: str, reason: str, remarks: str, errors: Errors) -> None:
    """Adds the problems found in the serial number, in the stated condition of the number, and in the reason
    why the number is missing."""
    if serial and not serials.is_serial(serial):
        errors["serial"] = BAD_SERIAL
    elif serial and state == "none":
        errors["serial_state"] = NONE_AND_SERIAL
    elif not serials.form(serial) and not reason and "no_serial" not in errors:
        errors["no_serial"] = NO_REASON
    if reason == "other" and not remarks:
        errors.setdefault("remarks", EXPLAIN)


def given(one: Firearm) -> dict[str, str]:
    """Returns the fields of a record as texts, as they are entered in a form or in a row of a file (the
    inverse of `read`)."""

    def written(value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, tuple):
            return ";".join(value)
        return value.isoformat() if isinstance(value, dt.date) else str(value)

    return {name: written(getattr(one, name)) for name in FIELDS}


# --- comparison -----------------------------------------------------------------------------------

#: Parts of company names that do not identify a make.
_LEGAL = {
    "ag", "sa", "s", "spa", "srl", "gmbh", "gesmbh", "inc", "co", "corp", "company", "corporation", "ltd",
    "limited", "llc", "as", "ad", "doo", "sro", "kg", "plc", "arms", "firearms", "manufacturing",
    "industries", "waffenfabrik", "waffenwerke", "armas", "armes", "armi", "fabrica", "manufacture",
}  # fmt: skip
#: Names of one calibre: C.I.P. and usual trade names, and their metric names.
_CALIBRES = (
    "9x19 9mmparabellum 9mmpara 9mmluger 9luger 9para 9parabellum 9mmnato 9mmx19",
    "9x18 9mmmakarov 9makarov 9mmx18 9x18mm",
    "9x17 9mmshort 9mmkurz 9kurz 9court 9mmcourt 380acp 380auto 9mmbrowning",
    "765x17 32acp 32auto 765browning 765mmbrowning 765",
    "635x16 25acp 25auto 635browning 635mmbrowning 635",
    "762x25 762tokarev 762mmtokarev",
    "762x39 762mmx39",
    "762x51 308win 308winchester 762nato 308",
    "556x45 223rem 223remington 556nato 556 223",
    "545x39 545mmx39 545",
    "762x54r 762x54",
    "1143x23 45acp 45auto 45",
    "22lr 22longrifle 56x15r 22",
    "12gauge 12ga 1265 1267 1270 1276 12bore 12",
    "20gauge 20ga 2070 2076 20bore 20",
    "127x99 50bmg",
    "127x108",
    "357magnum 357mag 357",
    "38special 38spl 38spec 38",
    "40sw 40smithwesson 10x22 40",
)
_CALIBRE = {name: names.split()[0] for names in _CALIBRES for name in names.split()}
#: Calibres that state a diameter only, and fit several cartridges.
_VAGUE = {
    "9", "9mm", "765mm", "762", "762mm", "6", "6mm", "8", "8mm", "10", "10mm", "11", "11mm",
}  # fmt: skip


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text[:MAX_TEXT].replace(".", "")).casefold()
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return re.sub(r"[^\w]+|_", " ", plain).split()


def make_form(text: str) -> str:
    """Returns the form in which makes are compared: words without accents, punctuation and legal forms. If
    the make consists only of legal forms, the legal forms are kept."""
    words = _words(text)
    return "".join([one for one in words if one not in _LEGAL] or words)


def model_form(text: str) -> str:
    """Returns the form in which models are compared: letters and digits."""
    return "".join(_words(text))


def calibre_form(text: str) -> str:
    """Returns the form in which calibres are compared. Several names of one calibre have the same form. If a
    text states only a diameter, its normalised form is empty, because several calibres have this diameter."""
    folded = text[:MAX_TEXT].casefold().replace("×", "x").replace("*", "x")
    plain = re.sub(r"[^\w]|_", "", unicodedata.normalize("NFKC", folded))
    plain = re.sub(r"^(calibre|caliber|cal|kal)(?=\d)", "", plain)
    # 9 x 19 mm and 9 mm x 19 state the same.
    metric = re.fullmatch(r"(\d+)(?:mm)?x(\d+)(?:mm)?(r?)(\D*)", plain)
    if metric is not None:
        plain = f"{metric[1]}x{metric[2]}{metric[3]}"
    if plain in _VAGUE:
        return ""
    return _CALIBRE.get(plain, plain)


def lot_form(text: str) -> str:
    """Returns the form in which lots of ammunition are compared."""
    return serials.form(text)
