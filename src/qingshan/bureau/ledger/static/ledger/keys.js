/* 台账的键盘与看板：j/k 走，h/l 换列，x 勾，m 移，? 看帮助；拖到另一列打开那一步的抽屉 */
(function () {
  const doc = document, help = doc.getElementById('keys'), board = doc.querySelector('.board');
  const typing = (el) => el && (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) ? el.type !== 'checkbox' : el.isContentEditable);
  const items = () => [...doc.querySelectorAll(board ? '.ticket' : '.ledger tr[data-href]')].filter((el) => el.offsetParent);
  let at = null;
  function go(el) {
    if (!el) return;
    doc.querySelectorAll('.at').forEach((x) => x.classList.remove('at'));
    at = el; el.classList.add('at'); (board ? el : el.querySelector('a.task') || el).focus({ preventScroll: true }); el.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  function here() { const f = doc.activeElement && doc.activeElement.closest('.ticket, .ledger tr[data-href]'); return f || (at && at.isConnected ? at : null); }
  function step(n) { const all = items(), i = all.indexOf(here()); go(all[i < 0 ? 0 : Math.max(0, Math.min(all.length - 1, i + n))]); }
  function side(n) {
    const lanes = [...board.querySelectorAll('.lane')], now = here(), i = now ? lanes.indexOf(now.closest('.lane')) : -1;
    for (let j = i + n; j >= 0 && j < lanes.length; j += n) { const first = lanes[j].querySelector('.ticket'); if (first) { go(first); return; } }
  }
  doc.addEventListener('click', (e) => {
    if (e.target.closest('[data-keys]') && help) { help.showModal(); return; }
    const ticket = e.target.closest('.ticket');
    if (ticket && !e.target.closest('a,button,input,label,summary,.menu') && !String(getSelection())) location.href = ticket.dataset.href;
  });
  doc.addEventListener('change', (e) => { const name = e.target.dataset && e.target.dataset.tick; if (name) doc.querySelectorAll('input[type=checkbox][name="' + name + '"]').forEach((b) => { b.checked = e.target.checked; }); });
  doc.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || (help && help.open) || (e.target.closest && e.target.closest('.drawer'))) return;
    const now = here();
    if (e.key === '?' && help) { e.preventDefault(); help.showModal(); }
    else if (e.key === 'j') { e.preventDefault(); step(1); }
    else if (e.key === 'k') { e.preventDefault(); step(-1); }
    else if (board && (e.key === 'h' || e.key === 'l')) { e.preventDefault(); side(e.key === 'l' ? 1 : -1); }
    else if (e.key === 'x' && now) { const b = now.querySelector('input[name="task"]'); if (b) { e.preventDefault(); b.click(); } }
    else if (e.key === 'm' && now) { const m = now.querySelector('details.menu'); if (m) { e.preventDefault(); m.open = true; m.querySelector('a').focus(); } }
    else if (e.key === 'Enter' && now && (e.target === now || e.target.matches('input[type=checkbox]'))) { e.preventDefault(); location.href = now.dataset.href; }
  });
  if (!board || board.dataset.by !== 'state') return;
  let held = null;
  board.addEventListener('dragstart', (e) => { held = e.target.closest('.ticket'); if (held) { held.classList.add('held'); e.dataTransfer.effectAllowed = 'move'; e.dataTransfer.setData('text/plain', held.dataset.task); } });
  board.addEventListener('dragend', () => { if (held) held.classList.remove('held'); held = null; board.querySelectorAll('.over').forEach((l) => l.classList.remove('over')); });
  board.addEventListener('dragover', (e) => { const lane = e.target.closest('.lane'); if (!held || !lane || lane === held.closest('.lane')) return; e.preventDefault(); board.querySelectorAll('.over').forEach((l) => { if (l !== lane) l.classList.remove('over'); }); lane.classList.add('over'); });
  board.addEventListener('drop', (e) => {
    const lane = e.target.closest('.lane');
    if (!held || !lane || lane === held.closest('.lane')) return;
    e.preventDefault();
    htmx.ajax('GET', held.dataset.href + 'shift/' + lane.dataset.lane + '/?back=' + encodeURIComponent(board.dataset.from), '#drawer');
  });
})();
