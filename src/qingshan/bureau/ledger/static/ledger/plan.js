/* 计划识读：原文和卡片互相找得到，键盘核对，选字补录。位置按字（码点）计，与识读器一致。 */
(function () {
  const box = document.getElementById('reader');
  if (!box) return;
  const body = box.querySelector('.doc .body'), svg = box.querySelector('.wire'), addbar = document.getElementById('addbar');
  const cards = () => [...box.querySelectorAll('.find')];
  const list = () => box.querySelector('.cards:not([hidden])');
  const card = (id) => document.getElementById('f' + id);
  const marks = (id) => [...body.querySelectorAll('mark[data-f~="' + id + '"]')];
  const narrow = () => matchMedia('(max-width: 980px)').matches;
  const help = document.getElementById('keyhelp');
  const address = (id) => '?at=' + id + (box.dataset.query ? '&' + box.dataset.query : '');
  let at = box.dataset.at, span = null;

  function tab(kind) {
    box.querySelectorAll('.finds .tabs a').forEach((a) => a.setAttribute('aria-selected', String(a.dataset.list === kind)));
    box.querySelectorAll('.cards').forEach((c) => { c.hidden = c.dataset.list !== kind; });
  }
  /* 选中处最后一行的右端，连到卡片的左边 */
  function wire() {
    const hits = marks(at), to = card(at);
    if (!hits.length || !to || !to.offsetParent || narrow()) { svg.classList.add('off'); return; }
    const o = box.getBoundingClientRect(), rects = hits[hits.length - 1].getClientRects(), a = rects[rects.length - 1], b = to.getBoundingClientRect();
    const view = body.getBoundingClientRect(), deck = list().getBoundingClientRect();
    if (a.bottom < view.top || a.top > view.bottom || b.bottom < deck.top || b.top > deck.bottom) { svg.classList.add('off'); return; }
    svg.classList.remove('off');
    const col = hits[0].closest('[data-start]').getBoundingClientRect(), x1 = col.right - o.left + 10, y1 = (a.top + a.bottom) / 2 - o.top, x2 = b.left - o.left;
    const y2 = Math.min(Math.max(b.top + 22, deck.top + 8), deck.bottom - 8) - o.top, edge = deck.left - o.left - 14;
    svg.firstElementChild.setAttribute('d', `M${x1} ${y1}H${edge - 10}C${edge} ${y1} ${edge} ${y1} ${edge} ${(y1 + y2) / 2}S${edge} ${y2} ${x2} ${y2}`);
    const dots = svg.querySelectorAll('circle'); dots[0].setAttribute('cx', x2); dots[0].setAttribute('cy', y2); dots[1].setAttribute('cx', x1); dots[1].setAttribute('cy', y1);
  }
  function into(el, deck) {
    const e = el.getBoundingClientRect(), d = deck.getBoundingClientRect();
    if (e.top < d.top + 8 || e.bottom > d.bottom - 8) deck.scrollBy({ top: e.height > d.height - 24 ? e.top - d.top - 12 : (e.top + e.bottom) / 2 - (d.top + d.bottom) / 2 });
  }
  const load = (id, open) => htmx.ajax('GET', box.dataset.card.replace('/0/', '/' + id + '/') + (open ? '' : '?closed=1'), { target: '#f' + id, swap: 'outerHTML' });

  const close = (c) => { if (c) { c.removeAttribute('aria-current'); load(c.dataset.id, false); } };

  async function choose(id, from) {
    const to = card(id);
    if (!to) return;
    tab(to.dataset.kind);
    body.querySelectorAll('mark[aria-current]').forEach((m) => m.removeAttribute('aria-current'));
    marks(id).forEach((m) => m.setAttribute('aria-current', 'true'));
    at = String(id);
    only();
    if (!to.hasAttribute('aria-current')) await load(id, true);
    if (at !== String(id)) { close(card(id)); return; } // 键按得快，已经到了下一项
    history.replaceState(null, '', address(id));
    const first = marks(id)[0];
    if (first && from !== 'text') into(first, body);
    if (narrow()) { if (from === 'text') card(id).scrollIntoView({ block: 'nearest' }); } else into(card(id), list());
    wire();
  }
  function step(by) {
    const deck = list(), shown = [...deck.querySelectorAll('.find')], here = shown.findIndex((c) => c.dataset.id === at), next = shown[here < 0 ? 0 : here + by];
    const beyond = by > 0 ? deck.dataset.next : deck.dataset.previous;
    if (next) choose(next.dataset.id, 'key');
    else if (beyond) location.href = address(beyond);
    else QSFrame.toast(by > 0 ? '已经是最后一项' : '已经是第一项');
  }
  /* 核对完一项，去下一项待核的：先本栏，再另一栏 */
  function onward(id) {
    const all = cards(), here = all.findIndex((c) => c.dataset.id === String(id)), order = all.slice(here + 1).concat(all.slice(0, here));
    const waits = (c) => c.dataset.state === 'pending' && /target|task/.test(c.dataset.kind), same = (all[here] || {}).dataset.kind;
    const next = order.find((c) => waits(c) && c.dataset.kind === same) || order.find(waits);
    const beyond = list().dataset.next;
    if (next) choose(next.dataset.id, 'key');
    else if (beyond) location.href = address(beyond);
    else { wire(); QSFrame.toast('这里的都核对完了，可以入台账'); }
  }

  box.addEventListener('click', (e) => {
    const step_ = e.target.closest('[data-step]'); if (step_) { step(Number(step_.dataset.step)); return; }
    const t = e.target.closest('.finds .tabs a'); if (t) { e.preventDefault(); tab(t.dataset.list); wire(); return; }
    if (e.target.closest('[data-do="split"]')) { split(); return; }
    if (e.target.closest('[data-reject]')) { press('reject'); return; }
    const extra = e.target.closest('[data-add-span]'); if (extra) { const [s, n, kind] = extra.dataset.addSpan.split(','); add(s, n, kind); return; }
    const mark = e.target.closest('mark[data-f]');
    if (mark && String(getSelection()) === '') {
      const ids = mark.dataset.f.split(' '), now = ids.indexOf(at);
      choose(ids[(now + 1) % ids.length], 'text'); return;
    }
    const c = e.target.closest('.find');
    if (c && !c.hasAttribute('aria-current') && !e.target.closest('button,form')) { e.preventDefault(); choose(c.dataset.id, 'card'); }
  });
  const press = (what) => { const b = card(at) && card(at).querySelector('[data-do="' + what + '"]'); if (b) b.click(); else QSFrame.toast('这一项现在不能这样办'); };
  const edit = () => { const f = card(at) && card(at).querySelector('form .field .input:not([type=hidden])'); if (f) { f.focus(); if (f.select) f.select(); } else QSFrame.toast('这一项没有可改的字段'); };
  const keys = {
    j: () => step(1), k: () => step(-1), a: () => press('accept'), Enter: () => press('accept'), r: () => press('reject'), x: () => press('reject'),
    e: edit, m: () => press('merge'), s: split, u: () => { const f = document.getElementById('undo'), b = document.querySelector('[form="undo"]'); if (f && b) f.submit(); else QSFrame.toast('没有可以撤回的一步'); },
    p: () => press(card(at) && card(at).querySelector('[data-do="shape"]') ? 'shape' : 'fill'), b: () => { const b_ = document.querySelector('[form="sure"]'); if (b_) b_.focus(); else QSFrame.toast('没有无疑点的待核条目'); },
    '?': () => help.showModal(), '/': () => { const q = document.querySelector('#finder [name=q]'); q.focus(); q.select(); },
  };
  ['target', 'task', 'doubt', 'unread', 'system'].forEach((kind, n) => { keys[n + 1] = () => {
    if (!box.querySelector(`.cards[data-list="${kind}"]`)) return;
    tab(kind); const first = list().querySelector('.find'), beyond = list().dataset.next || list().dataset.previous;
    if (first) choose(first.dataset.id, 'key'); else if (beyond) location.href = address(beyond); else wire();
  }; });
  /* 在捕获阶段听：这一页的 / 是找条目，不是页框的搜索 */
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || help.open || e.isComposing) return;
    const field = e.target.closest('input,textarea,select,summary,.choices');
    if (field) { if (e.key === 'Escape') { field.blur(); if (at) choose(at, 'key'); } return; }
    if (e.target.closest('#drawer,.splitter')) return;
    if ((e.key === 'Enter' || e.key === ' ') && e.target.closest('a,button')) return;
    const act = keys[e.key] || keys[e.key.toLowerCase()];
    if (act) { e.preventDefault(); e.stopPropagation(); act(); }
  }, true);
  const asked = document.getElementById('helpkeys');
  if (asked) asked.addEventListener('click', () => help.showModal());

  /* 拆分：选中的字的一端是断处；没有选中就在卡片里用左右键移 */
  const STOPS = '，、；,;。';
  function split() {
    const open = card(at), b = open && open.querySelector('[data-do="split"]');
    if (!b) { QSFrame.toast('这一项现在不能拆'); return; }
    const start = Number(open.dataset.start), end = Number(open.dataset.end), chosen = selected();
    if (chosen) {
      const cut = chosen[0] > start ? chosen[0] : chosen[1];
      if (cut > start && cut < end) { cutAt(open, cut); return; }
    }
    const tool = open.querySelector('.splitter'), words = [...(textOf(start, end) || open.querySelector('.quote').textContent)];
    const middle = words.length / 2, stops = words.map((c, n) => (STOPS.includes(c) ? n + 1 : 0)).filter((n) => n > 0 && n < words.length);
    let n = stops.sort((x, y) => Math.abs(x - middle) - Math.abs(y - middle))[0] || Math.round(middle);
    const halves = tool.querySelectorAll('.quote span');
    const show = () => { halves[0].textContent = words.slice(0, n).join(''); halves[1].textContent = words.slice(n).join(''); };
    show(); tool.hidden = false; tool.focus(); into(tool, list());
    tool.onkeydown = (e) => {
      if (e.key === 'ArrowLeft') n = Math.max(1, n - 1);
      else if (e.key === 'ArrowRight') n = Math.min(words.length - 1, n + 1);
      else if (e.key === 'Home' || e.key === 'End') n = e.key === 'Home' ? 1 : words.length - 1;
      else if (e.key === 'Enter' && e.target === tool) cutAt(open, start + n);
      else if (e.key === 'Escape') { tool.hidden = true; open.focus(); }
      else return;
      e.preventDefault(); e.stopPropagation(); show();
    };
    tool.querySelector('[data-cut]').onclick = () => cutAt(open, start + n);
    tool.querySelector('[data-nocut]').onclick = () => { tool.hidden = true; };
  }
  function cutAt(open, place) {
    htmx.ajax('POST', open.querySelector('.splitter').dataset.url, { source: open, values: { at: place, version: open.dataset.version }, swap: 'none' });
  }
  /* 原文里从某字到某字的字，位置按码点 */
  function textOf(start, end) {
    const p = [...body.querySelectorAll('[data-start]')].reverse().find((x) => Number(x.dataset.start) <= start);
    const words = p ? [...p.textContent].slice(start - Number(p.dataset.start), end - Number(p.dataset.start)) : [];
    return words.length === end - start ? words.join('') : '';
  }
  function selected() {
    const s = getSelection();
    if (!s.rangeCount || s.isCollapsed || !body.contains(s.anchorNode)) return null;
    const r = s.getRangeAt(0), a = offset(r.startContainer, r.startOffset), b = offset(r.endContainer, r.endOffset);
    return a === null || b === null || b <= a ? null : [a, b];
  }

  document.body.addEventListener('ledger:reviewed', (e) => {
    const d = e.detail;
    marks(d.id).forEach((m) => { if (m.dataset.f === String(d.id)) m.className = d.marks; });
    if (d.state === 'pending') { choose(d.id, 'card'); return; }
    onward(d.id);
  });
  function only() { box.querySelectorAll('.find[aria-current]').forEach((c) => { if (c.dataset.id !== at) close(c); }); }
  document.body.addEventListener('htmx:afterSettle', () => { only(); wire(); });

  /* 选字补录：把浏览器的选区换成原文里的起止字数 */
  function offset(node, n) {
    const p = (node.nodeType === 1 ? node : node.parentElement).closest('[data-start]');
    if (!p) return null;
    const r = document.createRange(); r.setStart(p, 0); r.setEnd(node, n);
    return Number(p.dataset.start) + [...r.toString()].length;
  }
  document.addEventListener('selectionchange', () => { if (String(getSelection()) === '') { addbar.hidden = true; span = null; } });
  body.addEventListener('mouseup', () => setTimeout(offer, 0));
  body.addEventListener('touchend', () => setTimeout(offer, 300));
  function offer() {
    span = box.dataset.add ? selected() : null;
    if (!span) { addbar.hidden = true; return; }
    const where = getSelection().getRangeAt(0).getBoundingClientRect(), o = box.getBoundingClientRect();
    addbar.hidden = false;
    addbar.style.left = Math.max(8, Math.min(where.left - o.left, o.width - 190)) + 'px';
    addbar.style.top = Math.max(4, where.top - o.top - 44) + 'px';
  }
  function add(a, b, kind) { htmx.ajax('POST', box.dataset.add, { values: { start: a, end: b, kind }, swap: 'none' }); }
  addbar.addEventListener('mousedown', (e) => e.preventDefault());
  addbar.addEventListener('click', (e) => { const k = e.target.closest('[data-kind]'); if (k && span) add(span[0], span[1], k.dataset.kind); });

  addEventListener('resize', wire);
  body.addEventListener('scroll', wire, { passive: true });
  box.querySelectorAll('.cards').forEach((c) => c.addEventListener('scroll', wire, { passive: true }));
  box.classList.add('ready');
  if (at) choose(at, 'start');
})();
