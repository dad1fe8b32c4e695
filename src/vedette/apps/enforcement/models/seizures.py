"""Models of seizures and detentions, their versions, the seized goods, and the steps of a detention."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.enforcement.models.controls import Recorded
from vedette.apps.hits.models import Owned


class Seizure(Recorded):
    """A seizure, or a detention until its outcome is known. The values are in the versions."""

    class Measure(models.TextChoices):
        """The action that was carried out on the goods."""

        SEIZURE = "seizure", _("seizure")
        DETENTION = "detention", _("detention")

    class State(models.TextChoices):
        """The states of the record. A validated record that is changed is a draft again."""

        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        VALIDATED = "validated", _("validated")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Stage(models.TextChoices):
        """The stages of a detention, in their order."""

        DETAINED = "detained", _("detained")
        VERIFICATION = "verification", _("verification")
        AUTHORITY = "authority", _("licensing authority consulted")
        ANSWERED = "answered", _("answer from the licensing authority")
        CLOSED = "closed", _("closed")

    class Outcome(models.TextChoices):
        """How a case ended."""

        RELEASED = "released", _("released")
        RETURNED = "returned", _("returned to the sender")
        SEIZED = "seized", _("seized")
        FORFEITED = "forfeited", _("forfeited")
        HANDED_OVER = "handed_over", _("handed over to another authority")
        DESTROYED = "destroyed", _("destroyed")

    measure = models.CharField(max_length=10, choices=Measure.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    #: The number of the latest version, and of the latest version that was validated (0: none).
    version = models.PositiveIntegerField(default=1)
    validated_version = models.PositiveIntegerField(default=0)
    order_id = models.UUIDField(null=True, db_index=True)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.DETAINED)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    #: The legal basis of the outcome.
    basis = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    validated_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, outcome="")
                | models.Q(closed_at__isnull=False) & ~models.Q(outcome="") & ~models.Q(basis=""),
                name="closed_with_outcome_and_basis",
            ),
            models.CheckConstraint(
                condition=models.Q(validated_by__isnull=True)
                | ~models.Q(validated_by=models.F("submitted_by")),
                name="validated_by_another",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-created_at", "-id"], name="seizure_list")]

    @property
    def may_change(self) -> bool:
        """Whether a new version is possible: the case is open, and the record does not wait for its
        validation."""
        return self.closed_at is None and self.state in (self.State.DRAFT, self.State.VALIDATED)


class SeizureVersion(Owned):
    """One version of a seizure. A version is never changed. The names of persons, places and means of
    transport are in `Clear.texts`."""

    class Form(models.TextChoices):
        """The form with which the version was entered."""

        SIMPLE = "simple", _("short form")
        FULL = "full", _("full form")

    class Marking(models.TextChoices):
        """The organisations or persons with whom the record may be shared (Traffic Light Protocol 2.0)."""

        RED = "red", _("TLP:RED, the named recipients only")
        AMBER_STRICT = "amber_strict", _("TLP:AMBER+STRICT, the recipient’s organisation only")
        AMBER = "amber", _("TLP:AMBER, the recipient’s organisation and its partners")
        GREEN = "green", _("TLP:GREEN, the recipient’s community")
        CLEAR = "clear", _("TLP:CLEAR, everybody")

    class Direction(models.TextChoices):
        """The direction of the goods."""

        IMPORT = "import", _("import")
        EXPORT = "export", _("export")
        TRANSIT = "transit", _("transit")
        TRANSHIPMENT = "transhipment", _("transhipment")
        INTERNAL = "internal", _("inside the country")

    class PlaceKind(models.TextChoices):
        """The kind of place."""

        AIRPORT = "airport", _("airport")
        SEAPORT = "seaport", _("seaport")
        LAND = "land", _("land border")
        POST = "post", _("postal or express centre")
        WAREHOUSE = "warehouse", _("warehouse")
        INLAND = "inland", _("inland")

    class Conveyance(models.TextChoices):
        """The means of transport."""

        AIR = "air", _("aircraft")
        SEA = "sea", _("ship")
        ROAD = "road", _("road vehicle")
        RAIL = "rail", _("train")
        POST = "post", _("post or express")
        PERSON = "person", _("on a person, in baggage")

    class Detection(models.TextChoices):
        """The method of detection."""

        PROFILE = "profile", _("risk profile")
        LIST = "list", _("list")
        INTELLIGENCE = "intelligence", _("intelligence")
        RANDOM = "random", _("random control")
        XRAY = "xray", _("X-ray image")
        CANINE = "canine", _("dog")
        FIELD_TEST = "field_test", _("field test")
        OTHER = "other", _("other")

    class Concealment(models.TextChoices):
        """The way in which the goods were hidden."""

        NONE = "none", _("not hidden")
        FALSE_DECLARATION = "false_declaration", _("false declaration")
        AMONG_GOODS = "among_goods", _("hidden among other goods")
        IN_STRUCTURE = "in_structure", _("in the structure of the means of transport")
        ON_PERSON = "on_person", _("on a person, in baggage")
        OTHER = "other", _("other")

    class Test(models.TextChoices):
        """The result of a test."""

        NONE = "none", _("no test")
        WAITING = "waiting", _("result awaited")
        POSITIVE = "positive", _("confirmed by the test")
        NEGATIVE = "negative", _("not confirmed by the test")

    class Disposal(models.TextChoices):
        """The action that is to be carried out on the goods."""

        STORED = "stored", _("in storage")
        EVIDENCE = "evidence", _("kept as evidence")
        RETURNED = "returned", _("returned")
        HANDED_OVER = "handed_over", _("handed over to another authority")
        DESTROYED = "destroyed", _("destroyed")
        SOLD = "sold", _("sold")

    class Investigation(models.TextChoices):
        """The state of the investigation."""

        NONE = "none", _("none")
        OPEN = "open", _("open")
        PROSECUTED = "prosecuted", _("passed to the prosecutor")
        CLOSED = "closed", _("closed")

    seizure = models.ForeignKey(Seizure, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    form = models.CharField(max_length=10, choices=Form.choices, default=Form.SIMPLE)
    marking = models.CharField(max_length=12, choices=Marking.choices, default=Marking.AMBER_STRICT)
    #: The local day of the seizure, and the exact time, if it is known.
    day = models.DateField()
    happened_at = models.DateTimeField(null=True)
    country = models.CharField(max_length=2, blank=True)
    office = models.CharField(max_length=17, blank=True)
    place_kind = models.CharField(max_length=10, choices=PlaceKind.choices, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)
    direction = models.CharField(max_length=12, choices=Direction.choices, blank=True)
    origin = models.CharField(max_length=2, blank=True)
    departure = models.CharField(max_length=2, blank=True)
    transit = ArrayField(models.CharField(max_length=2), default=list)
    destination = models.CharField(max_length=2, blank=True)
    conveyance = models.CharField(max_length=10, choices=Conveyance.choices, blank=True)
    concealment = models.CharField(max_length=20, choices=Concealment.choices, blank=True)
    detection = models.CharField(max_length=12, choices=Detection.choices, blank=True)
    test = models.CharField(max_length=10, choices=Test.choices, blank=True)
    offence = models.CharField(max_length=200, blank=True)
    basis = models.CharField(max_length=200, blank=True)
    disposal = models.CharField(max_length=12, choices=Disposal.choices, blank=True)
    investigation = models.CharField(max_length=12, choices=Investigation.choices, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seizure", "number"], name="seizure_version"),
        ]


class SeizureItem(Owned):
    """Seized or detained goods of one kind. Quantities of different kinds or units are never added."""

    version = models.ForeignKey(SeizureVersion, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField()
    #: The kind of goods (`enforcement/kinds.py`), and the substance or the type within this kind.
    kind = models.CharField(max_length=20)
    sub = models.CharField(max_length=40, blank=True)
    hs = models.CharField(max_length=10, blank=True)
    #: The quantity as entered, and in the base unit of its dimension (kg, l, m, pieces).
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit = models.CharField(max_length=10)
    amount = models.DecimalField(max_digits=26, decimal_places=9)
    base = models.CharField(max_length=10)
    packages = models.PositiveIntegerField(null=True)
    value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="seizure_item"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="seizure_quantity"),
        ]


class Step(Owned):
    """One step of a record: what was done or which stage was reached, by whom, and when. The text of a step
    is in `Clear.texts`. A step is never changed."""

    class What(models.TextChoices):
        """What was done. The stages of a detention have the same codes as in `Seizure.Stage`."""

        CREATED = "created", _("record begun")
        CHANGED = "changed", _("record changed")
        SUBMITTED = "submitted", _("submitted for validation")
        GIVEN_BACK = "given_back", _("returned for correction")
        VALIDATED = "validated", _("validated")
        WITHDRAWN = "withdrawn", _("record withdrawn")
        VERIFICATION = "verification", _("verification started")
        AUTHORITY = "authority", _("licensing authority consulted")
        ANSWERED = "answered", _("answer from the licensing authority")
        SEIZED = "seized", _("detained goods that were then seized")
        EXTENDED = "extended", _("period of the detention extended")
        CLOSED = "closed", _("case closed")

    seizure = models.ForeignKey(Seizure, on_delete=models.CASCADE, related_name="steps")
    what = models.CharField(max_length=12, choices=What.choices)
    version = models.PositiveIntegerField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
