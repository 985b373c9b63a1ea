from django.urls import path

from qingshan.bureau.monitor.views import alarms, console, doors, factors, imports, links, marks, operations, outlets, quality, stations

app_name = "monitor"
urlpatterns = [
    path("map/", stations.map_page, name="map"),
    path("map/data.json", stations.map_json, name="map_json"),
    path("stations/", stations.stations, name="stations"),
    path("stations/links/", links.links, name="links"),
    path("stations/consoles/<path:mn>/", console.console, name="console"),
    path("stations/factors/<path:mn>/", factors.factors, name="factors"),
    path("stations/links/<path:mn>/", links.device, name="device"),
    path("stations/frames/<int:number>/", links.frame, name="frame"),
    path("stations/operations/", operations.operations, name="operations"),
    path("stations/operations/down/", operations.notice, name="notice"),
    path("stations/outlets/", outlets.outlets, name="outlets"),
    path("stations/outlets/rates.xlsx", outlets.export, name="outlet_rates"),
    path("stations/<str:code>/", stations.station, name="station"),
    path("stations/<str:code>/series.json", stations.series_json, name="series"),
    path("stations/<str:code>/hours/<str:at>/", stations.hour, name="hour"),
    path("alarms/", alarms.alarms, name="alarms"),
    path("alarms/rules/", alarms.rules, name="rules"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/series.json", alarms.alarm_json, name="alarm_json"),
    path("quality/", quality.leads, name="leads"),
    path("quality/<int:pk>/", quality.lead, name="lead"),
    path("marks/", marks.marks, name="marks"),
    path("marks/new/", marks.new_mark, name="mark_new"),
    path("marks/<int:pk>/", marks.mark, name="mark"),
    path("doors/", doors.doors, name="doors"),
    path("doors/again/", doors.again, name="door_again"),
    path("doors/kept/", doors.kept, name="door_kept"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.run, name="import"),
]
