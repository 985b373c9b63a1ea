/* 图层（登记册、事项）：点用画布画，五万个也能拖动；点开才去取那一个的内容。用法：<div data-entries="…/map/data.json" data-card="…/0/card/" data-unit="条"> */
(function () {
  const css = (n) => getComputedStyle(document.documentElement).getPropertyValue(n).trim();
  const fill = (light) => (light === 'none' ? css('--ink-off') : light === 'blue' ? css('--qing') : css('--light-' + light));
  const words = (el, text) => { const box = document.createElement('div'); box.className = 'state'; box.textContent = text; el.replaceChildren(box); };
  function draw(el, data) {
    if (!data.points.length && !data.areas.length && !data.towns.length && !data.districts.length) { words(el, '没有带位置的，也没有区划边界，地图无从画起。'); return; }
    const map = L.map(el, { zoomControl: false, preferCanvas: true, minZoom: 5, maxZoom: 17, zoomSnap: 0.25 });
    map.attributionControl.setPrefix(false);
    if (data.credit) { const i = document.createElement('i'); i.textContent = data.credit; map.attributionControl.addAttribution(i.innerHTML); }
    if (document.querySelector('.demo')) map.attributionControl.addAttribution('虚构区划示意（演示）');
    L.control.zoom({ position: 'topright', zoomInTitle: '放大', zoomOutTitle: '缩小' }).addTo(map);
    const bounds = L.latLngBounds([]);
    const land = (list, style) => list.forEach((a) => { bounds.extend(L.geoJSON({ type: 'Feature', properties: {}, geometry: a.geometry }, { style, interactive: false }).addTo(map).getBounds()); });
    land(data.towns, { color: css('--map-edge'), weight: 1, fillColor: css('--map-land'), fillOpacity: 1 });
    land(data.districts, { color: css('--ink-3'), weight: 1.6, fill: !data.towns.length, fillColor: css('--map-land'), fillOpacity: 1 });
    const inside = L.latLngBounds(data.points.map((p) => [p[2], p[1]]));
    if (bounds.isValid() || inside.isValid()) map.fitBounds(bounds.isValid() ? bounds : inside, { padding: [20, 20], maxZoom: 14 });
    const layers = data.legend.map(() => L.layerGroup().addTo(map));
    const open = (layer, pk) => {
      layer.bindPopup('…', { minWidth: 200, maxWidth: 280, closeButton: false });
      layer.once('popupopen', () => {
        const box = document.createElement('div'); box.className = 'dotcard';
        fetch(el.dataset.card.replace('/0/', `/${pk}/`), { credentials: 'same-origin' }).then((r) => (r.ok ? r.text() : Promise.reject(r.status))).then((html) => { box.innerHTML = html; }).catch(() => { box.textContent = '没有取到，请刷新。'; }).then(() => layer.setPopupContent(box));
      });
    };
    data.areas.forEach((a) => {
      const colour = fill(data.legend[a.at].light);
      const shape = L.geoJSON({ type: 'Feature', properties: {}, geometry: a.geometry }, { style: { color: colour, weight: 1.6, fillColor: colour, fillOpacity: 0.28 } });
      shape.bindTooltip(a.name); open(shape, a.pk); layers[a.at].addLayer(shape); inside.extend(shape.getBounds());
    });
    if (!bounds.isValid() && data.areas.length) map.fitBounds(inside, { padding: [20, 20], maxZoom: 15 });
    const radius = data.points.length > 5000 ? 3 : data.points.length > 500 ? 4.5 : 6;
    data.points.forEach(([pk, lon, lat, at]) => {
      const dot = L.circleMarker([lat, lon], { radius, weight: 1, color: 'rgba(11,19,24,.72)', fillColor: fill(data.legend[at].light), fillOpacity: 0.95 });
      open(dot, pk);
      layers[at].addLayer(dot);
    });
    document.querySelectorAll('[data-legend]').forEach((key) => {
      const at = data.legend[key.dataset.legend]; if (!at) return;
      key.querySelector('i').style.background = fill(at.light);
      key.addEventListener('change', (e) => (e.target.checked ? layers[key.dataset.legend].addTo(map) : layers[key.dataset.legend].remove()));
    });
    el.classList.add('ready');
  }
  document.querySelectorAll('[data-entries]').forEach((el) => {
    if (!window.L) { words(el, '浏览器没有载入地图组件，请刷新；列表内容相同。'); return; }
    fetch(el.dataset.entries, { credentials: 'same-origin' }).then((r) => (r.ok ? r.json() : Promise.reject(r.status))).then((data) => {
      const box = document.querySelector('.maplegend');
      data.legend.forEach((one, n) => {
        const line = document.createElement('label'), tick = document.createElement('input'), dot = document.createElement('i');
        line.dataset.legend = n; tick.type = 'checkbox'; tick.checked = true; dot.className = 'point';
        line.append(tick, dot, ` ${one.words} ${one.n.toLocaleString('en')}`); box.append(line);
      });
      if (data.unplaced) { const p = document.createElement('span'); p.className = 'muted'; p.textContent = `没有位置 ${data.unplaced.toLocaleString('en')} ${el.dataset.unit || '条'}，图上没有`; box.append(p); }
      draw(el, data);
    }).catch(() => words(el, '地图数据没有取到，请刷新。列表内容相同。'));
  });
})();
