"""Speed of the plan reader: a plan of about 10,000 characters, and hostile texts twice as long must not cost four times as much.

.venv/bin/python benchmarks/plan_reading.py
"""

from __future__ import annotations

import time

from qingshan import plans

ARTICLE = (
    "（一）深入打好蓝天保卫战。6月底前完成2家水泥企业超低排放改造，实施挥发性有机物综合治理项目23个，淘汰国三及以下排放标准柴油货车150辆；"
    "城区道路机械化清扫率达到90%以上，秸秆综合利用率稳定在92%以上。（牵头单位：县生态环境分局；配合单位：县工信局、县市场监管局）\n"
    "加强农用地分类管理，完成40个行政村生活污水治理，受污染耕地安全利用率达到93%，每季度开展1次危险废物经营单位专项检查，推进“无废城市”建设。\n"
)
HOSTILE = {
    "左括号": "（",
    "左引号": "“",
    "顿号": "、",
    "逗号": "，",
    "数字": "9",
    "遮盖": "x",
    "点": ".",
    "连写动词": "推进落实",
    "完成下达": "完成市级下达",
    "汉字": "水",
    "万亿": "万亿",
    "率和": "利用率和",
    "空格": " 一、",
    "制表": "\t|",
    "单位": "牵头单位：",
    "书名号": "《关于",
    "月": "12月",
    "百分之": "百分之",
    "换行": "，\n",
    "一是": "一是",
}


def seconds(text: str) -> float:
    """Best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        plans.read(text)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    plan = "某县2024年生态环境工作要点\n一、重点任务\n" + ARTICLE * (10_000 // len(ARTICLE))
    plans.read(plan)
    print(f"{'计划正文':10} {len(plan):7} 字 {seconds(plan):8.3f} 秒   {len(plans.read(plan).tasks)} 项任务")
    for name, piece in HOSTILE.items():
        short, long = (piece * (n // len(piece)) for n in (20_000, 40_000))
        a, b = seconds(short), seconds(long)
        print(f"{name:10} {len(short):7} 字 {a:8.3f} 秒   加倍 {b:8.3f} 秒   {b / a:4.1f} 倍")


if __name__ == "__main__":
    main()
