/* 各月位次：选中的与变动最大的突出，其余灰；没参加的月份断开 */
(function () {
  const said = JSON.parse(document.getElementById('lines').textContent), c = QS.css, el = document.getElementById('bump');
  const names = Object.keys(said.lines), n = Math.max(names.length, said.count || 0);
  if (!names.length) { el.innerHTML = '<div class="state"><b>还没有各月位次</b></div>'; return; }
  const ends = {};
  names.forEach((name) => { const v = said.lines[name], last = v[v.length - 1]; if (last) (ends[last] = ends[last] || []).push(name); });
  const colour = (name) => name === said.hot ? c('--series-1') : name === said.second ? c('--series-2') : c('--series-muted');
  const strong = (name) => name === said.hot || name === said.second;
  const label = (name) => { const v = said.lines[name], last = v[v.length - 1]; return last && ends[last][0] === name ? ends[last].map((x) => ends[last].length > 1 ? x.replace(/(街道|地区|镇|乡)$/, '') : x).join('、') : ''; };
  QS.draw(el, { grid: { left: 28, right: 96, top: 10, bottom: 24 }, tooltip: { trigger: 'item', formatter: (p) => echarts.format.encodeHTML(p.seriesName) + ' ' + said.months[p.dataIndex] + ' 第 ' + p.value + ' 位' },
    xAxis: { type: 'category', boundaryGap: false, data: said.months, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: c('--ink-3'), fontSize: 12, margin: 8, interval: said.months.length > 10 ? 1 : 0 } },
    yAxis: { type: 'value', inverse: true, min: 0.6, max: n + 0.4, interval: 1, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: c('--ink-3'), fontSize: 12, customValues: [...new Set([1, Math.ceil(n / 3), Math.ceil(2 * n / 3), n])] } },
    series: names.map((name) => ({ name, type: 'line', data: said.lines[name], connectNulls: false, symbol: 'circle', symbolSize: strong(name) ? 7 : 4, z: name === said.hot ? 9 : strong(name) ? 8 : 2,
      lineStyle: { width: strong(name) ? 2.4 : 1.2, color: colour(name) }, itemStyle: { color: colour(name) },
      endLabel: { show: !!label(name) && (n <= 40 || strong(name)), formatter: label(name), color: strong(name) ? colour(name) : c('--ink-3'), fontWeight: strong(name) ? 600 : 400, fontSize: 12, fontFamily: QS.font, distance: 10 } })) });
})();
