"""Messages about parcels on the shared pages of messages."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from vedette.apps.inbox.wording import GroupLabel, MessageKind


def _groups(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, GroupLabel]:
    return {}


MESSAGES = MessageKind(
    counts={"subjects": ("Parcels", "{} parcels".format)},
    group_head="Parcel",
    groups=_groups,
    tried_template="parcels/_tried.html",
    tried=lambda message, most: {"parcel": message.parcel},
    api_values=lambda message: {"parcels": message.counts.get("subjects", 0)},
)
