"""A spare is booted and waits until it is its turn."""

import os
from typing import Optional

ASKS = b"."


def until_my_turn(spare: Optional[str]) -> bool:
    """Waits for any byte but a dot on the FIFO, or the descriptor, that DREAMNET_SPARE names.

    Returns False, at once, when nothing is named. A dot asks whether somebody still waits: to read it is the answer.
    Raises OSError when the FIFO cannot be opened, EOFError when whoever held its other end is gone: a spare that
    began unasked would double its agent.
    """
    if not spare:
        return False
    # For writing as well: otherwise a FIFO counts as ended until its first writer comes.
    line = int(spare) if spare.isdigit() else os.open(spare, os.O_RDWR)
    try:
        byte = ASKS
        while byte == ASKS:
            byte = os.read(line, 1)
        if not byte:
            raise EOFError("DREAMNET_SPARE ended before it was this spare's turn")
        return True
    finally:
        os.close(line)
