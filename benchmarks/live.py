"""The live page over minutes: does it keep up, and do its JS heap and DOM nodes stay as they are?

    python -m benchmarks.live [seconds] [frames/s] [links]                  # 600 s of 100 frames/s over 100 links

Gateway, worker, web and a real Chromium over one data folder; 2011 packets of 13 factors from admitted devices. Heap and nodes are read
by the browser's own protocol after a forced collection. Printed: frames sent, the place of the page against the journal, and heap and
nodes over time; exits 1 where the page falls behind by 5 s of frames, or where from the first tenth to the last the heap grows by more
than 2 MB or the nodes by more than 50.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import alarms as bench

CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), None)
HEAP_MB, NODES, BEHIND_S = 2.0, 50, 5
WARM_S = 8


async def watch(web: int, folder: Path, seconds: float, every: float) -> list[tuple[float, float, int, int, int]]:
    """(time [s], heap [MB], nodes, rows, frames behind) over the span."""
    from playwright.async_api import async_playwright

    from qingshan.gateway.journal import Reader

    rows = []
    async with async_playwright() as p:
        chromium = await p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await (await chromium.new_context(viewport={"width": 1366, "height": 768})).new_page()
        await page.goto(f"http://127.0.0.1:{web}/login/")
        await page.fill("[name=username]", "bench")
        await page.fill("[name=password]", bench.PASSWORD)
        await page.click("button.primary")
        await page.wait_for_load_state()
        await page.goto(f"http://127.0.0.1:{web}/stations/live/")
        await page.locator("#frames tr").nth(199).wait_for(timeout=120_000)
        link = await page.context.new_cdp_session(page)
        await link.send("Performance.enable")
        await asyncio.sleep(WARM_S)
        begun = time.perf_counter()
        while (at := time.perf_counter() - begun) < seconds:
            await link.send("HeapProfiler.collectGarbage")
            said = {m["name"]: m["value"] for m in (await link.send("Performance.getMetrics"))["metrics"]}
            after = int(await page.eval_on_selector("#frames", "e => e.dataset.after"))
            n = int(await page.eval_on_selector("#frames", "e => e.rows.length"))
            rows.append((at, said["JSHeapUsedSize"] / 2**20, int(said["Nodes"]), n, Reader(folder).last() - after))
            if len(rows) % 6 == 1:
                show(rows[-1])
            await asyncio.sleep(every)
        await chromium.close()
    return rows


def show(row: tuple[float, float, int, int, int]) -> None:
    at, heap, nodes, n, behind = row
    print(f"{at:6.0f} s  堆 {heap:6.2f} MB  节点 {nodes:5d}  行 {n}  落后 {behind} 帧", flush=True)


def measure(seconds: float, rate: int, links: int) -> list[tuple[float, float, int, int, int]]:
    """One run; the load goes on as long as the page is watched."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        environment = os.environ | {"QINGSHAN_DATA": name}
        os.environ["QINGSHAN_DATA"] = name
        subprocess.run([sys.executable, bench.__file__, "--prepare", name, str(links), "1"], check=True, env=environment)
        port, web = bench.free_port(), bench.free_port()
        here = [sys.executable, "-m", "qingshan.cli.main"]
        commands = (
            [*here, "gateway", "--data", name, "--port", str(port)], [*here, "worker", "--data", name],
            [*here, "web", "--data", name, "--port", str(web)],
        )  # fmt: skip
        children = [subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) for c in commands]
        try:
            bench.wait_for(port)
            bench.wait_for(web)
            return asyncio.run(_both(port, web, folder, seconds, rate, links))
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(20)


async def _both(port: int, web: int, folder: Path, seconds: float, rate: int, links: int):
    count = [0, 0]
    ends = time.perf_counter() + 3600
    loading = asyncio.create_task(bench.load(port, links, rate, ends, count))
    begun = time.perf_counter()
    try:
        rows = await watch(web, folder, seconds, max(1.0, seconds / 60))
    finally:
        loading.cancel()
    print(f"{count[0] / (time.perf_counter() - begun):.0f} 帧/秒，共 {count[0]} 帧，应答 {count[1]}")
    return rows


def faults(rows: list[tuple[float, float, int, int, int]], rate: int) -> list[str]:
    """What is wrong with a run, in words; empty where nothing is."""
    few = max(3, len(rows) // 10)
    first, last = rows[:few], rows[-few:]

    def grown(k: int) -> float:
        return statistics.median(r[k] for r in last) - statistics.median(r[k] for r in first)

    wrong = []
    if (heap := grown(1)) > HEAP_MB:
        wrong.append(f"JS 堆增长 {heap:.2f} MB")
    if (nodes := grown(2)) > NODES:
        wrong.append(f"DOM 节点增长 {nodes:.0f}")
    if (behind := statistics.median(r[4] for r in rows)) > BEHIND_S * rate:
        wrong.append(f"落后 {behind:.0f} 帧")
    return wrong


def main() -> int:
    given = [int(v) for v in sys.argv[1:]]
    seconds, rate, links = [*given, *(600, 100, 100)[len(given) :]]
    rows = measure(seconds, rate, links)
    show(rows[-1])
    wrong = faults(rows, rate)
    print("；".join(wrong) or f"{rows[-1][0]:.0f} 秒：堆、节点不增长，跟得上")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
