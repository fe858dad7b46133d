"""The loss on gold tags, which teacher and student share."""

from __future__ import annotations

import torch
from torch import Tensor

from streams.enrich.entities.taggers.bioes import TAGS

MISC = slice(TAGS.index("B-MISC"), TAGS.index("S-MISC") + 1)


def tag_losses(logits: Tensor, tags: Tensor, has_misc: Tensor) -> Tensor:
    """Return the cross entropy of each row; where MISC was not marked, O means "O or MISC"."""
    log_p = logits.log_softmax(-1)
    loss = -log_p.gather(1, tags[:, None])[:, 0]
    o_or_misc = -torch.cat([log_p[:, :1], log_p[:, MISC]], 1).logsumexp(1)
    return torch.where((tags == 0) & ~has_misc, o_or_misc, loss)
