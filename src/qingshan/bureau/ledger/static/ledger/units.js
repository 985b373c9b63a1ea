/* 选单位：勾选后摘要随之改；点别处收起 */
(function () {
  document.addEventListener('change', (e) => {
    const picker = e.target.closest && e.target.closest('.picker');
    if (!picker) return;
    const words = [...picker.querySelectorAll('input:checked')].map((i) => i.dataset.word), said = picker.querySelector('summary span');
    said.textContent = words.join('、') || said.dataset.empty;
  });
  document.addEventListener('click', (e) => document.querySelectorAll('.picker[open]').forEach((p) => { if (!p.contains(e.target)) p.open = false; }));
  document.addEventListener('keydown', (e) => { if (e.key === 'Escape') document.querySelectorAll('.picker[open]').forEach((p) => { p.open = false; p.querySelector('summary').focus(); }); });
})();
