"""Boilerplate: lines that a publisher puts around its articles, by rule; bylines and captions among them.

No rule can backtrack without bound: each is anchored, and its lines are of limited length.
"""

from __future__ import annotations

import re

_LONGEST = 400  # characters: promotion is short; what is longer has a story in it

_BOILERPLATE = re.compile(
    r"""(?xi)
    ^(?:
      advertisement | story\ continues\ below(?:\ advertisement)? | article\ continues\ (?:below|after)\b.*
    | (?:continue|keep)\ reading\b.{0,80} | read\ (?:more|also|next|now|the\ full)\b.* | (?:see|learn
        |find\ out)\ more\b.{0,100}
    | (?:also|now|you\ (?:may|might)\ also)\ (?:read|like|watch|be\ interested\ in)\b.*
    | related(?:\ (?:articles?|stor(?:y|ies)|content|coverage|topics|links?|posts?))?\s*(?::.*|)
    | (?:recommended|most\ (?:read|popular|viewed|shared)|trending(?:\ now)?|popular(?:\ now)?
        |top\ stories|more\ from|more\ on\ this)\b.{0,80}
    | (?:click|tap)\ (?:here|on|to)\b.* | watch(?:\ (?:live|now|more|below|the\ video))?\s*(?::.*|)
    | (?:please\ )?(?:sign\ up|signup|subscribe|register|log\ in|sign\ in
        |download)\b.{0,30}\b(?:newsletter|email|inbox|app|here|now|account|updates|alerts|podcast|free
        |today|us|channel|to\ (?:read|continue|get|our|the))\b.*
    | sign\ up | subscribe | log\ in | sign\ in | register | newsletter | share | tweet | print
        | email | comments? | menu | search | home | close | loading\W*
    | share\ (?:this|on|via|the)\b.* | (?:like|follow|find|join|connect\ with)\ (?:us|me|him|her|our
        |the\ author)\b.{0,160}
    | follow\ .{0,60}\ on\ (?:twitter|facebook|instagram|x|linkedin|youtube|telegram|whatsapp
        |google\ news)\b.*
    | get\ (?:the|our|all\ the|more|breaking|alerts|today's)\b.{0,80}\b(?:newsletter|inbox|app|alerts
        |updates|email|delivered|straight\ to)\b.*
    | (?:copyright\b|©|\(c\)\ ).* | .{0,80}\ball\ rights\ reserved\b.*
    | this\ (?:material|content|article|story)\ (?:may\ not\ be|is\ (?:only\ available|for\ subscribers
        |protected))\b.*
    | (?:view|hide|show|leave|post|add|read|see)\ (?:all\ |\d+\ |a\ |the\ )?comments?\b.*
    | (?:skip\ to|jump\ to|back\ to|return\ to)\ (?:main|content|top|home|navigation|the\ top)\b.*
    | (?:we\ use|this\ (?:site|website)\ uses)\ cookies\b.* | (?:accept|cookie)\ (?:all\ )?(?:cookies
        |policy|settings)\b.*
    | (?:terms\ (?:of|and)\ (?:use|service|conditions)|privacy\ policy)\b.{0,100}
    | (?:support|donate\ to|help)\ (?:us|our|independent|quality)\b.{0,60}\b(?:journalism|reporting
        |newsroom|donat\w+|contribut\w+)\b.*
    | (?:have\ a|got\ a|send\ (?:us\ )?)\ ?(?:tip|story|news\ tip)\b.*
    | (?:story\ )?highlights:? | key\ points:?
    )$
    """
)
_CAPTION = re.compile(
    r"""(?xi)
    ^(?:
      (?:file\ )?(?:photo(?:graph)?|image|picture|video|pic|foto|graphic|illustration)(?:\ (?:by
          |courtesy|credit|caption|copyright|source|via))?\s*[:|].{0,300}
    | (?:image|photo|picture|media)\ (?:caption|copyright|credit|source)\b.{0,300}
    | caption\s*:.{0,300} | file\ -\ .{0,400}
    | \(?(?:photo|image|ap\ photo|reuters|getty\ images|afp|file\ photo)\s*/?[^()]{0,80}\)
    | .{0,300}\((?:photo\ by\ |photo:\ |image:\ |ap\ photo|reuters/|afp/|getty\ images
        |file\ photo)[^()]{0,100}\)\.?
    | .{0,250}\b(?:/\ ?getty\ images|/\ ?reuters|/\ ?afp|/\ ?ap\ photo|via\ ap|via\ getty\ images)\s*\)?
    )$
    """
)
_BYLINE = re.compile(
    r"""(?x)
    ^(?:[Bb]y|BY|[Ww]ritten\ by|Reported\ by|Story\ by|From|Text\ by|Von|Par|Por|Di)\s*:?\s+
    (?P<names>[A-Z\u00c0-\u00de][\w.'’-]*(?:(?:,\ |,?\ and\ |,?\ AND\ |\ &\ |\ )(?:(?:de|van|von|der|la
        |al|bin|el|du)\ )?[A-Z\u00c0-\u00de][\w.'’-]*){0,11})
    (?P<rest>(?:\s*[,|•·–-]\s*.{0,80})?)$
    """
)
_DATE = re.compile(
    r"""(?xi)
    ^(?:(?:first\ )?(?:published|updated|last\ updated|posted|modified|created)(?:\ (?:on|at))?\s*:?\s+)?
    (?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?
    (?: (?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?
        |oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}
      | \d{1,2}(?:st|nd|rd|th)?\s+(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?
          |aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?,?\s+\d{4}
      | \d{4}-\d{2}-\d{2} | \d{1,2}[/.]\d{1,2}[/.]\d{2,4} )
    [\s,|at-]{0,6}(?:\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:\(?[a-z]{2,5}\)?)?)?$
    """
)
_DATELINE = re.compile(
    r"""(?x)
    ^(?P<dateline>
      (?:[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'’-]+(?:\ [A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'’-]*){0,3}
         (?:,\ (?:[A-Z][\w.]{1,15})(?:\ [A-Z][\w.]{1,15}){0,2})?
         (?:,\ (?:Jan|Feb|March|Mar|April|Apr|May|June|Jun|July|Jul|Aug|Sept?|Oct|Nov
             |Dec)[a-z]*\.?\ \d{1,2}(?:,\ \d{4})?)?
         (?:\s\([A-Z][\w\s./&-]{1,30}\))?
       |  [A-Z][\w.'’-]{1,20}(?:\ [A-Z][\w.'’-]{1,20}){0,3}(?:,\ [A-Z][\w.]{1,15})?\s\((?:Reuters|AP
           |AFP|UPI|CNN|Xinhua|dpa|EFE|ANSA|IPS|PTI|ANI|IANS|Bloomberg|CNN\ Business|Kyodo|TASS|Interfax)\)
      ))
    \s*(?:--|[-–—:])\s*(?=\S)
    """
)


def is_boilerplate(line: str) -> bool:
    """Whether LINE is promotion, subscription, sharing, copyright or navigation, and no part of the story."""
    return len(line) <= _LONGEST and _BOILERPLATE.match(line) is not None


def is_caption(line: str) -> bool:
    """Whether LINE belongs to a picture: it names a photographer, an agency's picture or says caption."""
    return len(line) <= _LONGEST and _CAPTION.match(line) is not None


def byline(line: str) -> str | None:
    """The names that LINE gives when it is a byline."""
    match = _BYLINE.match(line) if len(line) <= 200 else None
    return match["names"] if match else None


def is_date_line(line: str) -> bool:
    """Whether LINE says when the article was published, and nothing else."""
    return len(line) <= 100 and _DATE.match(line) is not None


def dateline_end(paragraph: str) -> tuple[str, int] | None:
    """The dateline that PARAGRAPH begins with, and where the text after it begins."""
    match = _DATELINE.match(paragraph[:200])
    return (match["dateline"], match.end()) if match else None
