"""Engines: how kernels meet blocks. Nothing else of the product knows which engine ran.

A kernel and a block are picklable: `local` runs them in threads here, `spark` sends them to where a cluster computes. A block that goes
to a cluster names files, so every computer of it reads the lake under the same path (a shared folder), and has the same Qingshan.
"""

from __future__ import annotations

import importlib.util
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pyarrow as pa

Block = pa.Table | Callable[[], pa.Table]
"""A table, or a call that reads one: so that reading runs in the worker too"""

Kernel = Callable[[pa.Table], pa.Table]


class NoSpark(RuntimeError):
    """Spark Connect cannot be used; the message says what is missing."""


def local(kernel: Kernel, blocks: Iterable[Block], workers: int = 2) -> Iterator[pa.Table]:
    """Map a kernel over blocks in threads, results in the order of the blocks, no more than `workers` + 1 blocks in memory."""
    work = partial(_work, kernel)
    if workers <= 1:
        yield from map(work, blocks)
        return
    with ThreadPoolExecutor(workers) as pool:
        running: deque = deque()
        for block in blocks:
            running.append(pool.submit(work, block))
            if len(running) > workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _work(kernel: Kernel, block: Block) -> pa.Table:
    return kernel(block() if callable(block) else block)


def spark(kernel: Kernel, blocks: Iterable[Block], url: str, schema: pa.Schema, version: str = "") -> Iterator[pa.Table]:
    """Map a kernel over blocks on a cluster through Spark Connect (``mapInArrow``, one task a block), results in the order of the blocks.

    Parameters
    ----------
    kernel, blocks : as in `local`, both picklable; the workers import them by name, so Qingshan is installed there
    url : of the Spark Connect server: ``sc://host:15002``
    schema : of what the kernel gives
    version : a code version the workers must have too (`days.code_version()`); ValueError otherwise, as the numbers could differ
    """
    session = _session(url)
    tasks = [pickle.dumps(block) for block in blocks]
    if not tasks:
        return
    sent = pa.table({"number": pa.array(range(len(tasks)), pa.int32()), "block": pa.array(tasks, pa.binary())})
    frame = session.createDataFrame(sent).repartitionByRange(len(tasks), "number")
    plain = pa.schema([("number", pa.int32()), *((f.name, _plain(f.type)) for f in schema)])
    work = partial(_batches, pickle.dumps(kernel), plain, version)
    found = frame.mapInArrow(work, _ddl(plain)).toArrow().sort_by("number")
    number = found["number"].to_numpy()
    edges = number.searchsorted(range(len(tasks) + 1))
    for first, last in zip(edges, edges[1:]):
        yield found.slice(first, last - first).drop_columns("number").cast(schema).combine_chunks()


def _batches(kernel: bytes, plain: pa.Schema, version: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What a worker does with the blocks it was given."""
    _same_code(version)
    work = pickle.loads(kernel)  # noqa: S301  our own, sent by us
    for batch in batches:
        for number, block in zip(batch["number"].to_pylist(), batch["block"].to_pylist()):
            table = _work(work, pickle.loads(block))  # noqa: S301
            table = table.add_column(0, "number", pa.repeat(pa.scalar(number, pa.int32()), table.num_rows))
            yield from table.cast(plain).combine_chunks().to_batches()


