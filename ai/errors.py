"""What can go wrong between us and the model. Each has one sentence for people, with what to do next."""

from multivio.errors import DomainError


class AiError(DomainError):
    """Base. `repeatable`: asking again may help and cannot have cost anything."""

    status = 502
    code = "ai_failed"
    repeatable = False
    is_about_model = False  # another model may still do

    request_id = ""  # by which the service finds the call: for logs and support

    def __init__(self, message: str = "", *, retry_after: float = 0, detail: str = "") -> None:
        super().__init__(message or self.sentence)
        self.retry_after = int(-(-retry_after // 1))
        self.pause = retry_after
        self.detail = detail  # for logs: never shown, holds no secret

    sentence = "Grok did not answer as expected. Try again."


class Off(AiError):
    status = 503
    code = "ai_off"
    sentence = "Grok is not set up here. Whoever runs this installation can set XAI_API_KEY."


class Misconfigured(AiError):
    status = 503
    code = "ai_misconfigured"
    sentence = "Grok does not accept this installation's key. Whoever runs it has to look at XAI_API_KEY."


class AccountEmpty(AiError):
    status = 503
    code = "ai_account_empty"
    sentence = "This installation's account at xAI is used up. Whoever runs it has to add credit there."


class NoSuchModel(AiError):
    status = 503
    code = "ai_no_such_model"
    is_about_model = True
    sentence = (
        "The model is no longer there, nor are its stand-ins. Whoever runs this installation has to name another."
    )


class Busy(AiError):
    status = 503
    code = "ai_busy"
    repeatable = True
    sentence = "Grok has too much to do right now. Try again in a moment."


class Unavailable(AiError):
    status = 503
    code = "ai_unavailable"
    repeatable = True
    sentence = "Grok cannot be reached right now. Try again in a few minutes."


class Lost(Unavailable):
    """It failed after the question had arrived. Not repeated: it may have been answered, and paid."""

    repeatable = False


class Silent(AiError):
    """Not repeated: the answer may be on its way, and would be paid twice."""

    status = 504
    code = "ai_silent"
    sentence = "Grok took too long to answer. Try again, or ask for something shorter."


class Refused(AiError):
    """The model, or the service before it, says no to the content. Asking the same again gives the same."""

    status = 422
    code = "ai_refused"
    sentence = "Grok declined this: it goes against its rules about content. Change the text and try again."


class BadQuestion(AiError):
    status = 502
    code = "ai_bad_question"
    sentence = "Grok could not read the question. Try a shorter text; if it stays so, tell support."


class Garbled(AiError):
    code = "ai_garbled"
    sentence = "Grok answered in a form that cannot be used. Try again."


class BrokenOff(AiError):
    """A stream ended before its end. What came is kept."""

    code = "ai_broken_off"
    sentence = "The answer broke off. What came is kept; you can go on from there."


class CreditsUsedUp(DomainError):
    status = 402
    code = "ai_credits_used_up"


# How a generation may end besides, as people read it.
ENDINGS = {
    "crashed": "Something broke on our side. Try again.",
    "abandoned": "It was lost on the way, and may have been paid. Ask again, and tell support if that stays so.",
    "not_asked": "It was stopped before Grok was asked, so nothing was spent. Ask again.",
    "not_begun": "Nobody got round to it within the hour, so nothing was spent. Ask again.",
    "not_allowed": "Whoever asked for it may no longer write posts here, so it was not made and nothing was spent.",
    "not_kept": "The picture was drawn, but the library did not take it.",
}


def sentence_of(code: str) -> str:
    """What a generation's error code says to people; empty where nothing went wrong."""
    known = {each.code: each.sentence for each in AiError.__subclasses__()}
    return known.get(code) or ENDINGS.get(code) or (AiError.sentence if code else "")
