"""Web addresses: what of a URL tells one article from another."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

# Parameters that tell where a reader came from. Lists of others are longer, and have names such as uid and
# gallery by which some sites tell their articles apart: two articles must never become one.
_TRACKER = re.compile(
    r"(?:utm|pk|mtm|piwik|hsa|itm|vero|oly|gaa|guce)_\w+|at_(?:medium|campaign|custom|link|format|ptr|bbc)\w*"
    r"|(?:fb|g|d|tw|y|ys|tt)clid|irclickid|msclkid|gclsrc|[gw]braid|gad_(?:source|campaignid)|li_fat_id|epik"
    r"|igsh(?:id)?|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|_g[al]|s_kwcid|cmp(?:id)?|ocid|ncid|cvid|ito|smid|smtyp"
    r"|ftag|xtor|spm|ref_?src|ref_?url|referr?er|sref|guccounter|__twitter_impression",
    re.IGNORECASE,
)
# With a number, it may name the article.
_REFERRER = re.compile(r"(?:ref|source|src|from|via)=[a-z_.-]+", re.IGNORECASE)
_ROUTE = ("!", "/")  # a fragment that begins so is a path in a page that scripts draw


def article_url(url: str) -> str:
    """Return `url` without what does not tell one article from another: trackers, and a place in the page.

    A URL that has neither is returned as it is, apart from the case of scheme and host.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:  # a broken URL is still one, and always the same
        return url
    if not parts.netloc:
        return url
    kept = [
        pair
        for pair in parts.query.split("&")
        if not (_TRACKER.fullmatch(pair.partition("=")[0]) or _REFERRER.fullmatch(pair))
    ]
    fragment = parts.fragment if parts.fragment.startswith(_ROUTE) else ""
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, "&".join(kept), fragment))
