"""Every table of the platform, in one place: whoever needs them all imports this."""

from lms.accounts import models as accounts
from lms.assessment import models as assessment
from lms.catalog import models as catalog
from lms.certification import models as certification
from lms.coursework import models as coursework
from lms.discussion import models as discussion
from lms.facilitation import models as facilitation
from lms.intake import models as intake
from lms.kernel import models as kernel
from lms.kernel.db import Base
from lms.learning import models as learning
from lms.meetings import models as meetings
from lms.runs import models as runs
from lms.translation import models as translation

FLOORS = (
    *(kernel, accounts, translation, catalog, runs, intake, meetings, assessment, coursework, learning),
    *(discussion, certification, facilitation),
)
METADATA = Base.metadata
