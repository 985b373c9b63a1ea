/* 站点、报警的曲线：日值（限值、换版线、缺测），小时值与数据标记，报警过程。 */
(function () {
  if (!window.QS) return;
  const T = (s) => new Date(s.length > 10 ? s : s + 'T00:00:00').getTime();
  const DAY = 864e5, HOUR = 36e5;
  const SUB = { 'PM2.5': 'PM₂.₅', PM10: 'PM₁₀', SO2: 'SO₂', NO2: 'NO₂', O3: 'O₃', CO: 'CO' };
  const md = (t) => { const d = new Date(t); return `${d.getMonth() + 1}月${d.getDate()}日`; };
  const hour = (t) => { const d = new Date(t - 1000); const h = new Date(t).getHours(); return `${d.getMonth() + 1}月${d.getDate()}日${h || 24}时`; };
  const label = { color: QS.css('--ink-3'), fontSize: 12, hideOverlap: true };
  function nice(values, limits) {
    const all = values.filter((v) => v != null).concat(limits.map((l) => l.value));
    const top = Math.max(...all, 1) * 1.12, step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000].find((s) => top / s <= 5) || 2000;
    return { min: 0, max: Math.ceil(top / step) * step, interval: step };
  }
  const limitAt = (limits, t) => { const l = limits.find((x) => t >= T(x.from) && t < T(x.to)); return l ? l.value : Infinity; };
  /* 限值旁注放在曲线最不碍事的一段上 */
  function quiet(points, l, a, z) {
    const width = (z - a) * 0.36, from = Math.max(a, T(l.from)), to = Math.min(z, T(l.to));
    let best = to, least = Infinity;
    for (let right = to; right - width >= from; right -= (z - a) / 24) {
      const near = points.filter((p) => p[1] != null && p[0] >= right - width && p[0] <= right).reduce((m, p) => Math.max(m, p[1]), 0);
      if (near < least - 1e-9) { least = near; best = right; }
      if (near < l.value * 0.8) return right;
    }
    return best;
  }
  const narrow = innerWidth < 640;
  function limits(list, points, a, z, top) {
    return QS.limit(list.map((l, i) => {
      const from = Math.max(a, T(l.from)), to = Math.min(z, T(l.to)), last = i === list.length - 1;
      return last ? { from, to, value: l.value, text: l.text, at: quiet(points, l, a, z), align: 'right', pos: [-3, -17] } : { from, to, value: l.value, text: narrow ? String(l.value) : l.text.replace(/表1.*$/, '）'), at: to, y: top, align: 'right', pos: [-3, 3] };
    }));
  }
  function day(el, s) {
    const a = T(s.start), z = T(s.end) + DAY, d = s.points.map((p) => [T(p[0]), p[1]]);
    const many = z - a > 70 * DAY, y = nice(d.map((p) => p[1]), s.limits);
    QS.draw(el, {
      grid: { left: 40, right: 14, top: 38, bottom: 24 },
      tooltip: Object.assign(QS.base().tooltip, { formatter: (ps) => { const p = ps.find((x) => x.seriesName === 'v'); if (!p) return ''; const src = s.points[p.dataIndex]; const l = limitAt(s.limits, p.value[0]); return `${md(p.value[0])}<br><b>${p.value[1] == null ? (src[2] ? '无效' : '缺测') : p.value[1] + ' ' + s.unit}</b>，有效 ${src[2]} 小时${p.value[1] > l ? (s.over || '，超二级 ') + l : ''}`; } }),
      xAxis: QS.x({ min: a, max: z, splitNumber: many ? 11 : 6, minInterval: many ? 28 * DAY : DAY, axisLabel: Object.assign({}, label, { formatter: many ? '{M}月' : '{M}月{d}日', showMaxLabel: false }) }),
      yAxis: QS.y(s.unit, y),
      series: [{ name: 'v', type: 'line', data: d, connectNulls: false, showSymbol: d.length < 3, z: 4, lineStyle: { width: 1.5, color: QS.css('--series-1') }, markArea: QS.gaps(s.gaps.map((g) => ({ from: T(g.from), to: T(g.to), text: g.text }))), markLine: s.editions.length ? QS.edition(T(s.editions[0].day), narrow ? s.editions[0].text.replace(/^.*起执行 /, '') : s.editions[0].text) : undefined },
        ...limits(s.limits, d, a, z, y.max),
        { type: 'scatter', data: d.filter((p) => p[1] != null && p[1] > limitAt(s.limits, p[0])), symbol: 'circle', symbolSize: 6, itemStyle: { color: QS.css('--surface'), borderColor: QS.css('--limit'), borderWidth: 1.6 }, z: 5, silent: true }],
    });
    if (s.verify && s.verify.length) el.title = '有待核实：' + s.verify.join('；');
  }
  const TONE = { '': '--line-2', N: '--line-2', C: '--series-5', M: '--series-3', D: '--ink' };
  function runs(points) {
    const out = [];
    points.forEach(([t, , f]) => { const last = out[out.length - 1]; if (last && last.f === f) last.b = t; else out.push({ f, a: t - HOUR, b: t }); });
    return out;
  }
  function hours(el, s) {
    const h = s.points.map((p) => [T(p[0]), p[1], p[2]]), a = h.length ? h[0][0] - HOUR : 0, z = Math.max(h.length ? h[h.length - 1][0] : 0, a + 24 * HOUR);
    const strip = runs(h), y = nice(h.map((p) => p[1]), s.limits), words = Object.assign({ '-': '缺测', '': '有效', N: '有效' }, s.flags || {});
    const bad = strip.filter((r) => r.f !== '' && r.f !== 'N' && r.b - r.a >= 4 * HOUR);
    const chart = QS.draw(el, {
      grid: [{ left: 40, right: 14, top: 30, bottom: 52 }, { left: 40, right: 14, height: 14, bottom: 28 }],
      tooltip: Object.assign(QS.base().tooltip, { formatter: (ps) => { const p = ps.find((x) => x.seriesName === 'v'); if (!p) return ''; const src = h[p.dataIndex]; return `${hour(src[0])}<br><b>${src[1] == null ? words[src[2]] || src[2] : src[1] + ' ' + s.unit}</b>　点击看来源`; } }),
      xAxis: [QS.x({ min: a, max: z, axisLabel: { show: false }, axisTick: { show: false } }), QS.x({ gridIndex: 1, min: a, max: z, splitNumber: 8, minInterval: DAY, axisLabel: Object.assign({}, label, { formatter: '{M}月{d}日' }) })],
      yAxis: [QS.y(s.unit, y), { gridIndex: 1, type: 'value', min: 0, max: 1, show: false }],
      series: [{ name: 'v', type: 'line', data: h.map((p) => [p[0], p[1]]), connectNulls: false, showSymbol: false, lineStyle: { width: 1.5, color: QS.css('--series-1') }, markArea: QS.gaps(bad.map((r) => ({ from: r.a, to: r.b, text: words[r.f] || r.f }))) },
        ...limits(s.limits, h, a, z, y.max),
        { type: 'custom', xAxisIndex: 1, yAxisIndex: 1, silent: true, data: strip.map((r, i) => [r.a, 0, r.b, i]), renderItem: (p, api) => {
          const m = api.coord([api.value(0), 1]), n = api.coord([api.value(2), 0]), r = strip[api.value(3)], w = Math.max(2, n[0] - m[0] - 1), t = n[1] - m[1], box = { x: m[0], y: m[1], width: w, height: t };
          if (r.f === '-') return { type: 'rect', shape: box, style: { fill: QS.css('--surface'), stroke: QS.css('--line-2'), lineWidth: 1, lineDash: [2, 2] } };
          if (r.f in TONE) return { type: 'rect', shape: box, style: { fill: QS.css(TONE[r.f]) } };
          const lines = [{ type: 'rect', shape: box, style: { fill: QS.css('--surface'), stroke: QS.css('--light-amber-edge'), lineWidth: 1 } }];
          for (let x = m[0] + 3; x < m[0] + w; x += 4) lines.push({ type: 'line', shape: { x1: x, y1: m[1] + t, x2: Math.min(x + 6, m[0] + w), y2: m[1] }, style: { stroke: QS.css('--light-amber-edge'), lineWidth: 1.2 } });
          return { type: 'group', children: lines };
        } }],
    });
    if (chart && el.dataset.trace) chart.getZr().on('click', (e) => {
      const at = chart.convertFromPixel({ gridIndex: 0 }, [e.offsetX, e.offsetY]); if (!at) return;
      const t = Math.round(at[0] / HOUR) * HOUR, hit = h.find((p) => p[0] === t); if (!hit) return;
      const d = new Date(t), two = (n) => String(n).padStart(2, '0');
      location.href = el.dataset.trace.replace('/0/', `/${d.getFullYear()}${two(d.getMonth() + 1)}${two(d.getDate())}${two(d.getHours())}/`) + '?item=' + encodeURIComponent(s.item);
    });
  }
  function episode(el, s) {
    const h = s.points.map((p) => [T(p[0]), p[1]]), a = h[0][0], z = Math.max(h[h.length - 1][0], a + 12 * HOUR), y = nice(h.map((p) => p[1]), [s.level]), step = s.daily ? DAY / 2 : HOUR, beyond = (v) => (s.level.low ? v < s.level.value : v > s.level.value);
    QS.draw(el, {
      grid: { left: 40, right: 14, top: 28, bottom: 24 },
      tooltip: Object.assign(QS.base().tooltip, { formatter: (ps) => { const p = ps.find((x) => x.seriesName === 'v'); return p ? `${(s.daily ? md : hour)(p.value[0])}<br><b>${p.value[1] == null ? '缺测' : p.value[1] + ' ' + s.unit}</b>` : ''; } }),
      xAxis: QS.x({ min: a, max: z, splitNumber: 6, axisLabel: Object.assign({}, label, { formatter: { day: '{M}月{d}日', hour: '{H}时' } }) }), yAxis: QS.y(s.unit, y),
      series: [{ name: 'v', type: 'line', data: h, connectNulls: false, showSymbol: false, lineStyle: { width: 1.6, color: QS.css('--series-1') }, markArea: { silent: true, itemStyle: { color: QS.css('--light-red-soft') }, data: [[{ xAxis: T(s.episode[0]) - step }, { xAxis: T(s.episode[1]) + (s.daily ? step : 0) }]] } },
        ...QS.limit([{ from: a, to: z, value: s.level.value, text: s.level.text, at: a, align: 'left', pos: [3, -17], bg: 'transparent' }]),
        { type: 'scatter', data: h.filter((p) => p[1] != null && beyond(p[1])), symbol: 'circle', symbolSize: 6, itemStyle: { color: QS.css('--surface'), borderColor: QS.css('--limit'), borderWidth: 1.6 }, z: 5, silent: true }],
    });
  }
  const KINDS = { day, hour: hours, episode };
  document.querySelectorAll('[data-series]').forEach((el) => {
    fetch(el.dataset.source, { credentials: 'same-origin' }).then((r) => (r.ok ? r.json() : Promise.reject(r.status))).then((s) => {
      if (!s.points.some((p) => p[1] != null)) { el.innerHTML = '<div class="state"><b>这段时间没有有效值</b></div>'; if (el.dataset.series !== 'hour' || !s.points.some((p) => p[2] !== '-')) return; el.innerHTML = ''; }
      KINDS[el.dataset.series](el, s); el.dataset.ready = '1';
    }).catch(() => { el.innerHTML = '<div class="state"><b>曲线没有取到</b>请刷新；仍不行请联系系统管理员。</div>'; });
  });
  window.QSSeries = { SUB };
})();
