"""Engines: how kernels meet blocks. Nothing else of the product knows which engine ran."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

Block = pa.Table | Callable[[], pa.Table]
"""A table, or a call that reads one: so that reading runs in the worker too"""


def local(kernel: Callable[[pa.Table], pa.Table], blocks: Iterable[Block], workers: int = 2) -> Iterator[pa.Table]:
    """Map a kernel over blocks in threads, results in the order of the blocks, no more than `workers` + 1 blocks in memory."""

    def work(block: Block) -> pa.Table:
        return kernel(block() if callable(block) else block)

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
