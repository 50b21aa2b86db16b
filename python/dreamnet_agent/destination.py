"""Where reports and questions go."""

import re
from typing import NamedTuple, Optional, Union
from urllib.parse import urlsplit

# What a header of HTTP takes of a token.
TOKEN = re.compile("[\x21-\x7e]+")


class Destination(NamedTuple):
    """An http or https address without a slash at its end, and a token that is fit for a header."""

    url: str
    token: Optional[str]


def read_destination(url: str, token: Optional[str]) -> Union[Destination, str]:
    """Without the blanks and line ends of a file it was read from; or, in words, why there is none."""
    address = url.strip()
    try:
        parts = urlsplit(address)
        # To ask for the port is what finds one that is no number.
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        return "DREAMNET_URL is no address that begins with http:// or https://: %s" % address
    word = (token or "").strip()
    # What it is stays out of the log: it may be most of a token.
    if word and not TOKEN.fullmatch(word):
        return "DREAMNET_TOKEN has characters that no token has"
    return Destination(address.rstrip("/"), word or None)
