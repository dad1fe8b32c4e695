"""The models for the results of controls, in one module for each topic."""

from vedette.apps.enforcement.models.controls import Clear as Clear
from vedette.apps.enforcement.models.controls import ControlOrder as ControlOrder
from vedette.apps.enforcement.models.controls import Entry as Entry
from vedette.apps.enforcement.models.controls import Photo as Photo
from vedette.apps.enforcement.models.controls import Recorded as Recorded
from vedette.apps.enforcement.models.firearms import Firearm as Firearm
from vedette.apps.enforcement.models.firearms import FirearmVersion as FirearmVersion
from vedette.apps.enforcement.models.firearms import TraceEvent as TraceEvent
from vedette.apps.enforcement.models.firearms import TraceRequest as TraceRequest
from vedette.apps.enforcement.models.reachback import Asked as Asked
from vedette.apps.enforcement.models.reachback import Expert as Expert
from vedette.apps.enforcement.models.reachback import Question as Question
from vedette.apps.enforcement.models.reachback import QuestionMessage as QuestionMessage
from vedette.apps.enforcement.models.seizures import Seizure as Seizure
from vedette.apps.enforcement.models.seizures import SeizureItem as SeizureItem
from vedette.apps.enforcement.models.seizures import SeizureVersion as SeizureVersion
from vedette.apps.enforcement.models.seizures import Step as Step
