"""Networks, stations and device profiles (监测网络、站点、设备档案)."""
