/* 台账：勾选、批量条、方向键在行间走 */
(function () {
  const form = document.getElementById('bulk'), bar = document.getElementById('bulkbar');
  if (!form) return;
  const boxes = () => [...form.querySelectorAll('input[name="task"]')], all = document.getElementById('pickall'), un = document.getElementById('unpick');
  function show() {
    const n = boxes().filter((b) => { const row = b.closest('tr, .ticket'); if (b.checked) row.dataset.chosen = ''; else delete row.dataset.chosen; return b.checked; }).length;
    if (!bar) return;
    bar.hidden = !n; document.getElementById('picked').textContent = n; un.checked = true;
    if (all) { all.checked = n > 0 && n === boxes().length; all.indeterminate = n > 0 && n < boxes().length; }
  }
  form.addEventListener('change', (e) => {
    if (all && e.target === all) boxes().forEach((b) => { b.checked = all.checked; });
    else if (e.target === un) boxes().forEach((b) => { b.checked = false; });
    if ((all && e.target === all) || e.target === un || e.target.name === 'task') show();
  });
  /* 顶上的“导出 Excel”导出全部筛选结果，不管勾选；下载后页面还在，按钮要能再按 */
  document.addEventListener('submit', (e) => {
    const b = e.submitter;
    if (e.target !== form || !b) return;
    if (b.hasAttribute('data-all')) { const on = boxes().filter((x) => x.checked); on.forEach((x) => { x.checked = false; }); setTimeout(() => { on.forEach((x) => { x.checked = true; }); show(); }, 50); }
    if (/export/.test(b.getAttribute('formaction') || '')) setTimeout(() => { b.disabled = false; b.removeAttribute('aria-disabled'); }, 1500);
  });
  form.addEventListener('keydown', (e) => {
    const row = e.target.closest('tr');
    if (!row || !/^Arrow(Up|Down)$/.test(e.key) || e.target.matches('select,input:not([type=checkbox])')) return;
    const rows = [...form.querySelectorAll('tr[data-href]')], next = rows[rows.indexOf(row) + (e.key === 'ArrowDown' ? 1 : -1)];
    if (next) { e.preventDefault(); (next.querySelector('a.task') || next).focus(); }
  });
  show();
})();
