"""Boilerplate: lines that a publisher puts around its articles, by rule; bylines, credits and captions among
them.

Four kinds of rule: how a line opens (`_OPENINGS`; `_ABROAD` in other languages than English), what it holds
(`_HELD`), words of a page's controls and nothing else (`_CONTROLS`), and two calls to the reader from
different families in a short line (`_CUES`).
They were written from the lines that recur at one half of the publishers of a news collection and are
measured on the other half. Lines are of limited length, and no rule has more than one stretch of any
characters to try lengths of: what else must stand in it is asked for by looking ahead.
"""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick, Implementation

_LONGEST = 800  # characters: what is longer has a story in it
_LONGEST_CUED = 350
_LONGEST_ABROAD = 200
_LONGEST_CAPTION = 500
_LONGEST_CREDITS = 200
_MOST_SIGNS = 9  # neither letter nor digit, around a line: more are an attack on the patterns, or a rule

_SITE = r"(?:twitter|facebook|instagram|x|linkedin|youtube|tiktok|telegram|whatsapp|google\ news)"
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun|week)day"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}"

_OPENINGS = re.compile(
    rf"""(?x)
    [\W_]{{0,9}}(?:
    # advertisements, and the seams they leave
      (?:story|article)\ continue[sd](?:\ (?:below|after|under))?\b.{{0,60}}
    | (?:continue|keep)\ reading\b.{{0,80}}
    | (?:scroll|swipe)\ (?:down\ )?(?:to|for)\ (?:continue|read|more)\b.{{0,60}}
    | (?:this\ is\ )?(?:an?\ )?(?:paid\ )?advertise?ment\b.{{0,40}}
    | sponsor(?:ed)?\ message | toggle\ more\ options | (?:order\ )?reprints?(?:\ and\ permissions)?
    | view\ (?:this\ post\ )?on\ .{{1,40}}
    | sponsored(?:\ (?:content|by|links?)\b.{{0,60}})?
    # other stories
    | (?:read|see|watch|view|listen|more|related|full\ coverage|in\ pictures|gallery|previously|recommended
        |subscribe|follow|download
        |(?:also|now)\ (?:read|see|watch)|(?:read|see|watch)\ (?:also|more|now|live)|don['’]t\ miss
        |in\ case\ you\ missed\ it|more\ on\ this(?:\ story)?)\s?:.{{0,250}}
    | related(?:\ (?:articles?|stor(?:y|ies)|content|coverage|topics|links?|posts?|news|reading
        |video))?\s*+(?::.*)?
    | (?:read|see|watch|view|hear)\ (?:more|also|next|the\ (?:full|whole|rest|entire|original|complete))\b
        (?!.*\b(?:said|says|was|were|had)\b).{{0,150}}
    | (?:you\ (?:may|might)|we\ think\ you['’]ll)\ (?:also\ )?(?:like|be\ interested\ in|enjoy)\b.{{0,60}}
    | (?:recommended|trending|popular|top|latest|more|most\ (?:read|popular|viewed|shared|watched))
        (?:\ (?:now|stories|news|videos?|headlines|articles|for\ you|from\ .{{1,60}}|on\ this\ (?:story
            |topic)))?
    | don['’]t\ miss | up\ next | editor['’]?s['’]?\ (?:picks|choice) | (?:see|learn|find\ out)\ more
    | (?:other|more)\ (?:opinions|perspectives|stories|coverage)\ below
    | more\ (?:in|on|about|at)\ .{{1,40}} | also\ (?:on|at)\ .{{1,40}}
    | also\ in\ (?:this|today['’]s|the\ latest)\ .{{1,40}}
    | (?:from\ )?(?:around\ the\ web|our\ partners) | promoted(?:\ (?:stories|content|links?))?
    | paid\ (?:content|post|for\ by\b.{{0,40}}) | what\ (?:others\ are\ reading|to\ read\ next)
    | (?:read|next)\ (?:next|story|article) | back\ to\ (?:the\ )?(?:story|article)
    | (?:slide\ ?show|quiz|poll|podcast|interactive|timeline|live\ (?:updates|blog|coverage))\s?:
        (?!.*\.$).{{0,150}}
    | to\ read\ the\ (?:full|whole|entire|rest)\b.{{0,80}}
    | (?:this|a\ version\ of\ this)\ (?:article|story|post|column|piece|essay|report|interview)
        \ (?:(?:was|has\ been|is)\ )?(?:first\ |originally\ |also\ )?(?:appear(?:s|ed)|ran|published
        |produced|adapted|reprinted|republished|syndicated)\b(?!.*[.].*\w).{{0,100}}
    | appeared\ in\ the\ .{{1,60}}\bprint\ edition\b.{{0,80}}
    # the site's controls
    | (?:skip|jump|back|return)\ to\ (?:main|content|top|home|navigation|the\ top)\b.{{0,40}}
    | (?:view|hide|show|leave|post|add|read|see|join)\ (?:all\ |\d+\ |a\ |the\ |your\ )?
        (?:comments?|conversation|discussion)\b.{{0,60}}
    | (?:continue|skip)\ to\ (?:article|main)\ content | share\ your\ feedback\b.{{0,80}}
    | check\ out\ this\ story\b.*
    | copy\ (?:this\ )?link | these\ are\ external\ links\b.* | (?:close\ )?share\ panel
    | (?:about|contact)\ us | advertise(?:\ with\ us)? | site\ ?map | help\ cent(?:er|re) | faqs?
    | (?:sign|log)\ ?(?:in|out|on) | my\ account | home\ ?page | subscribe(?:\ (?:now|today))?
    | (?:donate|give)(?:\ (?:now|today))
    | you['’]ve\ (?:read|reached|used|hit)\ .{{0,60}}\b(?:free|limit)\b.{{0,80}}
    | already\ an?\ (?:subscriber|member)\b.{{0,80}} | (?:sent|posted)!\ a\ link\ has\ been\b.*
    | you['’]ve\ successfully\b.{{0,80}}
    | link\ copied | (?:play|pause|mute)\ video | loading | an\ error\ has\ occurred\b.*
    | (?:please\ )?(?:enable|turn\ on)\ javascript\b.* | (?:invalid|please\ enter\ a\ valid)\ e-?mail\b.*
    | (?:don['’]t\ see|can['’]t\ see)\ the\ .{{1,40}}\?.{{0,60}} | (?:click|tap)\ (?:on|to|the)\b.{{0,120}}
    | (?:share|save)\ (?:this|on|via)\b.{{0,80}} | read\ or\ share\ this\ story\b.*
    | (?:tagged|filed)\ under\b.{{0,120}} | (?:tags?|topics?|categor(?:y|ies)|posted\ in)\s?:.{{0,200}}
    # newsletters, membership, other channels
    | (?:please\ )?(?:sign\ up|subscribe|register)\ (?:now|here|today|(?:for|to)\ (?:our|the|this|receive
        |get|read|access|free
        |[\w'’&\ ]{{1,40}}\b(?:newsletters?|podcasts?|channel|e-?mails?|updates)))\b.{{0,200}}
        | newsletter\ sign\ ?up\b.*
    | (?:manage|all|our|browse|more)\ newsletters
    | (?=missing\ out\ on\b.{{0,100}}\?|interested\ in\b.{{0,100}}\?\ add\b
        |like\ what\ you\b.{{0,20}}\?)[mil].{{0,300}}
    | read\ .{{1,40}}\bflipboard\b.{{0,40}}
    | (?:something\ to\ consider\ )?if\ you\ (?:enjoyed|liked|value|appreciate|love|like)\ (?:this|our)\b
        .{{0,400}}
    | by\ (?:signing\ up|subscribing|clicking)\b.{{0,300}}
    | thank(?:s|\ you)\ for\ (?:signing|subscribing|reading|registering|your\ (?:support
        |interest))\b.{{0,300}}
    | become\ an?\ (?:\w+\ ){{0,3}}(?:contributor|member|subscriber|supporter)\b.{{0,200}}
    | support\ (?:[\w'’-]+\ ){{1,3}}journalism\b.{{0,200}} | help\ us\ (?:report|tell|keep|continue
        |improve)\b.{{0,400}}
    | (?:help\ keep|keep)\ (?=.{{1,40}}\b(?:free|independent|alive)\b)
        (?=.{{0,250}}\b(?:contribut|donat|support|subscri)).{{0,350}}
    | (?:check\ out|catch\ up\ on|visit)\ (?:the|our|all)\b
        (?=.{{0,150}}\b(?:page|site|website|map|coverage|guide|section|blog|app|podcast|homepage|channel)\b)
        .{{0,250}}
    | (?:watch|tune\ in(?:to)?|listen)\b(?=.{{0,120}}\b{_DAY}s?\ (?:at|on|for|nights?|mornings?)\b).{{0,220}}
    | (?:watch|see)\ the\ latest\ (?:videos?|headlines|news)\b.{{0,60}}
    | follow\ (?=@|.{{0,80}}\bon\ {_SITE}\b|.{{0,40}}@\w|.{{0,80}}\bat\ (?:https?:|www\.)).{{0,240}}
    | the\ post\ (?=.{{1,200}}\b(?:appeared|was\ published)\ first\ on\b).{{0,300}}
    | get\ (?:breaking|real-?time|the\ latest)\b
        (?=.{{0,120}}\b(?:app|iphone|ipad|android|phone|inbox|e-?mail|alerts)\b).{{0,300}}
    | (?:filed\ under|tagged(?:\ (?:in|with|as))?|tags?|topics?|categor(?:y|ies)|keywords?)\s?:.{{0,200}}
    | (?:published|posted)\ (?:in|under):?
    | (?:like|follow|find|join|connect\ with)\ (?:us|him|her|our|the\ author)\ (?:on|at|@).{{0,160}}
    | stay\ (?:up[\ -]to[\ -]date|connected|informed|tuned|in\ the\ (?:know|loop))
        (?:\ (?:with|on|to|via|by|about)\b.{{0,80}})?
    | never\ miss\b.{{0,80}} | since\ you['’]re\ here\b.{{0,400}}
    | to\ contact\ the\ (?:reporters?|editors?|authors?|writers?)\b.{{0,200}}
    | our\ standards:.{{0,80}}
    | you\ can\ (?:now\ )?(?:unsubscribe|opt\ out)\b.{{0,120}}
    # the reader asked
    | (?:please\ )?(?:include|note\ that|contact\ us|email\ us|send\ (?:us|your)|check\ back)\b
        (?=.{{0,60}}\b(?:contact|comments?|pictures|videos?|e-?mail|updates)\b).{{0,260}}
    | send\ us\ your\ (?:questions?|stor(?:y|ies)|experiences?|thoughts|views|photos?)\b.{{0,120}}
    | send\ (?:letters|questions|comments|tips|feedback)\b(?=.{{0,80}}@).{{0,160}}
    | (?:use|fill\ (?:in|out))\ (?:this|the)\ form\b.{{0,100}} | we\ want\ to\ hear\ from\ you\b.{{0,160}}
    | let\ us\ know\b(?=.{{0,80}}(?:@|\bin\ the\ comments\b|\bwhat\ you\ think\b)).{{0,160}}
    | thank(?:s|\ you)\ for\ (?:reading|subscribing|signing\ up|joining\ us|watching|listening)\b.{{0,120}}
    | your\ (?:subscription|support|donation|contribution|membership|gift)\b
        (?=.{{0,160}}\b(?:journalism|reporting|newsroom|possible)\b).{{0,300}}
    | (?:have|got|do\ you\ have|send\ us)\ (?:a\ |any\ |your\ )?(?:confidential\ )?(?:news\ )?
        (?:tips?|stor(?:y|ies)|questions?|corrections?|feedback)\b(?=.{{0,200}}[?:@]).{{0,350}}
    # when, and how old
    | (?:this\ (?:article|story|post|report|piece|column)\ (?:has\ been|was)\ (?:last\ )?(?:updated
        |corrected))
        (?!.*\b(?:because|to\ (?:reflect|correct|include|add|clarify))\b).{{0,60}}
    | (?:last\ )?(?:updated?|published|posted)\b(?=.{{0,14}}\d)
        (?:[\ :,.|/-]|\d[\d:/.,-]*+|[ap]\.?m\b\.?|[ecmp][sd]?t\b|gmt\b|utc\b|bst\b|{_DAY}\b|{_MONTH}\b
            |noon\b|of\b|at\b|on\b){{1,30}}+
    | this\ (?:article|story)\ is\ more\ than\ \d+\ (?:years?|months?)\ old
    | this\ (?:is\ a\ )?(?:breaking|developing)(?:\ news)?\ (?:story|post|article)\b
        (?!.*\b(?:said|says)\b).{{0,120}}
    | this\ (?:story|post|article)\ is\ (?:breaking|developing|being\ updated)\b.{{0,120}}
    | an?\ (?:revised|corrected|updated|longer|shorter|earlier|previous)\ version\ of\ this\ (?:article|story
        |post|column|piece)\ (?:is\ available|can\ be\ (?:found|read))\b.{{0,80}}
    | \d+\ (?:years?|months?|weeks?|days?|hours?|mins?|minutes?)\ ago | \d+\ min(?:ute)?s?\ read
    # rights, disclaimers, labels
    | (?:copyright|©|\(c\))\s?(?:\d{{4}}|by|the|\w+\ \d{{4}}|©|\(c\)).{{0,250}} | ©.{{0,100}}
    | (?:this\ )?(?:material|content|article|story|transcript)s?
        \ (?:may\ not\ be|is\ (?:only\ available|for\ subscribers|protected))\b.*
    | this\ is\ (?:an?\ )?(?:rush|unedited|partial)\ transcript\b.{{0,160}}
    | (?:all\ )?(?:quotes|market\ data)\ (?:are\ )?(?:delayed|provided\ by)\b.{{0,160}}
    | (?:the\ |this\ )?content\ is\ not\ available\b.{{0,40}}
    | (?:please\ )?(?:upgrade|update)\ your\ browser\b.{{0,160}}
    | this\ video\ (?:is\ no\ longer|cannot\ be|can['’]t\ be|is\ not)\ (?:available|played)\b.{{0,80}}
    | this\ copy\ is\ for\ your\ personal\b.*
    | there\ was\ an\ error\ (?:processing|sending|with\ your)\b.{{0,80}}
    | (?:like|enjoy(?:ed)?)\ this\ (?:article|story|post|piece)\?.{{0,80}}
    | comments\ (?:are|have\ been)\ (?:closed|disabled|turned\ off)\b.{{0,80}}
    | (?:listen\ to|share|save|print|gift|bookmark)\ this\ (?:article|story|post|page)\b.{{0,40}}
    | (?:\w+\ )?transcripts?\ (?:are|is)\ (?:created\ on|provided|available)\b.*
    | sources?\s?:\ (?=.{{0,80}}\b(?:agenc(?:y|ies)|news|press|reuters|afp|ap|times|post)\b).{{0,80}}
    | (?:the\ )?(?:views|opinions|comments)\ expressed\ (?:in\ this|here|by\ (?:columnists|contributors
        |the\ author))\b.*
    | (?:terms\ (?:of|and)\ (?:use|service|conditions)|privacy\ policy|cookie\ (?:policy
        |settings))\b.{{0,100}}
    | (?:we\ use|this\ (?:site|website)\ uses)\ cookies\b.* | (?:accept|manage)\ (?:all\ )?cookies
    | (?:the\ )?[\w'’&\ ]{{1,40}}\ is\ an?\ (?:reported\ |daily\ |weekly\ |regular\ )?(?:column|newsletter)
        \ (?:by|from|that)\b.{{0,250}}
    | our\ original\ (?:post|story)\ continues | (?:for\ )?more\ information:?
    | (?:(?:story|interview)\ )?highlights:? | key\ (?:points|takeaways):?
    | (?:analysis|opinion|commentary)(?:\s?/\s?(?:opinion|analysis))?:?
    | (?:theme\ )?music
    )[\W_]{{0,9}}
    """
)
_ABROAD = re.compile(
    # Labels in German, French, Spanish, Portuguese, Italian, Dutch, the Nordic languages, Polish, Russian,
    # Turkish, Indonesian, Chinese, Japanese and Korean.
    rf"""(?x)
    [\W_]{{0,3}}(?:
    # other stories
      (?:lesen\ sie\ (?:auch|dazu|mehr|hier(?:\ auch|\ mehr)?) | lies\ auch | (?:mehr|alles)\ zum\ thema
        | auch\ interessant | mehr\ dazu | passend\ dazu | weitere\ (?:artikel|meldungen|nachrichten)
        | (?:à\ )?lire\ (?:aussi|également) | (?:sur\ )?le\ même\ sujet | (?:à\ )?voir\ aussi
        | l(?:ea|ee|eer)\ (?:también|además|más) | te\ puede\ interesar
        | l(?:eia|er)\ (?:também|mais) | veja\ (?:também|mais) | saiba\ mais
        | leggi\ (?:anche|di\ più) | guarda\ anche | lees\ (?:ook|meer|verder)
        | læs\ (?:også|mere) | les\ (?:også|mer) | läs\ (?:också|även|mer) | lue\ myös
        | (?:czytaj|zobacz)\ (?:też|także|również|więcej) | читайте\ (?:также|ещё|еще) | смотрите\ также
        | (?:baca|lihat)\ juga | ilgili\ haber(?:ler)?
        | 延伸閱讀 | 相關新聞 | 相关(?:阅读|新闻) | 関連記事 | 관련\ ?기사)
      (?:\s?[:\uff1a].{{0,200}})?
    | weiterlesen | mehr\ anzeigen | zur\ startseite | lire\ la\ suite | seguir\ leyendo
        | continua\ a\ leggere | continue\ lendo | читать\ (?:далее|дальше|полностью) | 続きを読む
    # advertisements, sharing, subscription, rights, comments
    | anzeige | werbung | publicité | publicidad | publicidade | pubblicità | advertentie | annonse
        | reklam[ae]? | реклама | iklan | 広告 | 광고 | 广告
    | (?:artikel|beitrag|seite)\ (?:teilen|drucken|merken|versenden) | (?:auf|via)\ {_SITE}\ teilen
    | (?:partager|compartir|compartilhar|condividi|delen|поделиться)
        (?:\ (?:cet\ article|(?:sur|en|no|na|su|op|via|в)\ {_SITE}))?
    | newsletter\ (?:abonnieren|bestellen) | (?:hier\ )?(?:zum\ )?newsletter\ anmelden
    | jetzt\ (?:abonnieren|anmelden)
    | (?:s['’]abonner|abonnez-vous|inscrivez-vous|suscríbete|suscríbase|inscreva-se|iscriviti|abbonati
        |подпишитесь|подписаться)\b(?!.*[.!?].*\w).{{0,80}}
    | .{{0,60}}\b(?:alle\ rechte\ vorbehalten|tous\ droits\ réservés|todos\ los\ derechos\ reservados
        |todos\ os\ direitos\ reservados|tutti\ i\ diritti\ riservati|alle\ rechten\ voorbehouden
        |все\ права\ защищены)
    | (?:\d+\ )?(?:kommentare?|commentaires?|comentarios?|comentários?|commenti|reacties|комментари(?:и|й|ев))
    )[\W_]{{0,9}}
    """
)
_HELD = {
    # A word that must be in the line, lower-cased, before the costlier pattern is tried.
    hook: re.compile(rf"(?x) .{{0,200}} (?:{pattern}) .{{0,300}}")
    for hook, pattern in {
        " here": r"\b(?:click|tap|sign\ up|subscribe)\ here\b",
        "rights reserved": r"\ball\ rights\ reserved\b",
        "browser": r"\bbrowser\ does\ not\ support\b",
        "permission": r"\breprint(?:ed\ (?:with|by))?\ permissions?\b",
        "licensing": r"\blicensing\ opportunities\b",
        "without charge": r"\bavailable\ without\ charge\ to\b",
        " own": r"\bviews?\ (?:are|is)\ (?:his|her|their)\ own\b",
        "policy": r"\bcomments?\ policy\b",
        "guidelines": r"\b(?:our|read|review|follow|see|these|with|to|under)\ (?:the\ |our\ )?"
        r"(?:community|conversation|comment(?:ing)?)\ guidelines\b",
        "profit": r"\bis\ an?\ (?:independent,?\ )?(?:non-?profit|not-for-profit)\ (?:news|media|journalism)",
        "leading": r"\bis\ an?\ leading\ (?:provider|source|publisher)\ of\ [\w\ ]{0,30}\b(?:news|opinion)\b",
        "reach": r"\b(?:can\ be\ reached|reach\ (?:him|her|them|the\ reporter))\b(?=.*(?:@|\d{3}[.-]\d{4}))",
        "mail": r"\be-?mail(?:\ [\w'’]+){0,4}\ at\b(?=.*@)",
        "solely responsible": r"\bsolely\ responsible\ for\ (?:all|the|its|this)\ content\b",
        "contact the": r"\bcontact\ the\ (?:author|writer|reporter|editor)s?\b",
        "write to": r"\bwrite\ to\b(?=.*@)",
    }.items()
}
_CONTROLS = frozenset(
    re.findall(
        r"\w+",
        """ ad ads advertisement article autoplay bookmark by caption captions close comment comments continue
        copied copy download email embed facebook flipboard follow gallery hide home icon image in instagram
        large last less link linkedin listen login main manage menu messenger min mins more newsletter
        newsletters next now of on pause photo photos pinterest play pocket post previous print read reading
        reddit register replay save search share shares show sign signin signup skip slide slides small sms
        story subscribe telegram text the this thumbnails to toggle tumblr tweet twitter up video videos view
        via watch whatsapp x youtube your """,
    )
)
_CONTROL = frozenset(
    re.findall(
        r"\w+",
        "ad ads advertisement bookmark close comments download email embed flipboard gallery login menu "
        "newsletter newsletters photo photos pocket previous print replay save share subscribe tweet video",
    )
)  # words that are a control on their own; of others it takes two
_NAMES = frozenset(
    {"facebook", "instagram", "linkedin", "pinterest", "reddit", "tweet", "twitter", "whatsapp", "youtube"}
)
_CUES = tuple(
    re.compile(rf"(?x)(?:{cue})")
    for cue in (
        r"\bnewsletters?\b | \binbox\b | \be-?mail\ (?:alerts?|updates?|address)",
        r"\bsign(?:ing)?[\ -]?up\b | \bsubscri(?:be|bing|ptions?)\b",
        r"\bfree\ trial\b | \bunlimited\ access\b | \bbecom(?:e|ing)\ a\ member\b | \bcancel\ any\ ?time\b",
        r"\b(?:promo|discount)\ code\b | \d\ ?%\ off\b",
        r"\b(?:donat|contribut)(?:e|ion)\ (?:to|now|today)\b | \btax-deductible | \breader.supported",
        r"\bunsubscribe | \bopt\ out\b | \bpromotional\ offers\b | \byou\ agree\b | \bprivacy\ policy\b",
        r"\bclick\b | \btap\ here\b | \bvisit\ (?:our|us)\b | \blearn\ more\b | \bcheck\ out\b",
        r"\bcopyright\b | \brights\ reserved\b | \bredistributed\b | \brewritten\b | \brepublish",
        # what follows is also said in stories, and counts beside one of the above only
        r"\bbreaking\ news\b | \balerts?\b | \bupdates\b | \b(?:latest|top)\ (?:news|stories|headlines)\b",
        rf"\b(?:on|to|via)\ (?:our\ )?(?:{_SITE}|apple\ podcasts|itunes|spotify|stitcher|flipboard)\b",
        r"\bpodcasts?\b | \b(?:mobile|phone|news|our|free)\ app\b | \bapp\ store\b | \bgoogle\ play\b",
        r"\bour\ (?:journalism|reporting|newsroom|work)\b | \bsupport\ (?:our|us|independent|local)\b",
        r"\bdeliver(?:ed|s)?\b | \bevery\ (?:day|morning|weekday|week|evening)\b | \bdaily\b | \bweekly\b",
        r"\bfor\ more\b | \bread\ more\b | \bour\ (?:website|site|coverage|page|team|reporters|readers)\b",
    )
)
_STRONG, _ENOUGH_CUES = 8, 2
_HOOKS = (
    *(
        "sign",
        "subscri",
        "newsletter",
        "inbox",
        "mail",
        "click",
        "twitter",
        "facebook",
        "@",
        "podcast",
        "donat",
    ),
    *("contribut", "member", "copyright", "republish", "trial", "alert", "our app", "news app", "learn more"),
    *("for more", "read more", "promo code", "discount code"),
)
_HELD_PATTERNS = tuple(_HELD.values())
_AUTOMATON = AhoCorasick([*_HELD, *_HOOKS], implementation=Implementation.DFA)  # one pass for all the words
_READER = re.compile(
    r"""(?x)
    [\W_]{0,3}(?:editor['’]?s['’]?\ note:\ )?(?:
      for|get|sign|subscribe|follow|click|download|join|listen|donate|watch|check|visit|read|see|want
          |find|support
    | like\ (?:this|what|us)|become|stay|tune|catch|try|start|help|please|if\ you|interested|don['’]t\ miss
        |have|love
    | keep\ up|make\ sure|add|enter|enjoy|never
    | to\ (?:get|receive|read|subscribe|learn|see|find|listen|watch|join|support|continue|view|access|sign)
    )\b
    """
)
_REPORTS = re.compile(r"\b(?:said|says|told|asked|wrote)\b")  # what somebody said is part of the story
_OURS = re.compile(r"\b(?:y?our|us)\b")
_CAPTION = re.compile(
    r"""(?x)
      (?:enlarge\ this\ image|toggle\ caption|hide\ caption|(?:image|photo|picture|media)\ (?:caption
          |copyright|credit
        |source|playback))\b.*
    | (?:ap|afp)\ photo(?:\s?/.{1,50})?
    | (?:getty\ images|alamy|shutterstock|istock|epa|reuters|afp)\s?/.{1,50}
    | getty\ images | alamy | shutterstock | istock | epa
    | .*\b(?:hide|toggle)\ caption | close\ video\b.* | photos:.* | caption\s*:.* | file\ -\ .*
    | (?:file\ )?(?:photo(?:graph)?|image|picture|video|pic|foto|graphic|illustration)
        (?:\ (?:by|courtesy|credit|caption|copyright|source|via))?\s*[:|].*
    | (?:photograph(?:s|y|er)|pictures)\s?:.{1,60}
    | (?:bild|abbildung|crédits?(?:\ photo)?|imagen|imagem|immagine|beeld|фото|图片来源|圖片來源|写真|사진)
        \s?[:\uff1a].{1,100}
    | \((?:[\w\ ]{1,20}\ )?photo:\ [^()]{1,80}\) | \([^()]{1,80}/\s?(?:getty|reuters|ap|afp)(?:\ images)?\)
    | \(?(?:photo|image|ap\ photo|reuters|getty\ images|afp|file\ photo)\s*/?[^()]{0,80}\)
    """
)
_CREDITED = re.compile(
    r"""(?x)
      .*\|\s?[\w./\ ]{0,40}\b(?:ap|getty|reuters|afp|photos?|images)\b[^|]{0,20}
    | .*\((?:photo\ by\ |photo:\ |image:\ |ap\ photo|reuters/|afp/|getty\ images|file\ photo)[^()]{0,100}\)\.?
    | .*\b(?:/\ ?getty\ images|/\ ?reuters|/\ ?afp|/\ ?ap\ photo|via\ ap|via\ getty\ images)\s*\)?
    """
)
_AGENCIES = ("photo", "image", "reuters", "afp", "via ap", "getty")
_NAME = r"[A-Z\u00c0-\u00de][\w.'’-]*"
_BYLINE = re.compile(
    rf"""(?x)
    (?:[Bb]y|BY|[Ww]ritten\ by|Reported\ by|Story\ by|Text\ by|Von|Par|Por)\s*:?\s+
    (?P<names>{_NAME}(?:(?:,\ |,?\ and\ |,?\ AND\ |\ &\ |\ )(?:(?:de|van|von|der|la|al|bin|el
        |du)\ )?{_NAME}){{0,11}})
    (?:\s*[,|•·–-]\s*.{{0,80}})?
    """
)
_WRITER = rf"{_NAME}(?:\ (?:(?:de|van|von|der|den|la|al|bin|el|du)\ ){{0,2}}{_NAME}){{1,3}}?"
_WRITTEN = (
    r"(?:[Ww]ords|WORDS|Text[eo]?|TEXT|Testo|Tekst|Autore"
    r"|(?:Author|Writer|Reporter|Correspondent|Autor|Auteur)s?)(?:\s?:|\ by:?)\s"
    rf"(?P<names>{_WRITER}(?:(?:,\ |,?\ (?:and|und|et|y|e)\ |\ [&/]\ ){_WRITER}){{0,5}}?)"
)
_SEPARATOR = r"\s*[,;|•·–-]\s*"
_CREDITED_WRITER = re.compile(rf"{_WRITTEN}(?:{_SEPARATOR}.{{0,80}})?")
# A label is written as a sentence begins: "Mileage this month". In capitals throughout, it could be a name.
_LABEL = r"[A-Z\u00c0-\u00de][\w'’-]{1,20}(?:\ [^\W\d_A-Z\u00c0-\u00de][\w'’-]{0,20}){0,3}\s?:\s"
_WRITER_BEFORE_LABEL = re.compile(rf"{_WRITTEN}(?:{_SEPARATOR}|\s)(?={_LABEL})")
_NUMBER = r"[£$€¥+-]?\d[\w.,:/%°]*(?:\ [\w/%°]{1,12})?"
_FIELDS = re.compile(
    rf"{_LABEL}(?:{_NUMBER}"
    rf"|(?:{_NUMBER}|{_WRITER})(?:(?:{_SEPARATOR}|\ ){_LABEL}(?:{_NUMBER}|{_WRITER})){{1,5}})"
)
_PERSON = rf"{_NAME}(?:\ {_NAME}){{1,2}}"
_NAMES_ALONE = re.compile(rf"(?x) {_PERSON} (?: (?:,\ |,?\ and\ |\ &\ ) {_PERSON} )*")
_CREDIT = re.compile(
    r"""(?x)
    [\W_]{0,3}(?:
      [A-Z\u00c0-\u00de].{2,250}\bcontributed
        (?:\ (?:to\ (?:this|the)\ (?:report|story|article|post|piece)|reporting|research
            |from\ .{1,40}))?(?:,.{0,60})?
    | (?i:(?:additional\ |with\ )?(?:reporting|writing|editing|compiled|research)\ (?:by|from))\b.{3,250}
    | (?i:contributing)\s?:.{3,200}
    | (?:[Tt]his\ (?:article|story|report)\ (?:is|was)\ )?(?:based|compiled|produced)\ (?:in\ part\ )?
        (?:on|from|with)\ (?:wire|agency|news)\b.{0,80}
    | (?:[Tt]he\ )?Associated\ Press | AP | Reuters | AFP | Agence\ France-Presse | Bloomberg(?:\ News)?
    | [Ff]rom\ (?:wire|staff|news\ service)s?(?:\ and\ \w+)?\ (?:reports|services)
    | (?:[Ww]ith|WITH)\ (?:\w+\ ){0,2}(?:[Ww]ires?|[Ww]ire\ (?:services|reports))
    )[\W_]{0,9}
    """
)
_DATE = re.compile(
    rf"""(?x)
    (?:(?:first\ )?(?:published|updated|last\ updated|posted|modified|created)(?:\ (?:on|at))?\s*:?\s+)?
    (?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?
    (?: {_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}
      | \d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}\.?,?\s+\d{{4}}
      | \d{{4}}-\d{{2}}-\d{{2}} | \d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}} )
    [\s,|at-]{{0,6}}(?:\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?\s*(?:[ap]\.?m\.?)?\s*(?:\(?[a-z]{{2,5}}\)?)?)?
    """
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)
_AGENCY = r"(?:Reuters|AP|AFP|UPI|CNN|Xinhua|dpa|EFE|ANSA|IPS|PTI|ANI|IANS|Bloomberg|Kyodo|TASS|Interfax)"
_CAPITALS = r"[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'’-]"
_DATELINE = re.compile(
    rf"""(?x)
    (?P<dateline>
      (?: {_CAPITALS}+(?:\ {_CAPITALS}*){{0,3}}
          (?:,\ [A-Z][\w.]{{1,15}}(?:\ [A-Z][\w.]{{1,15}}){{0,2}})?
          (?:,\ (?:Jan|Feb|March|Mar|April|Apr|May|June|Jun|July|Jul|Aug|Sept?|Oct|Nov
              |Dec)[a-z]*\.?\ \d{{1,2}}
             (?:,\ \d{{4}})?)?
          (?:\s\([A-Z][\w\s./&-]{{1,30}}\))?
      | [A-Z][\w.'’-]{{1,20}}(?:\ [A-Z][\w.'’-]{{1,20}}){{0,3}}(?:,\ [A-Z][\w.]{{1,15}})?\s\({_AGENCY}\)
      ))
    \s*(?:--|[–—-])\s*(?=["“‘'(\d]|[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff])
    """
)
_LABELS = frozenset(
    {"ANALYSIS", "BREAKING", "EXCLUSIVE", "LIVE", "OPINION", "REVIEW", "UPDATE", "VIDEO", "WATCH"}
)


def is_boilerplate(line: str) -> bool:
    """Whether LINE is promotion, subscription, sharing, copyright or navigation, and no part of the story."""
    if len(line) > _LONGEST:
        return False
    lower = line.lower()
    return (
        _OPENINGS.fullmatch(lower, 0, _end(lower)) is not None
        or (len(lower) <= _LONGEST_ABROAD and _ABROAD.fullmatch(lower) is not None)
        or _is_controls(lower)
        or _is_hooked(lower)
    )


def _is_hooked(lower: str) -> bool:
    found = {index for index, _, _ in _AUTOMATON.find_matches_as_indexes(lower, overlapping=True)}
    if _REPORTS.search(lower):
        return False
    if any(_HELD_PATTERNS[index].fullmatch(lower) for index in found if index < len(_HELD_PATTERNS)):
        return True
    return max(found, default=-1) >= len(_HELD_PATTERNS) and _is_cued(lower)


def _end(line: str) -> int:
    """Where LINE ends, but for signs that trail far behind its last letter or digit."""
    end = len(line)
    while end and not line[end - 1].isalnum():
        end -= 1
    return end + _MOST_SIGNS


def _is_controls(lower: str) -> bool:
    if len(lower) > 120:
        return False
    tokens = [token for token in re.findall(r"[^\W_]+", lower) if not token.isdigit()]
    if not tokens:  # a rule between sections: ___ or * * *
        return "__" in lower
    if not _CONTROLS.issuperset(tokens):
        return False
    return not _CONTROL.isdisjoint(tokens) or len(_NAMES.intersection(tokens)) > 1


def _is_cued(lower: str) -> bool:
    if len(lower) > _LONGEST_CUED or lower[0] in "\"“‘'":
        return False
    if not (_OURS.search(lower) or _READER.match(lower)):
        return False
    found = [cue.search(lower) is not None for cue in _CUES]
    return any(found[:_STRONG]) and sum(found) >= _ENOUGH_CUES


def is_caption(line: str) -> bool:
    """Whether LINE belongs to a picture: it names a photographer, an agency's picture or says caption."""
    if len(line) > _LONGEST_CAPTION:
        return False
    lower = line.lower()
    if _CAPTION.fullmatch(lower):
        return True
    end = lower[-120:]
    return any(agency in end for agency in _AGENCIES) and _CREDITED.fullmatch(lower) is not None


def byline(line: str) -> str | None:
    """The names that LINE gives when it is a byline."""
    if len(line) > _LONGEST_CREDITS:
        return None
    match = _BYLINE.fullmatch(line) or _CREDITED_WRITER.fullmatch(line)
    return match["names"] if match else None


def writer_end(line: str) -> int | None:
    """Return where the writers' credit ends, if `line` begins with one and a labelled field follows."""
    match = _WRITER_BEFORE_LABEL.match(line) if len(line) <= _LONGEST_CREDITS else None
    return match.end() if match else None


def is_fields(line: str) -> bool:
    """Return True if `line` is a labelled number, or several labelled numbers and names, and nothing else."""
    return len(line) <= _LONGEST_CREDITS and _FIELDS.fullmatch(line) is not None


def names(line: str) -> str | None:
    """LINE, when it is nothing but the names of one or more people, as a byline without "by" is."""
    return line if len(line) <= 150 and _NAMES_ALONE.fullmatch(line) else None


def is_credit(line: str) -> bool:
    """Whether LINE names those who helped with the article, and nothing else."""
    return len(line) <= 300 and _CREDIT.fullmatch(line, 0, _end(line)) is not None


def is_address(line: str) -> bool:
    """Whether LINE is an address on the web, and nothing else."""
    return _ADDRESS.fullmatch(line) is not None


def is_date_line(line: str) -> bool:
    """Whether LINE says when the article was published, and nothing else."""
    return len(line) <= 100 and _DATE.fullmatch(line.lower()) is not None


def dateline_end(paragraph: str) -> tuple[str, int] | None:
    """The dateline that PARAGRAPH begins with, and where the text after it begins."""
    match = _DATELINE.match(paragraph[:200])
    if match is None or match["dateline"] in _LABELS:
        return None
    dateline = match["dateline"]
    return (dateline if dateline.count(".") > 1 else dateline.rstrip(".")), match.end()
