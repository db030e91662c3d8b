'use strict';
// Sorting and filtering, added to tables that can be read without either. Outside text is only
// ever compared and moved, never turned into markup.
for (const table of document.querySelectorAll('table')) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const key = (row, column) => {
    const cell = row.cells[column];
    return 'value' in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  };
  const compare = (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    if (typeof a === 'number') return -1;
    if (typeof b === 'number') return 1;
    return a.localeCompare(b, 'en', { numeric: true });
  };
  if (rows.length > 1) {
    Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener('click', () => {
        const descending = heading.getAttribute('aria-sort') === 'ascending';
        for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
        heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        const sorted = rows.slice().sort((a, b) => compare(key(a, column), key(b, column)));
        body.append(...(descending ? sorted.reverse() : sorted));
      });
    });
  }
  if (table.dataset.filter === 'yes') {
    const label = document.createElement('label');
    const input = document.createElement('input');
    const found = document.createElement('span');
    input.type = 'search';
    found.setAttribute('role', 'status');
    label.className = 'filter';
    label.append('Filter ', input, ' ', found);
    table.parentElement.before(label);
    input.addEventListener('input', () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      found.textContent = wanted ? `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows` : '';
    });
  }
}
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
};
window.addEventListener('hashchange', open);
window.addEventListener('beforeprint', () => {
  for (const part of document.querySelectorAll('details')) part.open = true;
});
open();
