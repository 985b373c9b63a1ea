"""Engines: how kernels meet blocks. Nothing else of the product knows which engine ran.

`local` maps in threads here; `spark` sends kernel and blocks, pickled, to where a cluster computes. A block names files, so every
computer of the cluster reads the lake under the same path (a shared folder) and has Qingshan installed.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any

import pyarrow as pa

from qingshan.lake import memory

Block = pa.Table | Callable[[], pa.Table]
"""A table, or a call that reads one: so that reading runs in the worker too"""

Kernel = Callable[[pa.Table], pa.Table]


class NoEngine(RuntimeError):
    """The engine asked for cannot be used; the message says what is missing and what to do."""


def local(kernel: Kernel, blocks: Iterable[Block], workers: int = 2) -> Iterator[pa.Table]:
    """Map a kernel over blocks in threads, results in the order of the blocks, no more than `workers` + 1 blocks in memory."""
    memory.keep_freed()
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


def spark(kernel: Kernel, blocks: Iterable[Block], url: str, schema: pa.Schema) -> Iterator[pa.Table]:
    """Map a kernel over blocks on a cluster through Spark Connect (`mapInArrow`), results in the order of the blocks.

    Parameters
    ----------
    kernel, blocks : as in `local`, both picklable; only the names of files and what is not yet in files travel to the workers
    url : of the Spark Connect server, ``sc://host:15002``
    schema : of the tables the kernel gives: plain columns, no time of day
    """
    tasks = [pickle.dumps(block) for block in blocks]
    if not tasks:
        return
    sent = pa.table({"number": pa.array(range(len(tasks)), pa.int32()), "block": pa.array(tasks, pa.binary())})
    plain = pa.schema([("number", pa.int32()), *((f.name, _plain(f.type)) for f in schema)])
    work = partial(_batches, pickle.dumps(kernel), plain)
    session = _session(url)
    try:
        frame = session.createDataFrame(sent).repartition(len(tasks), "number")
        found = frame.mapInArrow(work, _ddl(plain)).toArrow()
    except Exception as error:  # of the client, of the network, or of a worker, each with classes of its own
        raise NoEngine(f"Spark（{url}）没有算成：{_said(error)}") from error
    found = found.sort_by("number")
    edges = found["number"].to_numpy().searchsorted(range(len(tasks) + 1))
    for first, last in pairwise(edges):
        yield found.slice(first, last - first).drop_columns("number").cast(schema).combine_chunks()


def _batches(kernel: bytes, plain: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What a worker does with the blocks it was given."""
    work = pickle.loads(kernel)  # noqa: S301  what the driver sent
    for batch in batches:
        for number, block in zip(batch.column("number").to_pylist(), batch.column("block").to_pylist()):
            table = _work(work, pickle.loads(block))  # noqa: S301
            table = table.add_column(0, "number", pa.repeat(pa.scalar(number, pa.int32()), table.num_rows))
            yield from table.cast(plain).combine_chunks().to_batches()


_DDL = {
    pa.int8(): "tinyint", pa.int16(): "smallint", pa.int32(): "int", pa.int64(): "bigint", pa.float64(): "double",
    pa.string(): "string", pa.bool_(): "boolean", pa.date32(): "date", pa.binary(): "binary",
}  # fmt: skip


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type Spark knows it by."""
    return pa.binary() if pa.types.is_fixed_size_binary(kind) else kind


def _ddl(schema: pa.Schema) -> str:
    return ", ".join(f"`{field.name}` {_DDL[field.type]}" for field in schema)


def _session(url: str) -> Any:
    if not url.startswith("sc://"):
        raise NoEngine(f"Spark 地址“{url}”不对，须是 Spark Connect 的地址，如 sc://127.0.0.1:15002")
    try:
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise NoEngine(f"没有安装 Spark Connect 客户端（{error.name}）；请安装 qingshan[spark]（requirements-spark.lock）") from error
    try:
        session = SparkSession.builder.remote(url).getOrCreate()
        session.version  # noqa: B018  asks the server, so that one that is not there is found out here
    except Exception as error:
        raise NoEngine(f"连不上 Spark Connect 服务 {url}：{_said(error)}；请核对地址，并确认服务已启动") from error
    return session


def _said(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("qingshan.")]  # the last line of a worker's traceback
    return (told or lines or [type(error).__name__])[-1 if told else 0][:300]
