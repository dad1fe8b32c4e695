"""Declarations and their goods items, and their values in clear text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, Purpose, Theme, new_id
from vedette.goods.app.notices.states import DEFAULT_HOURS


class Declaration(Personal):
    """A declaration, a manifest or a waybill: the group of its items. The row contains no value in clear text
    that identifies a party."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: declaration, entry_summary, manifest, waybill, report or find.
    document = models.CharField(max_length=20)
    #: import, export or transit; empty if unknown.
    direction = models.CharField(max_length=10, blank=True)
    #: The customs offices and the UN/LOCODEs that decide which unit serves the declaration, the first first
    #: (`goods.declarations.places`).
    places = ArrayField(models.CharField(max_length=17), default=list)
    #: The token of who submitted the first message, so that no submitter moves the baseline of trade.
    submitter = models.BinaryField(max_length=16, null=True)
    #: Whether another submitter had stated a declaration with the same reference before this one came.
    contested = models.BooleanField(default=False, db_default=False)
    #: The declaration with which this one was joined, because a message states the names of both.
    joined_to = models.UUIDField(null=True)
    #: The day of the last statement.
    stated_on = models.DateField()
    #: The stamp of the last statement, as text (`goods.declarations.Group`).
    stated = models.CharField(max_length=100)
    #: The stamps of the last whole statement and of the last cancellation.
    whole = models.JSONField(default=list)
    cancelled = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-stated_on", "-id"], name="declaration_day"),
        ]


class DeclarationName(models.Model):
    """A name by which messages refer to a declaration, as a keyed token. The name is either the MRN or the
    combination of declarant and local reference. Each name also contains the account that submitted the
    message. `number` is true for an MRN.
    """

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    declaration = models.ForeignKey(
        Declaration, on_delete=models.CASCADE, related_name="names", db_index=False
    )
    token = models.BinaryField(max_length=16)
    #: The token of the name without who submitted the message. Declarations of several senders with the same
    #: reference have it in common.
    shared = models.BinaryField(max_length=16)
    number = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "token"], name="declaration_name_once"),
        ]
        # The only index that begins with the organisation. If there were two, the planner could choose the
        # one without `shared` while the table has no statistics, and would read half of all names each time.
        indexes = [
            models.Index(
                fields=["organisation", "shared", "token", "-id"], name="declaration_name_newest"
            ),
        ]  # fmt: skip


class GoodsItem(Personal):
    """A goods item. The id of a declaration is the id of its subject."""

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, db_column="id",
        related_name="goods",
    )  # fmt: skip
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="items")
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The key of the consignment in its declaration, as a hash, and the number of the item.
    consignment = models.CharField(max_length=32, blank=True)
    number = models.IntegerField()
    #: The first six digits of the declared commodity code.
    hs = models.CharField(max_length=6, blank=True)
    #: False if a later message removed the item.
    present = models.BooleanField(default=True)
    #: The keyed token of the importer, by which its earlier items are found. It remains after masking.
    importer = models.BinaryField(max_length=16, null=True)
    #: The time of the first statement about the item, as the senders state it, but at most
    #: `goods.declarations.MOST_DAYS_BACK` days before its receipt. Items draw from licences in this order.
    first_at = models.DateTimeField(null=True)
    #: The organisation's copy of the pre-export notice that belongs to the item.
    notice = models.ForeignKey(
        "goods.NoticeCopy",
        on_delete=models.PROTECT,
        null=True,
        related_name="items",
        db_index=False,
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "importer", "-received_at"], name="goods_importer",
                condition=models.Q(importer__isnull=False),
            ),
            models.Index(
                fields=["notice"], name="goods_notice", condition=models.Q(notice__isnull=False)
            ),
        ]  # fmt: skip

    @property
    def id(self) -> UUID:
        """The id of the subject of the row."""
        return self.subject_id

    @property
    def hit(self) -> Any:
        """Returns the hit of the subject, or None if the subject has no hit."""
        return getattr(self.subject, "hit", None)


class Lane(models.Model):
    """A criterion of clearance that an item fulfils. `selected` is false if the criterion selects only a
    share of the items and did not select this item. The theme and the purpose are the same as those of the
    criterion, so that readers see only the effects of criteria that they may see."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(
        "profiles.Version", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    lane = models.CharField(max_length=10)
    selected = models.BooleanField()
    theme = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "version"], name="lane_once")]
        indexes = [
            models.Index(fields=["organisation", "lane", "selected"], name="goods_lane_of"),
            models.Index(fields=["version", "-id"], name="goods_lane_version"),
        ]


class DeclarationClear(models.Model):
    """The values of a declaration in clear text."""

    pk = models.CompositePrimaryKey("declaration_id", "retention_class", "month")
    declaration_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    #: The MRN, or else the local reference.
    reference = models.TextField(null=True)
    restricted = models.BooleanField(default=False)
    #: Every element with its stamp (`vedette.core.statements`).
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "goods_declarationclear"


class ItemClear(models.Model):
    """The values of a goods item in clear text."""

    pk = models.CompositePrimaryKey("item_id", "retention_class", "month")
    item_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    #: The key of its consignment in the elements of the declaration.
    consignment = models.TextField()
    description = models.TextField(null=True)
    hs = models.TextField(null=True)
    #: The names of all parties.
    names = ArrayField(models.TextField(), default=list)
    #: Hashes of the words by which the search finds the item (`goods.app.rows.word_keys`).
    word_keys = ArrayField(models.IntegerField(), default=list)
    #: The net mass in kilograms, and the value with its currency, which are compared with ordinary trade.
    mass = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    value = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    currency = models.TextField(null=True)
    #: How the item compares with ordinary trade (`goods.trade.Compared.shown`).
    compared = models.JSONField(null=True)
    #: The texts beside the description that control lists read.
    further = ArrayField(models.TextField(), default=list)
    #: The keys of the entries of control lists that the item matched when it was screened last.
    matched = ArrayField(models.TextField(), default=list)
    #: Whether it matched a list whose goods need a licence.
    needs_licence = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)
    #: Every element with its stamp (`vedette.core.statements`).
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "goods_itemclear"


class Licence(models.Model):
    """A licence that the organisation recorded (`goods.licences.Licence`). The letters and digits of the
    number of a licence (`key`) are unique, and the number cannot be changed. A change creates a new
    version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.CharField(max_length=60)
    key = models.CharField(max_length=60)
    #: Keyed hash of `key`, by which the items that name the licence are found.
    token = models.BinaryField(max_length=16)
    #: The code of the document type (`X060`).
    kind = models.CharField(max_length=6, blank=True)
    #: Identifiers or names of the holder.
    holders = ArrayField(models.CharField(max_length=200), default=list)
    destinations = ArrayField(models.CharField(max_length=2), default=list)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    revoked = models.DateField(null=True)
    #: The lines (`goods.licences.LicenceLine`).
    lines = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    #: The version by which the stored items that name the licence were judged last.
    applied = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="licence_number_once"),
        ]
        indexes = [
            models.Index(fields=["organisation", "token"], name="licence_token"),
            models.Index(fields=["organisation", "kind"], name="licence_kind"),
            models.Index(
                fields=["organisation"], name="licence_waiting",
                condition=models.Q(applied__lt=models.F("version")),
            ),
        ]  # fmt: skip


class LicenceVersion(models.Model):
    """One version of a licence: its content after a change. The rows are never changed."""

    class Source(models.TextChoices):
        """The ways in which a version of a licence can be entered."""

        FORM = "form", _("form")
        IMPORT = "import", _("import")

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=6, choices=Source.choices)
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["licence", "number"], name="licence_version_once"),
        ]


class LicenceBalance(models.Model):
    """The balance of a line of a licence with a limited quantity.

    Only workers write the balance, in the transaction that holds the lock of the licence.
    """

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="balances")
    line = models.PositiveIntegerField()
    quantity = models.DecimalField(max_digits=30, decimal_places=9)
    drawn = models.DecimalField(max_digits=30, decimal_places=9, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["licence", "line"], name="licence_balance_once"),
            models.CheckConstraint(
                condition=models.Q(drawn__gte=0) & models.Q(drawn__lte=models.F("quantity")),
                name="licence_balance_not_below_zero",
            ),
        ]


class LicenceUse(models.Model):
    """A goods item that names a licence, and the quantity that is deducted. If the item is deleted, the row
    is kept without the id of the item, so that the balance of the licence stays the same.
    """

    #: Computed from the ids of the licence and of the item.
    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    licence = models.ForeignKey(
        Licence, on_delete=models.PROTECT, related_name="uses", db_index=False
    )
    #: The foreign key is in `sql/tables.sql`: the database sets it to null if the item is deleted.
    subject_id = models.UUIDField(null=True)
    #: The time of the first statement about the item. Items are deducted in the order of this time, then of
    #: `id`.
    at = models.DateTimeField()
    #: `goods.licences.State`.
    state = models.CharField(max_length=20)
    #: False for documents that are not declarations: they are checked, and nothing is deducted.
    draws = models.BooleanField()
    #: The lines that cover the item, with the quantities (`goods.licences.Claim.wants`).
    wants = models.JSONField(default=list)
    line = models.PositiveIntegerField(null=True)
    asked = models.DecimalField(max_digits=30, decimal_places=9, null=True)
    drawn = models.BooleanField(default=False)
    #: Whether a line had too small a balance, and then the balances before the item.
    fell = models.BooleanField(default=False)
    before = models.JSONField(default=dict)
    #: Whether the item must be screened again, because the state changed without a message about it.
    again = models.BooleanField(default=False)
    #: Whether the quantity must be deducted again, because the item matches other entries of control lists.
    recheck = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["licence", "at", "id"], name="licence_use_order"),
            models.Index(fields=["subject_id"], name="licence_use_subject"),
            models.Index(
                fields=["organisation"], name="licence_use_again",
                condition=models.Q(again=True) | models.Q(recheck=True),
            ),
        ]  # fmt: skip


class NoticeDesk(models.Model):
    """Whether an organisation takes part in pre-export notices, and the number of hours within which it must
    answer. Only organisations that take part are shown to other organisations."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    open = models.BooleanField(default=False)
    #: The time in which the organisation answers, in hours.
    hours = models.PositiveIntegerField(default=DEFAULT_HOURS)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")


class ExportNotice(models.Model):
    """A pre-export notice between two organisations of the installation (`goods.notices`). A notice contains
    no personal data. Personal data are in the copy of each organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: The exporter's authority.
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The importer's authority.
    addressee = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.CharField(max_length=20, unique=True)
    #: The number in the form in which it is compared (`notices.number_key`).
    key = models.CharField(max_length=20, unique=True)
    theme = models.CharField(max_length=20, default=Theme.GLOBAL_SHIELD)
    purpose = models.CharField(max_length=20, default=Purpose.BORDER)
    state = models.CharField(max_length=12, default="draft")
    #: The key of the substance in the control lists, its quantity and the unit.
    substance = models.CharField(max_length=60)
    quantity = models.DecimalField(max_digits=30, decimal_places=9)
    unit = models.CharField(max_length=10)
    #: On what the consent of the exporter rests, and its day.
    consent_basis = models.CharField(max_length=20, blank=True)
    consent_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    #: When whoever must act next has to have acted; None if nobody must.
    due_at = models.DateTimeField(null=True)
    #: Whether a question of the importer's authority is open.
    asked = models.BooleanField(default=False)
    escalated_at = models.DateTimeField(null=True)
    #: It increases with each action. An action states the version that its user saw.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(addressee=models.F("organisation")),
                name="export_notice_to_another",
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="export_notice_amount"),
            # A notice leaves the exporter's authority only with the recorded consent of the exporter.
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True)
                | models.Q(consent_on__isnull=False) & ~models.Q(consent_basis=""),
                name="export_notice_consent",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="export_notice_from"),
            models.Index(fields=["addressee", "-created_at", "-id"], name="export_notice_to"),
            models.Index(
                fields=["due_at"], name="export_notice_due", condition=models.Q(due_at__isnull=False)
            ),
        ]  # fmt: skip


class NoticeCopy(Personal):
    """The copy of a notice that belongs to one organisation and is kept for the retention period of this
    organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(ExportNotice, on_delete=models.PROTECT, related_name="copies")
    #: Keyed tokens of the names and numbers of the consignor and of the consignee, by which declarations of
    #: the same parties are found.
    consignors = ArrayField(models.BinaryField(max_length=16), default=list)
    consignees = ArrayField(models.BinaryField(max_length=16), default=list)
    #: The version of the notice by which the stored items were judged last.
    applied = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "organisation"], name="notice_copy_once"),
        ]
        indexes = [models.Index(fields=["organisation", "notice"], name="notice_copy_of")]


class NoticeClear(models.Model):
    """The personal data of a notice in the copy of an organisation: its content (`part` is the id of the
    notice), and the text of each event (`part` is the id of the event)."""

    pk = models.CompositePrimaryKey("copy_id", "part", "retention_class", "month")
    copy_id = models.UUIDField()
    part = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    content = models.JSONField()
    restricted = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "goods_noticeclear"


class NoticeEvent(models.Model):
    """An event of a notice that was sent. Both organisations see the event. The user who acted (`by`) is
    visible only to the organisation of this user. A row is changed only by the worker that sends the
    notifications."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: The organisation that acted; for a passed deadline, the exporter's.
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    notice = models.ForeignKey(ExportNotice, on_delete=models.PROTECT, related_name="events")
    #: The version of the notice that the event made.
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    at = models.DateTimeField()
    #: None if a worker acted.
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(null=True)
    text = models.BooleanField(default=False)
    #: Whether the persons who are responsible were notified.
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "number"], name="notice_event_once"),
        ]
        indexes = [
            models.Index(fields=["at"], name="notice_event_untold", condition=models.Q(told=False)),
        ]


class Baseline(models.Model):
    """A baseline of ordinary trade, or a request for one. The latest finished baseline is used."""

    class State(models.TextChoices):
        """The state of a baseline."""

        WAITING = "waiting", _("waiting")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: The user who requested it; None for a scheduled one.
    asked_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    built_at = models.DateTimeField(null=True)
    #: The imported table, until it is read; None for a baseline of stored items.
    table = models.BinaryField(null=True)
    imported = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Why it could not be built: a code of `baselines.PROBLEMS`, with a detail.
    problem = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    #: The number of items, of values that could not be used, and the period.
    items = models.PositiveBigIntegerField(default=0)
    unused = models.PositiveBigIntegerField(default=0)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    #: The first day of the history of the organisation.
    since = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    #: The rates and thresholds with which it was built (`Terms`).
    rates = models.JSONField(default=dict)
    thresholds = models.JSONField(default=list)
    #: The ranges of the unit value, for the page: rows of subheading, band, number and quantiles.
    ranges = models.JSONField(default=list)
    #: The baseline as a text (`screening.anomalies.dump`).
    content = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="baseline_number"),
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(state="waiting"),
                name="baseline_one_waits",
            ),
        ]  # fmt: skip


class Terms(models.Model):
    """The settings of an administration for the comparison with ordinary trade. The settings contain the
    common currency, the rates of other currencies, and the thresholds below which items may be split."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    currency = models.CharField(max_length=3, blank=True)
    #: Currency → the value of one unit in the common currency, as text.
    rates = models.JSONField(default=dict)
    #: Rows of measure (mass or value), amount as text, and codes.
    thresholds = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
