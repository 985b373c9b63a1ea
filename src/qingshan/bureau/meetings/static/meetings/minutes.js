/* 纪要核对：选中原文一句话，补录它的起止 */
(function () {
  const form = document.getElementById('add'), source = document.getElementById('source');
  if (!form || !source) return;
  /* 页面按 UTF-16 数，后端按字数：生僻字占两个 */
  const chars = (text) => [...text].length;
  function place(node, offset) {
    const run = (node.nodeType === 3 ? node.parentNode : node).closest('[data-start]');
    if (!run || !source.contains(run)) return null;
    return Number(run.dataset.start) + chars((node.nodeType === 3 ? node.data : run.textContent).slice(0, node.nodeType === 3 ? offset : 0));
  }
  document.addEventListener('selectionchange', () => {
    const chosen = getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed || !source.contains(chosen.anchorNode)) return;
    const range = chosen.getRangeAt(0), start = place(range.startContainer, range.startOffset), end = place(range.endContainer, range.endOffset);
    if (start !== null && end !== null && end > start) { form.start.value = start; form.end.value = end; }
  });
})();
