"""What a translation leaves as it stands in the source: titles and names, whose signs follow the source's language."""

import re

_BEFORE = re.compile(r"(\w+\W{1,3})?(\w+\W{0,2})\Z")
_AFTER = re.compile(r"\W{0,2}\w+")
_NEAR = 60


def is_kept(source: str, target: str, start: int, end: int) -> bool:
    """Whether what stands here in the target stands in the source between the same words."""
    before = _BEFORE.search(target[max(0, start - _NEAR) : start])
    if before is None:
        return False
    upto = target[before.start(2) + max(0, start - _NEAR) : end]
    after = _AFTER.match(target[end : end + _NEAR])
    if after and upto + after[0] in source:
        return True
    return before[1] is not None and before[1] + upto in source
