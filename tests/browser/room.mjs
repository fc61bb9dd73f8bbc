// Whether a page has room for what is on it.

import assert from 'node:assert/strict';

/** Neither the window nor the part of it that holds a page of the console scrolls sideways. */
export async function fitsInWindow(page) {
  const [wide, room, content, content_room] = await page.evaluate(() => {
    const { documentElement: all } = document;
    const main = document.querySelector('#content') ?? all;
    return [all.scrollWidth, window.innerWidth, main.scrollWidth, main.clientWidth];
  });
  assert.ok(wide <= room, `${page.url()}: ${wide} px in a window of ${room}`);
  assert.ok(content <= content_room, `${page.url()}: ${content} px in a page of ${content_room}`);
}

/** What can be pressed lies inside its card, from its left to its right side. */
export async function liesInCard(button) {
  const [left, right, card_left, card_right] = await button.evaluate((element) => {
    const box = element.getBoundingClientRect();
    const card = element.closest('.card').getBoundingClientRect();
    return [box.left, box.right, card.left, card.right];
  });
  const said = `${left}–${right} px in a card of ${card_left}–${card_right}`;
  assert.ok(left >= card_left && right <= card_right, said);
}
