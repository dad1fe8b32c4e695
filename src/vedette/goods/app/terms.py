"""The settings of users for the comparison with ordinary trade, and the data of its page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import display
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.goods.app.models import Baseline, Terms

#: Code of a problem → its sentence.
PROBLEMS = {
    "memory": _("The table needs too much memory. Divide the table into several tables."),
    "time": _("The computation takes too long. Divide the table into several tables."),
    "few": _("There are too few items with a commodity code, a mass and a value: at least 50 are needed."),
    "error": _("The baseline could not be computed because of an internal error."),
    "table": _("The table could not be read."),
}  # fmt: skip
#: Greatest number of thresholds and of rates, and greatest size of an imported table in bytes.
MOST, MOST_BYTES = 200, 32 * 1024 * 1024
#: Lower limits of the weight bands in kilograms (`screening.anomalies.BANDS`). The first band has none.
BANDS = (0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0)
#: Number of ranges on one page.
PAGE = 50
_CURRENCY = re.compile(r"[A-Z]{3}")
_CODE = re.compile(r"[0-9]{2,6}")
_MEASURES = {"mass": "mass", "masse": "mass", "value": "value", "valeur": "value"}


class Invalid(ValueError):
    """The exception that is raised if a line of a form is not valid. The text of the exception is shown to
    the user."""


def number(text: str) -> Decimal | None:
    """Parses a positive number in English or French notation, and returns None if the text is not such a
    number."""
    plain = re.sub(r"[\s\u202f\u00a0]", "", text).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", plain, re.ASCII):
        return None
    found = Decimal(plain)
    return found if found > 0 else None


def rates_of(text: str) -> dict[str, str]:
    """Reads exchange rates, one line for each currency, such as `USD 0.92`. Raises `Invalid`."""
    found: dict[str, str] = {}
    for n, line in enumerate(_lines(text), 1):
        code, _space, rest = line.partition(" ")
        rate = number(rest)
        if not _CURRENCY.fullmatch(code.upper()) or rate is None:
            raise Invalid(
                gettext("Line %(n)s: a currency and its rate are expected, such as “USD 0.92”.")
                % {"n": n}
            )
        found[code.upper()] = str(rate)
    return found


def thresholds_of(text: str) -> list[dict[str, Any]]:
    """Reads thresholds, one on each line, such as `value 150` or `mass 10 3102 3105`. Raises `Invalid`."""
    found = []
    for n, line in enumerate(_lines(text), 1):
        word, _space, rest = line.partition(" ")
        amount, _space, codes = rest.strip().partition(" ")
        measure, limit = _MEASURES.get(word.lower()), number(amount)
        hs = codes.replace(",", " ").split()
        if measure is None or limit is None or not all(map(_CODE.fullmatch, hs)):
            raise Invalid(
                gettext(
                    "Line %(n)s: write “value” or “mass”, an amount and, if needed, the first digits of HS "
                    "codes, such as “value 150” or “mass 10 3102”."
                )
                % {"n": n}
            )
        found.append({"measure": measure, "amount": str(limit), "hs": hs})
    return found


def _lines(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise Invalid(gettext("At most %(most)s lines are possible.") % {"most": MOST})
    return lines


@transaction.atomic
def change(by: User, currency: str, rates: str, thresholds: str) -> Terms:
    """Stores the currency, the rates and the thresholds of an organisation. The next baseline uses these
    settings. Raises `Invalid`."""
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the right requires it
    code = currency.strip().upper()
    if code and not _CURRENCY.fullmatch(code):
        raise Invalid(gettext("A currency has three letters, such as EUR."))
    values = {
        "currency": code, "rates": rates_of(rates), "thresholds": thresholds_of(thresholds),
        "changed_at": timezone.now(), "changed_by": by,
    }  # fmt: skip
    found, _created = Terms.objects.update_or_create(
        organisation_id=by.organisation_id, defaults=values
    )
    acts.write(
        by, "trade.terms", str(found.pk), thresholds=len(found.thresholds), rates=len(found.rates)
    )
    return found


@transaction.atomic
def ask(by: User, table: bytes | None = None) -> Baseline | None:
    """Requests a new baseline, from stored items or from a table. Returns None if another request is
    waiting."""
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the right requires it
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('vedette baseline'), hashtext(%s))",
            [str(by.organisation_id)],
        )
    if Baseline.objects.filter(state=Baseline.State.WAITING).exists():
        return None
    last = Baseline.objects.aggregate(most=Max("number"))["most"] or 0
    made = Baseline.objects.create(
        organisation_id=by.organisation_id, number=last + 1, asked_by=by, asked_at=timezone.now(),
        table=table, imported=table is not None,
    )  # fmt: skip
    acts.write(by, "trade.baseline", made.pk, number=made.number, size=len(table or b""))
    return made


def page(hs: str, at: int) -> dict[str, Any]:
    """Returns the data of the page: the current baseline, the ranges of codes that begin with `hs`, the
    latest requests, and the settings."""
    recent = list(Baseline.objects.defer("content", "ranges", "table").order_by("-number")[:8])
    used = (
        Baseline.objects.defer("content", "table").filter(state=Baseline.State.READY)
        .order_by("-number").first()
    )  # fmt: skip
    rows = [row for row in used.ranges if row[0].startswith(hs)] if used else []
    first = (at - 1) * PAGE
    terms = Terms.objects.first()
    return {
        "used": used, "recent": recent, "waiting": any(one.state == "waiting" for one in recent),
        "rows": [_range(*row) for row in rows[first : first + PAGE]], "total": len(rows), "hs": hs,
        "page": at, "previous": at - 1 if at > 1 else None,
        "following": at + 1 if first + PAGE < len(rows) else None,
        "terms": terms, "rates": _shown_rates(terms), "thresholds": _shown_thresholds(terms),
    }  # fmt: skip


def _range(hs: str, band: int, n: int, *quantiles: float) -> dict[str, Any]:
    return {"hs": hs, "band": band_words(band), "n": n, "quantiles": quantiles}


def band_words(band: int) -> str:
    """Returns the name of a weight band."""
    low = display.number(BANDS[band - 1]) if band else ""
    high = display.number(BANDS[band]) if band < len(BANDS) else ""
    if not low:
        return gettext("less than %(high)s kg") % {"high": high}
    if not high:
        return gettext("%(low)s kg and more") % {"low": low}
    return gettext("%(low)s to %(high)s kg") % {"low": low, "high": high}


def _shown_rates(terms: Terms | None) -> str:
    return "\n".join(f"{code} {rate}" for code, rate in (terms.rates if terms else {}).items())


def _shown_thresholds(terms: Terms | None) -> str:
    rows: Sequence[dict[str, Any]] = terms.thresholds if terms else []
    return "\n".join(" ".join((one["measure"], one["amount"], *one["hs"])) for one in rows)
