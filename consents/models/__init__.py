from consents.models.answers import ConsentAnswer as ConsentAnswer
from consents.models.answers import ConsentAnswerOrigin as ConsentAnswerOrigin
from consents.models.consents import Consent as Consent
