'use strict';
// Sorting, filtering and unpacking, added to a page that can be read without. Outside text is only
// ever compared and moved; what is unpacked is the page's own markup, escaped by its writer.
const ROWS_AT_FIRST = 60;

const value = (row, column) => {
  const cell = row.cells[column];
  return 'value' in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
};

const compare = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number') return -1;
  if (typeof b === 'number') return 1;
  return a.localeCompare(b, 'en', { numeric: true });
};

const make = (tag, properties, ...inside) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
};

// A table's rows as they are chosen by text and by values, the first ones until all are asked for.
class Rows {
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.headings = Array.from(table.tHead.rows[0].cells);
    this.rows = Array.from(this.body.rows);
    this.rest = table.parentElement.querySelector(':scope > script.rest');
    this.all = this.rows.length <= ROWS_AT_FIRST && !this.rest;
    this.selects = [];
    this.text = '';
    this.chosen = new Map();
    this.found = make('span', { role: 'status' });
    this.more = make('button', { type: 'button', className: 'more' });
    this.more.addEventListener('click', () => {
      this.complete();
      this.all = true;
      this.show();
    });
  }

  // A long table's further rows are made only when they are asked for.
  complete() {
    if (!this.rest) return;
    const whole = `<table><tbody>${this.rest.textContent}</tbody></table>`;
    this.rest = null;
    const rows = Array.from(new DOMParser().parseFromString(whole, 'text/html').querySelector('tbody').rows);
    this.body.append(...rows);
    this.rows.push(...rows);
    this.selects.forEach(([select, column]) => this.fillChoices(select, column));
    this.show();
  }

  show() {
    let fitting = 0;
    for (const row of this.rows) {
      const fits =
        (!this.text || row.textContent.toLowerCase().includes(this.text)) &&
        Array.from(this.chosen).every(([column, wanted]) => row.cells[column].textContent === wanted);
      fitting += fits ? 1 : 0;
      row.hidden = !fits || (!this.all && fitting > ROWS_AT_FIRST);
    }
    const narrowed = this.text || this.chosen.size;
    this.found.textContent = narrowed ? `${fitting} of ${this.rows.length} rows` : '';
    this.more.textContent = this.rest ? 'Show all rows' : `Show all ${fitting} rows`;
    this.more.hidden = this.all || (!this.rest && fitting <= ROWS_AT_FIRST);
  }

  sort(heading, column) {
    this.complete();
    const descending = heading.getAttribute('aria-sort') === 'ascending';
    for (const other of this.headings) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    const keyed = this.rows.map((row) => [value(row, column), row]).sort((a, b) => compare(a[0], b[0]));
    this.rows = (descending ? keyed.reverse() : keyed).map(([, row]) => row);
    this.body.append(...this.rows);
    this.show();
  }

  addSorting() {
    this.headings.forEach((heading, column) => {
      const button = make('button', { type: 'button' }, heading.textContent);
      heading.replaceChildren(button);
      button.addEventListener('click', () => this.sort(heading, column));
    });
  }

  fillChoices(select, column) {
    const values = new Set(this.rows.map((row) => row.cells[column].textContent));
    select.replaceChildren(make('option', { value: '' }, 'all'));
    for (const one of Array.from(values).sort()) select.append(make('option', { value: one }, one));
    return values.size;
  }

  addFilters() {
    const input = make('input', { type: 'search' });
    input.addEventListener('input', () => {
      this.text = input.value.trim().toLowerCase();
      this.show();
    });
    const bar = make('div', { className: 'filter' }, make('label', {}, 'Filter ', input));
    bar.addEventListener('focusin', () => this.complete());
    this.headings.forEach((heading, column) => {
      if (!('choice' in heading.dataset)) return;
      const select = make('select', {});
      if (this.fillChoices(select, column) < 2 && !this.rest) return;
      this.selects.push([select, column]);
      select.addEventListener('change', () => {
        if (select.value) this.chosen.set(column, select.value);
        else this.chosen.delete(column);
        this.show();
      });
      bar.append(make('label', {}, `${heading.textContent} `, select));
    });
    bar.append(this.found);
    this.table.parentElement.before(bar);
    this.table.parentElement.after(this.more);
  }
}

const enhance = (place) => {
  for (const table of place.querySelectorAll('table')) {
    const rows = new Rows(table);
    if (rows.rows.length < 2) continue;
    if (table.dataset.filter === 'yes') rows.addFilters();
    rows.addSorting();
    rows.show();
  }
};

const packed = document.getElementById('packed');
const chunks = packed ? packed.textContent.split(' ') : [];
const unpacked = new Map();

const unpack = (number) => {
  if (!unpacked.has(number)) {
    const bytes = Uint8Array.from(atob(chunks[number]), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
    unpacked.set(number, new Response(stream).json());
  }
  return unpacked.get(number);
};

// Puts a packed cell's part into its place.
const fill = async (part) => {
  const place = part.querySelector(':scope > [data-packed]');
  if (!place) return;
  const [chunk, index] = place.dataset.packed.split(':').map(Number);
  delete place.dataset.packed;
  const inside = new DOMParser().parseFromString((await unpack(chunk))[index], 'text/html').body;
  enhance(inside);
  place.replaceWith(...inside.childNodes);
};

const reveal = async () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target; part; part = part.parentElement) {
    if (part instanceof HTMLDetailsElement) part.open = true;
  }
  if (target instanceof HTMLDetailsElement) await fill(target);
  target.scrollIntoView();
};

enhance(document);
for (const part of document.querySelectorAll('details.cell')) part.addEventListener('toggle', () => fill(part));
window.addEventListener('hashchange', reveal);
window.addEventListener('beforeprint', () => {
  if (chunks.length) return;
  for (const part of document.querySelectorAll('details')) part.open = true;
});
reveal();
