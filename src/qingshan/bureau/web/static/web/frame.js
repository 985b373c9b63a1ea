/* 页框的动作：搜索键、菜单、提示、抽屉、来源卡、闲置提醒。没有它，页面照样能用。 */
(function () {
  const doc = document, body = doc.body;
  doc.documentElement.classList.add('js');
  const $ = (q, el) => (el || doc).querySelector(q);
  const typing = (el) => el && (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || el.isContentEditable);

  /* 提示：成功的几秒后退去，失败的留到关闭 */
  function arm(toast) {
    if (!toast.classList.contains('bad')) setTimeout(() => toast.remove(), 6000);
  }
  function toast(text, bad) {
    const el = doc.createElement('div'), icon = doc.createElement('i'), words = doc.createElement('span'), close = doc.createElement('button');
    el.className = 'toast' + (bad ? ' bad' : ''); icon.className = 'i ' + (bad ? 'i-x' : 'i-check'); words.textContent = text;
    close.type = 'button'; close.className = 'close'; close.setAttribute('aria-label', '关闭'); close.innerHTML = '<i class="i i-x"></i>';
    el.append(icon, words, close); $('#toasts').append(el); arm(el); return el;
  }
  doc.querySelectorAll('.toasts .toast').forEach(arm);
  doc.addEventListener('qs:toast', (e) => toast(e.detail.text, e.detail.bad));

  /* 抽屉：任何 hx-target="#drawer" 的内容；Esc 关；有未存的改动先问 */
  const drawer = $('#drawer');
  let dirty = false;
  function closeDrawer() {
    if (!drawer || !drawer.firstElementChild) return false;
    if (dirty && !confirm('有没保存的改动。放弃改动并关闭？')) return true;
    drawer.replaceChildren(); dirty = false; return true;
  }
  if (drawer) {
    drawer.addEventListener('input', () => { dirty = true; });
    drawer.addEventListener('submit', () => { dirty = false; });
    doc.addEventListener('htmx:afterSwap', (e) => { if (e.target === drawer) { dirty = false; const f = $('[autofocus]', drawer) || $('input,select,textarea,button', drawer); if (f) f.focus(); } });
  }

  /* 来源卡：.num[data-card] 就地打开 */
  const pop = $('#pop');
  async function card(link) {
    const answer = await fetch(link.dataset.card, { headers: { 'HX-Request': 'true', 'QS-Card': '1' }, credentials: 'same-origin' });
    if (!answer.ok) { toast('来源没有取到，请刷新后再试', true); return; }
    pop.className = 'pop'; pop.innerHTML = await answer.text(); pop.setAttribute('role', 'dialog');
    const at = link.getBoundingClientRect(), w = pop.offsetWidth, h = pop.offsetHeight;
    pop.style.position = 'fixed';
    pop.style.left = Math.max(8, Math.min(at.left, innerWidth - w - 8)) + 'px';
    pop.style.top = (at.bottom + 6 + h > innerHeight ? Math.max(8, at.top - h - 6) : at.bottom + 6) + 'px';
    if (window.htmx) htmx.process(pop);
  }
  function closeCard() { if (!pop || !pop.firstChild) return false; pop.replaceChildren(); pop.className = ''; return true; }

  /* 窄屏只留图标：分组的子项浮在旁边，一次一组，点别处收起 */
  const narrow = matchMedia('(max-width: 1180px)'), groups = doc.querySelectorAll('.nav details');
  const fold = () => groups.forEach((g) => { g.open = !narrow.matches && g.classList.contains('here'); });
  if (narrow.matches) fold();
  narrow.addEventListener('change', fold);
  groups.forEach((g) => g.addEventListener('toggle', () => { if (g.open && narrow.matches) groups.forEach((other) => { if (other !== g) other.open = false; }); }));

  doc.addEventListener('click', (e) => {
    const t = e.target;
    if (t.closest('.toast .close')) { t.closest('.toast').remove(); return; }
    if (t.closest('[data-close]')) { e.preventDefault(); if (pop && pop.contains(t)) closeCard(); else closeDrawer(); return; }
    if (t.closest('[data-back]')) { history.back(); return; }
    if (t.closest('[data-print]')) { print(); return; }
    const num = t.closest('.num[data-card]');
    if (num && !e.ctrlKey && !e.metaKey && !e.shiftKey) { e.preventDefault(); card(num); return; }
    if (pop && !pop.contains(t)) closeCard();
    doc.querySelectorAll('.menu[open]').forEach((m) => { if (!m.contains(t)) m.open = false; });
    if (narrow.matches && !t.closest('.nav details')) groups.forEach((g) => { g.open = false; });
    const row = t.closest('tr[data-href]');
    if (row && !t.closest('a,button,input,label,select') && !String(getSelection())) location.href = row.dataset.href;
  });
  doc.addEventListener('keydown', (e) => {
    if (e.key === '/' && !typing(e.target) && !e.ctrlKey && !e.metaKey) { const s = $('#search'); if (s && s.offsetParent) { e.preventDefault(); s.focus(); s.select(); } }
    const row = e.target.closest && e.target.closest('tr');
    if (row && (e.key === 'ArrowDown' || e.key === 'ArrowUp') && !typing(e.target)) {
      let next = row;
      do { next = e.key === 'ArrowDown' ? next.nextElementSibling : next.previousElementSibling; } while (next && !$('a,button', next));
      if (next) { e.preventDefault(); $('a,button', next).focus(); next.scrollIntoView({ block: 'nearest' }); }
    }
    if (e.key === 'Escape') { const open = $('.menu[open]'); if (open) { open.open = false; $('summary', open).focus(); } else if (!closeCard()) closeDrawer(); }
  });
  doc.addEventListener('change', (e) => { if (e.target.matches('[data-submit]')) e.target.form.requestSubmit ? e.target.form.requestSubmit() : e.target.form.submit(); });
  /* 表在手机上成卡片：每格带上它的表头 */
  function label(root) {
    root.querySelectorAll('table.cards').forEach((table) => {
      const heads = [...table.querySelectorAll('thead th')].map((th) => th.textContent.trim());
      table.querySelectorAll('tbody tr').forEach((tr) => { if (tr.cells.length === heads.length) [...tr.cells].forEach((td, i) => { td.dataset.t = heads[i]; }); });
    });
  }
  label(doc); doc.addEventListener('htmx:afterSettle', (e) => label(e.target.parentNode || doc));
  doc.querySelectorAll('[data-back]').forEach((b) => { if (history.length > 1) b.hidden = false; });
  doc.addEventListener('submit', (e) => {
    const words = e.target.dataset && e.target.dataset.ask;
    if (words && !confirm(words)) { e.preventDefault(); return; }
    const button = e.submitter;
    if (button && !e.target.hasAttribute('hx-post') && e.target.method === 'post') setTimeout(() => { button.disabled = true; button.dataset.sent = ''; }, 0);
  });
  /* 从别页退回来时，只放开上面自己按住的那些 */
  addEventListener('pageshow', () => doc.querySelectorAll('button[data-sent]').forEach((b) => { b.disabled = false; delete b.dataset.sent; }));

  /* 网络与出错 */
  doc.addEventListener('htmx:sendError', () => toast('网络断开，没有保存。内容还在页面上', true));
  doc.addEventListener('htmx:responseError', (e) => {
    const xhr = e.detail.xhr;
    if (!xhr.getResponseHeader('HX-Trigger')) toast((xhr.status >= 500 ? '没有做成，请稍后再试。编号 ' : '没有做成。编号 ') + (xhr.getResponseHeader('X-Request-Number') || xhr.status), true);
  });

  /* 闲置提醒：到时前两分钟说一声 */
  const idle = Number(body.dataset.idle || 0);
  if (idle > 3) {
    let timer;
    const again = () => { clearTimeout(timer); timer = setTimeout(() => toast('已有 ' + (idle - 2) + ' 分钟没有操作，再过 2 分钟将退出登录。请保存正在填写的内容', true), (idle - 2) * 60000); };
    again(); doc.addEventListener('htmx:afterRequest', again);
  }
  /* 能滚动的区域，键盘也要进得去 */
  const reachable = () => doc.querySelectorAll('.tablewrap, .rightc, .scroll, .source, .cards, .rankscroll').forEach((box) => {
    const way = getComputedStyle(box), scrolls = (way.overflowX !== 'visible' && box.scrollWidth > box.clientWidth) || (way.overflowY !== 'visible' && box.scrollHeight > box.clientHeight);
    if (scrolls && !box.hasAttribute('tabindex')) box.tabIndex = 0;
  });
  reachable(); addEventListener('load', reachable); addEventListener('resize', reachable); doc.addEventListener('htmx:afterSettle', reachable);
  window.QSFrame = { toast, closeDrawer, card };
})();
