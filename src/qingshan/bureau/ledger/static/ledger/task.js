/* 反馈表：选了什么文件说出来；没交的文字存在本机，断网也不丢 */
(function () {
  const form = document.getElementById('return');
  if (!form) return;
  const files = form.querySelector('input[type="file"]'), list = form.querySelector('.chosen'), words = form.elements.words, value = form.elements.value, key = 'qs-' + form.dataset.draft;
  files.addEventListener('change', () => {
    list.replaceChildren(...[...files.files].map((f) => { const li = document.createElement('li'); li.textContent = f.name + '，' + (f.size > 1048576 ? (f.size / 1048576).toFixed(1) + ' MB' : Math.ceil(f.size / 1024) + ' KB'); return li; }));
  });
  const said = form.querySelector('[data-saved]');
  try {
    const kept = JSON.parse(localStorage.getItem(key) || 'null');
    if (kept && !words.value) { words.value = kept.words || ''; if (value && kept.value) value.value = kept.value; if (kept.words && said) said.textContent = '已取回上次没交的内容'; }
    form.addEventListener('input', () => localStorage.setItem(key, JSON.stringify({ words: words.value, value: value ? value.value : '' })));
  } catch (e) { /* 不许存就不存 */ }
  form.addEventListener('submit', (e) => {
    if (!navigator.onLine) { e.preventDefault(); QSFrame.toast('没有网络，内容存在本机，联网后再交', true); return; }
    try { localStorage.removeItem(key); } catch (x) { /* 同上 */ }
    const b = e.submitter;
    if (b && b.name && b.value) { const h = document.createElement('input'); h.type = 'hidden'; h.name = b.name; h.value = b.value; form.append(h); }
  });
})();
