"""The kinds of seized goods. Quantities are counted by kind, by substance or type, and by unit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Code of a kind → its word. The codes are stored and must not change.
KINDS: dict[str, Any] = {
    "precursor": _("explosive precursor"),
    "detonator": _("detonator"),
    "detonating_cord": _("detonating cord"),
    "safety_fuse": _("safety fuse"),
    "igniter": _("igniter"),
    "ied_component": _("component of an improvised explosive device"),
    "explosive": _("explosive or pyrotechnic article"),
    "uav_part": _("unmanned aircraft or its parts"),
    "strategic": _("strategic goods (dual use)"),
    "firearm": _("firearm"),
    "firearm_part": _("part of a firearm"),
    "ammunition": _("ammunition"),
    "drug": _("drugs"),
    "cash": _("cash or precious metal"),
    "document": _("document"),
    "other": _("other goods"),
}
