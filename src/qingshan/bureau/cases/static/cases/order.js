/* 一案一档：选好照片即上传；填了一半的内容留在本机，网断了也不丢。 */
(function () {
  document.querySelectorAll('[data-send]').forEach((input) => input.addEventListener('change', () => {
    if (!input.files.length) return;
    const form = input.form;
    if (!navigator.onLine) { QSFrame.toast('没有网络，照片还没有上传。联网后请再选一次', true); input.value = ''; return; }
    form.classList.add('busy');
    const words = form.querySelector('b');
    if (words) words.textContent = '正在上传 ' + input.files.length + ' 份…';
    form.submit();
  }));
  const store = { get(k) { try { return JSON.parse(localStorage.getItem(k) || '{}'); } catch (e) { return {}; } }, set(k, v) { try { localStorage.setItem(k, JSON.stringify(v)); } catch (e) { /* 本机存储不可用时只是不留草稿 */ } }, drop(k) { try { localStorage.removeItem(k); } catch (e) { /* 同上 */ } } };
  document.querySelectorAll('form[data-keep]').forEach((form) => {
    const key = 'draft:' + form.dataset.keep, kept = store.get(key);
    form.querySelectorAll('textarea,select').forEach((field) => {
      if (!field.value && kept[field.name]) field.value = kept[field.name];
      field.addEventListener('input', () => { const now = store.get(key); now[field.name] = field.value; store.set(key, now); });
    });
    form.addEventListener('submit', (e) => {
      if (!navigator.onLine) { e.preventDefault(); QSFrame.toast('没有网络。填的内容存在本机，联网后再提交', true); return; }
      store.drop(key);
    });
  });
})();
/* 列表：勾选计数、全选本页。 */
(function () {
  const form = document.getElementById('bulk');
  if (!form) return;
  const boxes = () => Array.from(document.querySelectorAll('input[name="case"][form="bulk"]'));
  const count = () => { const n = boxes().filter((b) => b.checked).length; form.querySelector('[data-picked]').textContent = n; form.classList.toggle('on', n > 0); };
  document.addEventListener('change', (e) => {
    if (e.target.matches('[data-pickall]')) boxes().forEach((b) => { b.checked = e.target.checked; });
    if (e.target.matches('[data-pickall], input[name="case"]')) count();
  });
  count();
  const what = form.elements.do, show = () => {
    const wanted = ((what.selectedOptions[0] || {}).dataset || {}).fields || '';
    form.querySelectorAll('[data-for]').forEach((field) => { field.hidden = !field.dataset.for.split(' ').some((name) => wanted.split(' ').includes(name)); });
  };
  what.addEventListener('change', show);
  show();
})();
