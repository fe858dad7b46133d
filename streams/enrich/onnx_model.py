"""Open the ONNX models of the accurate taggers, labellers and story vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_model(path: Path, threads: int = 1) -> Any:
    """Return an onnxruntime session of the model at `path` that runs on so many cores.

    Raise ImportError if onnxruntime, of the extra wireroom[accurate], is not installed, and an error of
    onnxruntime if the file is damaged.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4  # what goes wrong is raised as well
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
