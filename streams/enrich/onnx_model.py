"""Open the ONNX models of the accurate taggers, labellers and story vectors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from streams.enrich.validation import describe_problem


def open_model(path: Path, threads: int = 1) -> Any:
    """Return an onnxruntime session of the model at `path`, which runs on `threads` cores.

    Raise ImportError if onnxruntime, of the extra wireroom[accurate], is not installed, and an error of
    onnxruntime if the file is damaged.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4  # what goes wrong is raised as well
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@contextmanager
def refusing(path: Path, error: type[Exception], needs: str, other: str) -> Iterator[None]:
    """Raise `error` with one line that says what to do, if the block cannot load the model at `path`.

    `needs` begins the line for a missing onnxruntime, and `other` is what does without the model.
    """
    if not path.is_file():
        raise error(f"{path} is missing; install Wireroom again, or use {other}")
    try:
        yield
    except ImportError as reason:
        raise error(f"{needs} onnxruntime: pip install 'wireroom[accurate]'") from reason
    except Exception as reason:
        described = describe_problem(reason) if isinstance(reason, ValidationError) else str(reason)
        line = " ".join(f"{type(reason).__name__}: {described}".split())
        raise error(f"{path} cannot be used ({line}); install Wireroom again, or use {other}") from reason
