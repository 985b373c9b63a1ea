"""``qingshan COMMAND …``: finds the command's module and runs it.

Each command is a module with ``arguments(parser)`` and ``run(options) -> int``;
only the module of the command that was asked for is imported, so ``qingshan air`` needs no Django.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

COMMANDS = {
    "air": "空气质量：AQI（hourly、daily）、时段评价、同比、排名、预警、扬尘",
    "water": "地表水：水质类别（class）、营养状态（lake）、水质指数（index）、河流流域（basin）",
    "groundwater": "地下水：质量类别（class）",
    "sea": "海洋：海水类别（class）、沉积物（sediment）、生物（biota）、优良面积比例（area）",
    "source": "饮用水水源：达标评价（class），按个数、取水量的达标率（rate）",
    "soil": "土壤：农用地（farmland）、建设用地（land）、安全利用率（rate、plots）",
    "compensation": "水环境区域补偿：断面月到金额，各区净额",
    "noise": "声环境：昼夜等效声级（day）、功能区（functional）、区域、道路、厂界（boundary）",
    "ecology": "生态：EI（ei）、EQI（eqi）",
    "carbon": "碳与能源：折标煤（energy）、CO2（co2）、强度（intensity）、配额（allowance）",
    "inventory": "排放清单：排放量（emission）、扬尘（dust）、环保税（tax）、臭氧生成潜势（ofp）",
    "quality": "数据质量与造假线索（check）",
    "hj212": "HJ 212 报文：解析与校验（parse）",
    "online": "污染源在线监测：小时（hours）、日与有效传输率（days）、排放量（emission）",
    "plan": "工作计划：识读（read）、审读（lint）、两份对照（compare）",
    "outlook": "目标倒算：剩余空间与达成概率（budget），用往年检验（backtest）",
    "import": "导入 CSV、Excel 观测数据",
    "assess": "按标准评价一段时间的观测数据",
    "simulate": "模拟数采仪，向网关发送 HJ 212 报文",
    "gateway": "HJ 212 网关",
    "reread": "重读一台设备先前未采用的报文（放宽策略、更正密钥、准入以后）",
    "mqtt": "MQTT 入口：订阅主题，收进同一本流水",
    "web": "网页服务",
    "worker": "后台作业",
    "serve": "网页、网关、后台作业一起运行",
    "init": "开一个空的局",
    "demo": "开演示区县",
    "verify": "核验存证：指出第一条对不上的记录；导出存证",
    "backup": "备份（可在运行中做），按存证核验",
    "restore": "从备份恢复；存证对不上的不恢复",
    "manage": "数据库维护（Django 管理命令）",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit status (2 for wrong arguments)."""
    argv = sys.argv[1:] if argv is None else argv
    name = argv[0] if argv else ""
    if name not in COMMANDS:
        stream = sys.stdout if name in ("", "-h", "--help") else sys.stderr
        if stream is sys.stderr:
            print(f"没有命令“{name}”；已有：", file=stream)
        for command, words in COMMANDS.items():
            print(f"  qingshan {command:12} {words}", file=stream)
        return 0 if stream is sys.stdout else 2
    module = importlib.import_module(f"qingshan.cli.{name}_" if name == "import" else f"qingshan.cli.{name}")
    parser = argparse.ArgumentParser(prog=f"qingshan {name}", description=COMMANDS[name])
    module.arguments(parser)
    try:
        return int(module.run(parser.parse_args(argv[1:])) or 0)
    except BrokenPipeError:  # 读的一方先走了，如 | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
