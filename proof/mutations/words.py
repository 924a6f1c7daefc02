"""The guards of words with Grok: what is sent, what is paid, what is kept."""

from proof.mutations.guards import Guard

CLIENT = "ai/tests/test_client.py"
RESPONSES = "ai/tests/test_responses.py"
ALONE = "ai/tests/test_leaving_alone.py"
TASKS = "ai/tests/test_tasks.py"

GUARDS = (
    # -- what is sent
    Guard("xAI keeps no question", "ai/wire/responses.py", '        "store": False,\n', "", (RESPONSES,)),
    Guard(
        "no more is written than was asked for",
        "ai/wire/responses.py",
        '        "max_output_tokens": ask.max_tokens,\n',
        "",
        (RESPONSES,),
    ),
    Guard(
        "a stand-in is told no effort that it does not know",
        "ai/wire/answers.py",
        'return "low" if told == "none" and model != settings.XAI_MODEL_TEXT else told',
        "return told",
        (RESPONSES, CLIENT),
    ),
    Guard(
        "foreign text cannot close its tag",
        "ai/prompting.py",
        "TAG.sub(INSTEAD, text).strip()",
        "text.strip()",
        ("ai/tests/test_safety.py",),
    ),
    # -- what is paid
    Guard(
        "a failure within an answer is not asked again",
        "ai/wire/refusals.py",
        "(errors.Lost if kind is errors.Unavailable else kind)(",
        "kind(",
        (CLIENT,),
    ),
    Guard(
        "silence is not asked again",
        "ai/errors.py",
        '    code = "ai_silent"\n',
        '    code = "ai_silent"\n    repeatable = True\n',
        (CLIENT,),
    ),
    Guard(
        "reasoning is counted once",
        "ai/wire/answers.py",
        "written = max(0, written - reasoning)",
        "pass",
        (RESPONSES,),
    ),
    Guard(
        "the repair is set aside as well",
        "ai/credits.py",
        "first.into + second.into + ask.max_tokens, ask.max_tokens + again.max_tokens",
        "first.into, ask.max_tokens",
        (TASKS,),
    ),
    Guard(
        "a repair is told no more than was reckoned with",
        "ai/prompting.py",
        "each[:LONGEST_PROBLEM] for each in problems[:MOST_PROBLEMS]",
        "each for each in problems",
        (TASKS,),
    ),
    Guard(
        "pictures leave a service alone that is down",
        "ai/client.py",
        "with trying(IMAGES, running):",
        "if running:",
        (ALONE,),
    ),
    Guard(
        "so does the list of models",
        "ai/client.py",
        "with trying(MODELS, running):",
        "if running:",
        (ALONE,),
    ),
    Guard(
        "each kind of call is left alone on its own",
        "ai/tries.py",
        "self._circuits.setdefault(path, Circuit())",
        'self._circuits.setdefault("", Circuit())',
        (ALONE,),
    ),
    # -- what is kept
    Guard(
        "a stream that does not say how it ended broke off",
        "ai/wire/hearing.py",
        "        if not self.finish:\n            raise errors.BrokenOff\n",
        "",
        (RESPONSES,),
    ),
    Guard(
        "nothing is kept of a refusal",
        "ai/streaming.py",
        "            if isinstance(error, errors.Refused):\n                heard.forget()",
        "            if False:\n                heard.forget()",
        (RESPONSES,),
    ),
    Guard(
        "a refusal among words is one",
        "ai/wire/responses.py",
        'if any(part.get("type") == "refusal" for part in _parts(response)):',
        "if False:",
        (RESPONSES,),
    ),
    Guard(
        "the key is in no log",
        "ai/wire/refusals.py",
        'return said.replace(settings.XAI_API_KEY, "…") if settings.XAI_API_KEY else said',
        "return said",
        (ALONE,),
    ),
    Guard(
        "support reads no words",
        "ai/admin.py",
        '        "question",\n',
        '        "question",\n        "text",\n',
        ("ai/tests/test_admin.py",),
    ),
)
