/* 实时：一秒取一次；行数有上限，旧行改写了再用，不增不减，开一天也不长。 */
(function () {
  const body = document.getElementById('frames'); if (!body) return;
  const MOST = +body.dataset.most, EVERY = 1000, by = (id) => document.getElementById(id);
  const ui = { alarms: by('alarms'), n: by('nalarms'), pace: by('pace'), skipped: by('skipped'), state: by('state'), hold: by('hold') };
  let after = -1, held = false, skipped = 0, timer = 0, asked = 0, told = '';
  function line() {
    const tr = document.createElement('tr');
    for (let k = 0; k < 6; k += 1) tr.appendChild(document.createElement('td'));
    tr.cells[0].className = 'nowrap'; tr.cells[1].className = 'nowrap'; tr.cells[2].className = 'mono deskonly'; tr.cells[3].className = 'nowrap'; tr.cells[5].className = 'clip';
    const a = document.createElement('a'); a.appendChild(document.createTextNode('')); tr.cells[0].appendChild(a);
    for (const k of [1, 2, 3, 5]) tr.cells[k].appendChild(document.createTextNode(''));
    const light = document.createElement('span'); light.appendChild(document.createTextNode('')); tr.cells[4].appendChild(light);
    return tr;
  }
  function say(tr, f) {
    const a = tr.cells[0].firstChild; a.href = f.url; a.firstChild.data = f.at; tr.dataset.id = f.id;
    tr.cells[1].firstChild.data = f.station || '未准入'; tr.cells[2].firstChild.data = f.mn; tr.cells[3].firstChild.data = f.command; tr.cells[5].firstChild.data = f.values;
    const light = tr.cells[4].firstChild; light.className = 'light ' + (f.ok ? 'green' : 'amber'); light.firstChild.data = f.ok ? '合格' : f.verdict;
  }
  function frames(list) {
    for (const f of list) {
      const tr = body.rows.length < MOST ? line() : body.lastElementChild;
      say(tr, f); body.insertBefore(tr, body.firstElementChild);
    }
  }
  function alarms(list) {
    const now = JSON.stringify(list); if (now === told) return; told = now;
    const rows = list.map((a) => {
      const tr = document.createElement('tr'), what = document.createElement('td'), link = document.createElement('a'), since = document.createElement('td'), order = document.createElement('td');
      link.href = a.url; link.textContent = a.words; what.appendChild(link); since.textContent = a.since + '起'; since.className = 'nowrap'; order.textContent = a.order; order.className = 'nowrap'; tr.dataset.alarm = a.id; tr.append(what, since, order); return tr;
    });
    if (!rows.length) { const tr = document.createElement('tr'), td = document.createElement('td'); td.className = 'muted'; td.textContent = '没有'; tr.appendChild(td); rows.push(tr); }
    ui.alarms.replaceChildren(...rows);
  }
  function state(words, light) { ui.state.textContent = words; ui.state.className = 'light ' + light; }
  function next(wait) { clearTimeout(timer); timer = setTimeout(ask, wait); }
  async function ask() {
    if (held || document.hidden) return;
    const begun = performance.now();
    try {
      const r = await fetch(body.dataset.source + '?after=' + after, { credentials: 'same-origin', signal: AbortSignal.timeout(10000) });
      if (r.redirected || !r.ok) throw new Error(r.status);
      const said = await r.json(), first = after < 0;
      frames(said.frames); alarms(said.alarms); ui.n.textContent = said.n_alarms;
      const span = (begun - asked) / 1000;
      if (!first && span > 0) ui.pace.textContent = Math.round((said.last - after) / span);
      skipped += said.skipped; ui.skipped.textContent = skipped ? `，来得太快没有列出 ${skipped} 帧` : '';
      after = said.last; asked = begun; state('已连上', 'green');
      body.dataset.after = after;
    } catch { state('取不到，正在重试', 'amber'); return next(3000); }
    next(Math.max(0, EVERY - (performance.now() - begun)));
  }
  ui.hold.addEventListener('click', () => { held = !held; ui.hold.textContent = held ? '继续' : '暂停'; ui.hold.setAttribute('aria-pressed', held); if (held) state('已暂停', 'none'); else next(0); });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) next(0); });
  ask();
})();
