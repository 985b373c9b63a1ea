/* 表单编制：行的上移、下移。没有它，改“序”里的数一样能排。 */
(function () {
  const places = (body) => [...body.querySelectorAll('td.place .input')];
  function renumber(body) { places(body).forEach((box, n) => { box.value = n + 1; }); }
  document.querySelectorAll('.composer td.place').forEach((cell) => {
    [['↑', '上移', -1], ['↓', '下移', 1]].forEach(([sign, words, step]) => {
      const button = document.createElement('button');
      button.type = 'button'; button.className = 'move'; button.textContent = sign; button.setAttribute('aria-label', words);
      button.addEventListener('click', () => {
        const row = cell.closest('tr'), other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
        if (!other || !other.querySelector('td.place')) return;
        if (step < 0) other.before(row); else other.after(row);
        renumber(row.parentElement); button.focus();
      });
      cell.append(button);
    });
  });
})();
