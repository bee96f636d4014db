"""Is there an order of a key's operations that explains every answer, and in which nothing happens before it was asked
for or after it was answered? Then the key behaved as one register would.

The search is that of Wing and Gong (JPDC 1993) with Lowe's memory of states that were seen (2017): operations are put
in order one by one; the next may be any that was asked for before the earliest answer among those left; what was tried
with the same operations done and the same value left is not tried again.
"""

import math
from dataclasses import dataclass

ABSENT = None


@dataclass(frozen=True)
class Operation:
    """`kind` is put, get or delete. `expects` is what a conditional one was asked to find: a value, ABSENT, or ANYTHING.

    `succeeded` is None when nobody knows: then it happened at any time from `asked` on, or never.
    """
    kind: str
    asked: int
    answered: float = math.inf
    value: object = ABSENT
    expects: object = ...
    succeeded: bool | None = True

    def apply(self, before):
        """Whether the answer fits a register that holds `before`, and what it holds then."""
        if self.kind == "get":
            return self.value == before, before
        met = self.expects is ANYTHING or self.expects == before
        after = self.value if self.kind == "put" else ABSENT
        if self.succeeded is None:
            # It is put in order only if it happened.
            return met, after
        return met == self.succeeded, after if met else before


ANYTHING = ...


def is_linearizable(operations, initial=ABSENT):
    """Whether operations on one key have an order that a register explains."""
    # A read without an answer, and whatever was refused for another reason than its condition, says nothing.
    ordered = sorted((each for each in operations if each.kind != "get" or each.succeeded), key=lambda each: each.asked)
    # By place: what must be in the order. Operations that nobody answered need not.
    needed = sum(1 << place for place, each in enumerate(ordered) if each.succeeded is not None)
    seen = {(0, initial)}
    waiting = [(0, initial)]
    while waiting:
        done, held = waiting.pop()
        if done & needed == needed:
            return True
        place = ((done + 1) & ~done).bit_length() - 1  # the first that is not done
        limit = math.inf
        candidates = []
        while place < len(ordered) and ordered[place].asked < limit:
            if not done >> place & 1:
                candidates.append(place)
                limit = min(limit, ordered[place].answered)
            place += 1
        for place in candidates:
            if ordered[place].asked >= limit:
                continue
            fits, after = ordered[place].apply(held)
            state = (done | 1 << place, after)
            if fits and state not in seen:
                seen.add(state)
                waiting.append(state)
    return False
