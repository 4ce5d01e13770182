"""What a process leaves alone once it has started: the collector need not walk through what stays for good."""

import gc

EVERY, SELDOM = 50_000, 20  # new objects between two rounds of the collector; rounds between two that go further


def settle() -> None:
    """Keep the collector from what was loaded so far, and from looking through short-lived objects dozens of times.

    A page or a batch of leads makes tens of thousands, which go by themselves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(EVERY, SELDOM, SELDOM)
