"""A spare is booted and waits until it is its turn."""

import os
from typing import Optional


def until_my_turn(spare: Optional[str]) -> None:
    """Waits for a byte on the FIFO, or the descriptor, that DREAMNET_SPARE names; at once when nothing is named.

    Raises OSError when the FIFO cannot be opened, EOFError when whoever held its other end is gone: a spare that
    began unasked would double its agent.
    """
    if not spare:
        return
    # For writing as well: otherwise a FIFO counts as ended until its first writer comes.
    line = int(spare) if spare.isdigit() else os.open(spare, os.O_RDWR)
    try:
        if not os.read(line, 1):
            raise EOFError("DREAMNET_SPARE ended before it was this spare's turn")
    finally:
        os.close(line)
