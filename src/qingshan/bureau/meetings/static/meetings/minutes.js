/* 纪要核对：选中原文一句话，补录它的起止 */
(function () {
  const form = document.getElementById('add'), source = document.getElementById('source');
  if (!form || !source) return;
  const field = (name) => form.querySelector(`[name=${name}]`);
  /* 页面按 UTF-16 数，后端按字数：生僻字占两个 */
  const chars = (text) => [...text].length;
  /* 一段里到选区边界为止的字数；边界不在这段的字上，就是整段 */
  function within(run, node, offset, whole) {
    return run.contains(node) && node.nodeType === 3 ? chars(node.data.slice(0, offset)) : whole;
  }
  document.addEventListener('selectionchange', () => {
    const chosen = getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed || !source.contains(chosen.anchorNode)) return;
    const range = chosen.getRangeAt(0), runs = [...source.querySelectorAll('[data-start]')].filter((run) => range.intersectsNode(run));
    if (!runs.length) return;
    const first = runs[0], last = runs[runs.length - 1];
    field('start').value = Number(first.dataset.start) + within(first, range.startContainer, range.startOffset, 0);
    field('end').value = Number(last.dataset.start) + within(last, range.endContainer, range.endOffset, chars(last.textContent));
  });
})();
