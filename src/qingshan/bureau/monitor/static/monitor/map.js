/* 一张图：乡镇面是安静的底，点是数据。形状分网络，颜色分级别，中断打斜线，报警加红圈。不需要底图服务，也不需要边界。
   用法：<div data-map="/map/data.json" [data-map-compact]>，先引 leaflet.js 和 web/maps.js。 */
(function () {
  const css = (n) => getComputedStyle(document.documentElement).getPropertyValue(n).trim();
  const EDGE = 'rgba(11,19,24,.72)';
  const SHAPE = {
    国控: (f) => `<circle cx="12" cy="12" r="10.4" fill="none" stroke="${css('--ink-2')}" stroke-width="1.3"/><circle cx="12" cy="12" r="7.4" fill="${f}" stroke="${EDGE}"/>`,
    省控: (f) => `<circle cx="12" cy="12" r="9.6" fill="none" stroke="${css('--ink-2')}" stroke-width="1.2" stroke-dasharray="2 2"/><circle cx="12" cy="12" r="7" fill="${f}" stroke="${EDGE}"/>`,
    市控: (f) => `<circle cx="12" cy="12" r="7.8" fill="${f}" stroke="${EDGE}"/><circle cx="12" cy="12" r="1.8" fill="${EDGE}"/>`,
    乡镇: (f) => `<circle cx="12" cy="12" r="6" fill="${f}" stroke="${EDGE}"/>`,
    微站: (f) => `<path d="M12 6.2 17.8 12 12 17.8 6.2 12z" fill="${f}" stroke="${EDGE}"/>`,
  };
  const MARK = {
    废气口: (f) => `<path d="M6.5 6.5h11v11h-11z" fill="${f}" stroke="${EDGE}"/>`,
    废水口: (f) => `<path d="M12 5.6 18.2 17H5.8z" fill="${f}" stroke="${EDGE}"/>`,
    水站: (f) => `<path d="M12 5c3 4 5 6.4 5 8.8a5 5 0 0 1-10 0C7 11.4 9 9 12 5z" fill="${f}" stroke="${EDGE}"/>`,
  };
  Object.assign(SHAPE, MARK);
  const SIZE = { 废气口: 18, 废水口: 18, 水站: 20, 国控: 26, 省控: 25, 市控: 24, 乡镇: 22, 微站: 20 };
  let serial = 0;
  function svg(s, px) {
    const id = 'stale' + (serial += 1);
    const hatch = s.stale ? `<defs><pattern id="${id}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="4" fill="${css('--surface')}"/><path d="M0 0V4" stroke="${css('--ink-3')}" stroke-width="2"/></pattern></defs>` : '';
    const fill = s.stale ? `url(#${id})` : s.net in MARK ? css('--series-1') : s.level ? css('--aqi-' + s.level) : css('--ink-off');
    const ring = s.alarms && s.alarms.length ? `<circle cx="12" cy="12" r="11.6" fill="none" stroke="${css('--light-red')}" stroke-width="2.2"/>` : '';
    return `<svg viewBox="-1 -1 26 26" width="${px}" height="${px}" aria-hidden="true">${hatch}${ring}${(SHAPE[s.net] || SHAPE.乡镇)(fill)}</svg>`;
  }
  const text = (tag, words, cls) => { const el = document.createElement(tag); el.textContent = words; if (cls) el.className = cls; return el; };
  const sub = (el, words) => { words.split(/(PM2\.5|PM10|SO2|NO2|O3)/).forEach((part) => { const m = part.match(/^([A-Z]+)([\d.]+)$/); if (m) { el.append(m[1]); el.append(text('sub', m[2])); } else el.append(part); }); return el; };
  function card(s) {
    const box = document.createElement('div'); box.className = 'dotcard';
    box.append(text('b', s.name), text('span', `${s.net} · ${s.area}`, 'note'));
    const line = document.createElement('p');
    if (s.stale) line.append(text('span', s.state, 'light amber'));
    else if (s.net in MARK) { line.append(text('span', s.firm || s.state, 'note')); }
    else { const a = text('span', s.aqi == null ? '不足以评价' : `AQI ${s.aqi} ${s.words}`, 'aqi'); if (s.level) a.dataset.aqi = s.level; line.append(a); if (s.primary) line.append(sub(document.createElement('span'), ' ' + s.primary.replace(/,/g, '、'))); }
    box.append(line);
    s.alarms.forEach((w) => box.append(sub(text('p', '', 'light red'), w + ' 报警')));
    if (s.values.length) { const dl = document.createElement('dl'); s.values.forEach(([i, v]) => { dl.append(sub(document.createElement('dt'), i), text('dd', v)); }); box.append(dl); }
    const foot = document.createElement('p'); foot.append(text('span', s.time || '未上报', 'note')); const link = text('a', '一站一档'); link.href = s.url; foot.append(link); box.append(foot);
    return box;
  }
  const rings = (g) => (g.type === 'Polygon' ? [g.coordinates[0]] : g.coordinates.map((p) => p[0]));
  function middle(g) {
    let best = null, area = 0;
    rings(g).forEach((ring) => {
      let a = 0, x = 0, y = 0;
      for (let i = 0; i < ring.length - 1; i += 1) { const f = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1]; a += f; x += (ring[i][0] + ring[i + 1][0]) * f; y += (ring[i][1] + ring[i + 1][1]) * f; }
      if (Math.abs(a) > area) { area = Math.abs(a); best = [y / (3 * a), x / (3 * a)]; }
    });
    return best;
  }
  function draw(el, data) {
    const compact = el.hasAttribute('data-map-compact');
    const map = L.map(el, { zoomControl: false, attributionControl: true, zoomSnap: 0.05, scrollWheelZoom: !compact, minZoom: 6, maxZoom: 16 });
    map.attributionControl.setPrefix(false);
    if (data.credit) map.attributionControl.addAttribution(text('i', data.credit).innerHTML);
    if (document.querySelector('.demo')) map.attributionControl.addAttribution('虚构区划示意（演示）');
    L.control.zoom({ position: 'topright', zoomInTitle: '放大', zoomOutTitle: '缩小' }).addTo(map);
    const bounds = L.latLngBounds([]);
    const layer = (list, style) => list.forEach((a) => { const g = L.geoJSON({ type: 'Feature', properties: {}, geometry: a.geometry }, { style, interactive: false }).addTo(map); bounds.extend(g.getBounds()); });
    layer(data.towns, { color: css('--map-edge'), weight: 1, fillColor: css('--map-land'), fillOpacity: 1 });
    layer(data.districts, { color: css('--ink-3'), weight: 1.6, fill: !data.towns.length, fillColor: css('--map-land'), fillOpacity: 1 });
    data.stations.forEach((s) => bounds.extend([s.lat, s.lon]));
    const dots = {};
    if (!bounds.isValid()) { el.innerHTML = ''; el.append(text('div', '没有边界，也没有带经纬度的站点，地图无从画起。先给站点填上经纬度，或上传区划边界。', 'state')); return; }
    map.fitBounds(bounds, compact || el.clientWidth < 640 ? { padding: [24, 24], maxZoom: 13 } : { paddingTopLeft: [150, 20], paddingBottomRight: [30, 24], maxZoom: 13 });
    const labels = data.towns.map((t) => ({ name: t.name, at: middle(t.geometry) })).filter((t) => t.at);
    labels.forEach((t) => { t.marker = L.marker(t.at, { interactive: false, keyboard: false, icon: L.divIcon({ className: 'town-label', iconSize: [84, 16] }) }).addTo(map); t.marker.getElement().textContent = t.name; });
    /* 地名让开站点和别的地名：在面的中间上下挪，取第一个不压的位置；都压就不写，放大后再写 */
    function place() {
      const dots = data.stations.map((s) => map.latLngToContainerPoint([s.lat, s.lon]));
      const written = [];
      labels.forEach((t) => {
        const c = map.latLngToContainerPoint(t.at), half = t.name.length * 6.5;
        const free = (y) => !dots.some((p) => Math.abs(p.x - c.x) < half + 10 && Math.abs(p.y - y) < 19)
          && !written.some((w) => Math.abs(w.x - c.x) < half + w.half && Math.abs(w.y - y) < 16);
        const dy = (compact ? [0, 18, -18, 28, -28] : [0, 20, -20, 32, -32, 44, -44]).find((d) => free(c.y + d));
        t.marker.getElement().hidden = dy === undefined;
        if (dy === undefined) return;
        written.push({ x: c.x, y: c.y + dy, half });
        t.marker.setLatLng(map.containerPointToLatLng([c.x, c.y + dy]));
      });
    }
    place(); map.on('zoomend', place);
    const drawn = compact ? data.stations : [...(data.outlets || []), ...data.stations];
    drawn.forEach((s) => {
      const px = SIZE[s.net] || 22;
      const icon = L.divIcon({ className: 'dot', iconSize: [px, px], html: svg(s, px) });
      const m = L.marker([s.lat, s.lon], { icon, title: s.name, alt: `${s.name} ${s.stale ? s.state : s.words || (s.net in MARK ? s.state : '无评价')}`, zIndexOffset: s.alarms.length ? 800 : s.stale ? 0 : (s.level || 0) * 60, keyboard: true }).addTo(map);
      m.bindPopup(() => card(s), { minWidth: 190, closeButton: false });
      dots[s.code] = m;
    });
    el.classList.add('ready');
    document.querySelectorAll('.maplist tr[data-code]').forEach((row) => {
      const dot = dots[row.dataset.code]; if (!dot) return;
      row.addEventListener('mouseenter', () => dot.getElement() && dot.getElement().classList.add('lit'));
      row.addEventListener('mouseleave', () => dot.getElement() && dot.getElement().classList.remove('lit'));
    });
    return map;
  }
  function legend() {
    document.querySelectorAll('.maplegend [data-net] > i').forEach((el) => { el.innerHTML = svg({ net: el.parentElement.dataset.net, level: 0 }, 17).replaceAll(css('--ink-off'), css('--surface')); });
  }
  document.querySelectorAll('[data-map]').forEach((el) => {
    if (!window.L) { el.append(text('div', '浏览器没有载入地图组件，请刷新；右侧列表内容相同。', 'state')); return; }
    fetch(el.dataset.map, { credentials: 'same-origin' }).then((r) => (r.ok ? r.json() : Promise.reject(r.status))).then((data) => draw(el, data)).catch(() => el.append(text('div', '地图数据没有取到，请刷新。列表内容相同。', 'state')));
  });
  legend();
  window.QSDots = { svg, draw };
})();
