"""Computes columns of the contact data of a traveller: whether contact data is present, the countries of
telephone numbers, and the domains of e-mail addresses."""

from __future__ import annotations

import re

from vedette.core.parties import Contacts
from vedette.travellers.columns.aboard import Member

#: Domains of services that provide temporary mailboxes without registration, according to their own home
#: pages. The list was compiled by hand in November 2026. `throwaway.example` is used by the demonstration.
THROWAWAY = frozenset(
    "10minutemail.com 33mail.com burnermail.io dispostable.com emailondeck.com fakeinbox.com getnada.com "  # noqa: SIM905
    "guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net "
    "guerrillamail.org guerrillamailblock.com incognitomail.org inboxkitten.com mailcatch.com "
    "maildrop.cc mailinator.com mailnesia.com mailsac.com mintemail.com mohmal.com moakt.com "
    "mytemp.email sharklasers.com spam4.me spamgourmet.com temp-mail.io temp-mail.org tempail.com "
    "tempinbox.com tempmail.dev tempmailo.com tempr.email throwawaymail.com trashmail.com "
    "trashmail.de trashmail.net yopmail.com yopmail.fr yopmail.net throwaway.example".split()
)


_NONE = Contacts()
#: International prefix of a telephone number → country. Source: Recommendation ITU-T E.164, list of assigned
#: country codes. If several territories use the same prefix, the table contains the country that has nearly
#: all of its numbers. Some prefixes identify no single country: +1 (United States and Canada), +7, and
#: satellite or shared ranges (+800, +881 …). These prefixes are left out or distinguished by their next
#: digits.
_CODES = """
20 EG 211 SS 212 MA 213 DZ 216 TN 218 LY 220 GM 221 SN 222 MR 223 ML 224 GN 225 CI 226 BF 227 NE 228 TG
229 BJ 230 MU 231 LR 232 SL 233 GH 234 NG 235 TD 236 CF 237 CM 238 CV 239 ST 240 GQ 241 GA 242 CG 243 CD
244 AO 245 GW 248 SC 249 SD 250 RW 251 ET 252 SO 253 DJ 254 KE 255 TZ 256 UG 257 BI 258 MZ 260 ZM 261 MG
262 RE 263 ZW 264 NA 265 MW 266 LS 267 BW 268 SZ 269 KM 27 ZA 291 ER 297 AW 298 FO 299 GL
30 GR 31 NL 32 BE 33 FR 34 ES 350 GI 351 PT 352 LU 353 IE 354 IS 355 AL 356 MT 357 CY 358 FI 359 BG
36 HU 370 LT 371 LV 372 EE 373 MD 374 AM 375 BY 376 AD 377 MC 378 SM 380 UA 381 RS 382 ME 383 XK 385 HR
386 SI 387 BA 389 MK 39 IT 40 RO 41 CH 420 CZ 421 SK 423 LI 43 AT 44 GB 45 DK 46 SE 47 NO 48 PL 49 DE
500 FK 501 BZ 502 GT 503 SV 504 HN 505 NI 506 CR 507 PA 508 PM 509 HT 51 PE 52 MX 53 CU 54 AR 55 BR
56 CL 57 CO 58 VE 590 GP 591 BO 592 GY 593 EC 594 GF 595 PY 596 MQ 597 SR 598 UY 5999 CW
60 MY 61 AU 62 ID 63 PH 64 NZ 65 SG 66 TH 670 TL 673 BN 674 NR 675 PG 676 TO 677 SB 678 VU 679 FJ
680 PW 681 WF 682 CK 683 NU 685 WS 686 KI 687 NC 688 TV 689 PF 690 TK 691 FM 692 MH
73 RU 74 RU 76 KZ 77 KZ 78 RU 79 RU 81 JP 82 KR 84 VN 850 KP 852 HK 853 MO 855 KH 856 LA 86 CN 880 BD
886 TW 90 TR 91 IN 92 PK 93 AF 94 LK 95 MM 960 MV 961 LB 962 JO 963 SY 964 IQ 965 KW 966 SA 967 YE
968 OM 970 PS 971 AE 972 IL 973 BH 974 QA 975 BT 976 MN 977 NP 98 IR 992 TJ 993 TM 994 AZ 995 GE 996 KG
998 UZ
1242 BS 1246 BB 1264 AI 1268 AG 1284 VG 1340 VI 1345 KY 1441 BM 1473 GD 1649 TC 1658 JM 1664 MS 1670 MP
1671 GU 1684 AS 1721 SX 1758 LC 1767 DM 1784 VC 1787 PR 1809 DO 1829 DO 1849 DO 1868 TT 1869 KN 1876 JM
1939 PR
"""
_TABLE: dict[str, str] = dict(zip(*[iter(_CODES.split())] * 2, strict=True))
_LONGEST = max(map(len, _TABLE))
_NOT_DIGITS = re.compile(r"\D+")
_PREFIX = re.compile(r"(?:\+|00)(.*)", re.S)
_BELOW = tuple(f".{domain}" for domain in THROWAWAY)


def columns(member: Member) -> dict[str, object]:
    """Returns the values of the columns about the contact data (kind of fact `contact`). Whether contact data
    are absent is known only for travellers in a booking, because passenger lists rarely contain contact
    data."""
    api, pnr, booked = member.api, member.pnr, member.booked
    if pnr is None or booked is None or (api is not None and api.contacts != _NONE):
        return _columns(member)
    # The contact data of a booking count for each of its travellers. So most values are the same for all
    # travellers and are reused.
    if booked.contacts is None or booked.contacts[0] != pnr.contacts:
        booked.contacts = (pnr.contacts, _columns(member))
    return booked.contacts[1]


def _columns(member: Member) -> dict[str, object]:
    stated = [traveller.contacts for traveller in member.said]
    phones = [phone for contacts in stated for phone in contacts.phones]
    domains = [d for contacts in stated for email in contacts.emails if (d := _domain(email))]
    booked = member.pnr is not None
    any_email = bool(domains) or any(map(_domain, _shared(member, "emails")))
    found: dict[str, object] = {
        "has_phone": True if phones or _shared(member, "phones") else False if booked else None,
        "has_email": True if any_email else False if booked else None,
    }
    if domains:
        found["email_domain"] = domains[0]
        found["email_throwaway"] = any(d in THROWAWAY or d.endswith(_BELOW) for d in domains)
    if booked:
        found["contact_missing"] = not (
            found["has_phone"]
            or any_email
            or any(contacts.addresses for contacts in stated)
            or _shared(member, "addresses")
        )
        found["contact_refused"] = any(contacts.refused for contacts in stated)
    lands = [land for phone in phones if (land := phone_country(phone))]
    if lands:
        found["phone_country"] = lands[0]
        places = member.booked.trip.countries if member.booked is not None else None
        found["phone_country_elsewhere"] = places.isdisjoint(lands) if places else None
    return found


def _shared(member: Member, kind: str) -> list[str]:
    """Returns the contact data of one kind (`phones` or `emails`) in the whole booking. The contact data of
    fellow travellers are included, because the traveller can be reached through fellow travellers."""
    start = f"contacts.{kind}:"
    said = member.booked.said if member.booked is not None else ()
    return [key.removeprefix(start) for key in said if key.startswith(start)]


def _domain(email: str) -> str:
    """Returns the domain of an e-mail address in lower case. The domain is empty if the text is not an e-mail
    address."""
    name, _, domain = email.rpartition("@")
    return domain.strip().lower() if name else ""


def phone_country(number: str) -> str | None:
    """Returns the country (ISO alpha-2) of a telephone number from its international prefix. The
    international prefix begins with `+` or `00`. Returns None if the prefix is missing or identifies no
    single country."""
    found = _PREFIX.match(number.strip()[:16])
    digits = _NOT_DIGITS.sub("", found[1]) if found is not None else ""
    lands = (_TABLE.get(digits[:length]) for length in range(_LONGEST, 1, -1))
    return next(filter(None, lands), None)
