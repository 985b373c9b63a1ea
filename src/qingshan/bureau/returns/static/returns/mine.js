/* 我的填报：填的存在本机（IndexedDB），断网、刷新都不丢；报送排队，联网自动送，每项带提交标记，送两次也只算一次。 */
(function () {
  const form = document.getElementById('returns');
  if (!form || !window.indexedDB) return;
  const person = form.dataset.person, net = document.getElementById('net'), netSaid = net.querySelector('[data-said]'), began = Date.now();
  const rows = new Map([...form.querySelectorAll('.due')].map((el) => [el.dataset.line, el]));
  const drafts = new Map();
  let db = null, csrf = form.elements.csrfmiddlewaretoken.value, busy = false;

  /* 本机存储 */
  const opened = new Promise((done, fail) => {
    const ask = indexedDB.open('qs-returns', 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore('drafts');
    ask.onsuccess = () => done(ask.result); ask.onerror = () => fail(ask.error);
  });
  const run = (mode, act) => new Promise((done, fail) => { const t = db.transaction('drafts', mode), r = act(t.objectStore('drafts')); t.oncomplete = () => done(r.result); t.onerror = t.onabort = () => fail(t.error); });
  const key = (line) => person + ':' + line;
  const put = (line) => run('readwrite', (s) => s.put(drafts.get(line), key(line))).catch(() => QSFrame.toast('本机存不下了，请先联网报送，照片还没有存', true));
  const drop = (line) => { drafts.delete(line); return run('readwrite', (s) => s.delete(key(line))); };
  const token = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('');
  const local = () => { const d = new Date(); return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 19); };

  const field = (line, name) => form.elements[name + '-' + line];
  const text = (line, name) => { const f = field(line, name); return f ? f.value : ''; };
  function say(line, words, light) {
    const at = rows.get(line).querySelector('[data-state]'), el = document.createElement('span');
    el.className = 'light ' + (light || 'none'); el.textContent = words; at.replaceChildren(el);
    rows.get(line).classList.toggle('queued', light === 'amber');
  }
  function wrong(line, words) {
    let el = rows.get(line).querySelector('p.error');
    el.hidden = !words; el.textContent = words || ''; rows.get(line).classList.toggle('wrong', !!words);
  }
  function draft(line) {
    if (!drafts.has(line)) drafts.set(line, { line, person, state: 'draft', files: [], token: '', title: rows.get(line).querySelector('h4').textContent.trim() });
    const d = drafts.get(line);
    if (d.state !== 'queued') { d.value = text(line, 'value'); d.words = text(line, 'words'); d.how = text(line, 'how'); d.saved = Date.now(); }
    return d;
  }
  function showFiles(line) {
    const list = rows.get(line).querySelector('[data-chosen]'), d = drafts.get(line);
    list.replaceChildren(...(d ? d.files : []).map((f, n) => {
      const li = document.createElement('li'), words = document.createElement('span'), x = document.createElement('button');
      words.textContent = f.name + '，' + (f.blob.size > 1048576 ? (f.blob.size / 1048576).toFixed(1) + ' MB' : Math.ceil(f.blob.size / 1024) + ' KB') + (f.at ? '，' + f.at.slice(5, 16).replace('T', ' ') : '') + (f.lat != null ? '，' + f.lat.toFixed(4) + ',' + f.lon.toFixed(4) + '（±' + Math.round(f.accuracy) + ' 米）' : f.place ? '，' + f.place : '');
      x.type = 'button'; x.textContent = '×'; x.setAttribute('aria-label', '去掉' + f.name);
      x.addEventListener('click', () => { d.files.splice(n, 1); put(line); showFiles(line); });
      li.append(words, x); return li;
    }));
  }

  /* 照片：记下手机的时间和位置 */
  function place() {
    return new Promise((done) => {
      if (!navigator.geolocation) { done({ place: '手机不支持定位' }); return; }
      navigator.geolocation.getCurrentPosition((p) => done({ lat: p.coords.latitude, lon: p.coords.longitude, accuracy: p.coords.accuracy }), (e) => done({ place: e.code === 1 ? '没有允许定位' : '没有取到位置' }), { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 });
    });
  }
  async function take(line, input) {
    const d = draft(line), files = [...input.files];
    if (d.state === 'queued') { d.state = 'draft'; d.token = ''; }
    if (d.files.length + files.length > 9) { QSFrame.toast('一项最多 9 件佐证', true); input.value = ''; return; }
    const kept = files.map((f) => ({ blob: f, name: f.name || '照片.jpg', at: f.type.startsWith('image/') ? local() : '', place: '' }));
    d.files.push(...kept); input.value = ''; mark(line); await put(line); showFiles(line);
    const photos = kept.filter((f) => f.at);
    if (photos.length) { photos.forEach((f) => { f.place = '正在定位'; }); showFiles(line); const at = await place(); photos.forEach((f) => { f.place = ''; Object.assign(f, at); }); if (drafts.has(line)) { await put(line); showFiles(line); } }
  }
  function mark(line) { const box = field(line, 'take'); if (box) box.checked = true; }

  const saves = new Map();
  function changed(line) {
    const d = drafts.get(line);
    if (d && d.state === 'queued') { d.state = 'draft'; d.token = ''; }
    const now = draft(line);
    mark(line); wrong(line, '');
    clearTimeout(saves.get(line));
    saves.set(line, setTimeout(async () => { if (drafts.get(line) !== now) return; await put(line); if (now.state === 'draft') say(line, '草稿已存本机'); }, 150));
  }

  /* 排队和送出 */
  async function queue(line) {
    const d = draft(line);
    if (d.state !== 'queued') { d.state = 'queued'; d.token = token(); d.seconds = Math.round((Date.now() - began) / 1000); }
    await put(line); say(line, '等待报送', 'amber');
  }
  async function fresh() {
    const answer = await fetch(form.dataset.ready, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    if (answer.redirected || !answer.ok) return '请重新登录，存在本机的会自动报送';
    const said = await answer.json();
    if (String(said.person) !== person) return '登录的不是填报的人，没有报送';
    csrf = said.csrf; return '';
  }
  async function one(d) {
    const data = new FormData();
    data.set('csrfmiddlewaretoken', csrf); data.set('do', d.line); data.set('token', d.token); data.set('seconds', d.seconds ?? '');
    data.set('value-' + d.line, d.value || ''); data.set('words-' + d.line, d.words || ''); data.set('how-' + d.line, d.how || 'normal');
    d.files.forEach((f) => data.append('files-' + d.line, f.blob, f.name));
    data.set('notes-' + d.line, JSON.stringify(d.files.map((f) => ({ at: f.at || null, lat: f.lat ?? null, lon: f.lon ?? null, accuracy: f.accuracy ?? null }))));
    const answer = await fetch(form.action, { method: 'POST', body: data, headers: { Accept: 'application/json', 'X-CSRFToken': csrf }, credentials: 'same-origin' });
    if (answer.status >= 500) throw new Error('server');
    if (!(answer.headers.get('Content-Type') || '').includes('json')) return { ok: false, said: answer.status === 403 ? '登录已变，请刷新页面后再报' : '没有报出，请刷新页面后再报' };
    return answer.json();
  }
  async function flush() {
    const waiting = [...drafts.values()].filter((d) => d.state === 'queued');
    if (!waiting.length || busy) return;
    busy = true;
    const body = async () => {
      const stop = await fresh();
      if (stop) { tell(stop); return; }
      for (const d of waiting) {
        if (drafts.get(d.line) !== d || d.state !== 'queued') continue;
        const mark = d.token, said = await one(d);
        if (d.token !== mark) continue;
        if (said.ok) done(d.line, said);
        else { d.state = 'draft'; d.token = ''; await put(d.line); say(d.line, '没有报出', 'red'); wrong(d.line, said.said); }
      }
    };
    try { await (navigator.locks ? navigator.locks.request('qs-returns', body) : body()); } catch (e) { tell('网络不通，存在本机，联网后自动报送'); setTimeout(flush, 15000); } finally { busy = false; }
    state();
  }
  async function done(line, said) {
    await drop(line); showFiles(line); wrong(line, '');
    say(line, said.at + ' ' + said.said, said.said.includes('逾期') ? 'amber' : 'green'); rows.get(line).classList.remove('queued'); rows.get(line).classList.add('sent');
    const box = field(line, 'take'), n = document.getElementById('owed'), first = !rows.get(line).dataset.sent;
    if (box) box.closest('label').remove();
    if (first && n) n.textContent = Math.max(0, Number(n.textContent) - 1);
    rows.get(line).dataset.sent = said.at; rows.get(line).querySelector('.acts .btn').textContent = '重报';
    if (said.doubts && said.doubts.length) wrong(line, '已报；' + said.doubts.join('；') + '。不是笔误的请在进展里说明');
  }
  /* 还没报出、这一期已定格或任务已办结的：说出来，内容在本机再留六十天 */
  async function left(d) {
    if (Date.now() - (d.saved || 0) > 60 * 86400000 || !(d.words || d.value || d.files.length)) { await run('readwrite', (s) => s.delete(key(d.line))); return; }
    const toast = QSFrame.toast('“' + (d.title || '一项任务') + '”填了没有报出，这一期已不收：' + [d.value, d.words].filter(Boolean).join('，').slice(0, 80) + '。确有变化请到报送汇总写更正', true);
    toast.querySelector('.close').addEventListener('click', () => run('readwrite', (s) => s.delete(key(d.line))));
  }
  function tell(words) { net.hidden = !words; netSaid.textContent = words || ''; }
  function state() {
    const n = [...drafts.values()].filter((d) => d.state === 'queued').length;
    if (!navigator.onLine) tell('没有网络。填的内容存在本机' + (n ? '，' + n + ' 项等待报送' : '') + '，联网后自动报送，不会重复。');
    else if (!n) tell('');
  }

  form.addEventListener('input', (e) => { const row = e.target.closest('.due'); if (row && e.target.type !== 'checkbox' && e.target.type !== 'file') changed(row.dataset.line); });
  form.addEventListener('change', (e) => { const row = e.target.closest('.due'); if (!row) return; if (e.target.type === 'file') { if (e.target.files.length) take(row.dataset.line, e.target); } else if (e.target.tagName === 'SELECT') changed(row.dataset.line); });
  form.addEventListener('click', (e) => { const b = e.target.closest('[data-same]'); if (b) { e.preventDefault(); const line = b.closest('.due').dataset.line; field(line, 'words').value = b.dataset.same; changed(line); } });
  form.addEventListener('submit', async (e) => {
    const what = e.submitter ? e.submitter.value : 'all';
    if (what === 'save') { if (!navigator.onLine) { e.preventDefault(); QSFrame.toast('没有网络，草稿已存在本机'); } return; }
    e.preventDefault();
    if (e.submitter) setTimeout(() => { e.submitter.disabled = false; delete e.submitter.dataset.sent; }, 60);
    const chosen = what === 'all' ? [...rows.keys()].filter((line) => (field(line, 'take') || {}).checked || (drafts.has(line) && rows.get(line).dataset.sent)) : [what];
    if (!chosen.length) { QSFrame.toast('还没有填哪一项：填数或写进展，或勾“一并报”，再点“全部报送”', true); return; }
    for (const line of chosen) await queue(line);
    state(); flush();
  });
  addEventListener('online', () => { state(); flush(); }); addEventListener('offline', state);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) flush(); });
  document.addEventListener('submit', (e) => { if (/logout/.test(e.target.action) && navigator.serviceWorker && navigator.serviceWorker.controller) navigator.serviceWorker.controller.postMessage('forget'); });

  (async function start() {
    try { db = await opened; } catch (e) { return; }
    const kept = await run('readonly', (s) => s.getAll()).catch(() => []);
    for (const d of kept || []) {
      if (d.person !== person) continue;
      if (!rows.has(d.line)) { await left(d); continue; }
      if (d.state === 'draft' && !d.files.length && ['value', 'words', 'how'].every((name) => (d[name] || '') === text(d.line, name))) { drafts.set(d.line, d); await drop(d.line); continue; }
      drafts.set(d.line, d); mark(d.line);
      for (const name of ['value', 'words', 'how']) { const f = field(d.line, name); if (f && d[name] != null) f.value = d[name]; }
      showFiles(d.line); say(d.line, d.state === 'queued' ? '等待报送' : rows.get(d.line).dataset.sent ? '已报过；另有草稿在本机' : '草稿在本机', d.state === 'queued' ? 'amber' : 'none');
    }
    state(); flush(); form.dataset.started = '1';
  })();
  if (navigator.serviceWorker) {
    const assets = [...document.querySelectorAll('link[rel="stylesheet"],link[rel="icon"]')].map((l) => l.href).concat([...document.scripts].map((x) => x.src));
    navigator.serviceWorker.register(form.dataset.worker, { scope: location.pathname }).then(() => navigator.serviceWorker.ready)
      .then((ready) => { if (navigator.onLine) ready.active.postMessage({ keep: location.pathname, assets }); }).catch(() => { /* 没有它只是断网后不能刷新 */ });
  }
})();
