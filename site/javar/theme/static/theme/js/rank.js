// Dragging a row writes the whole order at once; the buttons stay the way without a mouse. Where
// the line is down the rows go back to the order that is saved.
export function dragToRank(page) {
  for (const list of page.querySelectorAll('.rank[data-drag]')) {
    let held = null;
    let before = [];
    const order = () => [...list.children].map((row) => row.dataset.wish);
    for (const row of list.children) row.draggable = true;
    list.addEventListener('dragstart', (event) => {
      held = event.target.closest('li');
      before = [...list.children];
    });
    list.addEventListener('dragover', (event) => {
      const over = event.target.closest('li');
      if (!held || !over) return;
      event.preventDefault();
      if (over === held) return;
      const box = over.getBoundingClientRect();
      over[event.clientY > box.top + box.height / 2 ? 'after' : 'before'](held);
    });
    list.addEventListener('drop', (event) => event.preventDefault());
    list.addEventListener('dragend', async () => {
      if (!held) return;
      const sent = new FormData(held.querySelector('form'));
      held = null;
      if (before.every((row, place) => row === list.children[place])) return;
      for (const wish of order()) sent.append('wish', wish);
      try {
        await fetch(list.dataset.drag, { method: 'POST', body: sent });
        location.reload();
      } catch {
        list.replaceChildren(...before);
      }
    });
  }
}
