// axe-core on what a page shows, and the sizes that the elder mode promises.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './demo.mjs';

const require = createRequire(join(ROOT, 'miniprogram/package.json'));
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong, one line each; empty when all is well. */
export async function violations(page) {
  // The pages forbid scripts written into them; one given through the debugger is not bound by that.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

/** Whether the page scrolls sideways, which hides things from a thumb. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** Everything pressable that is smaller than `size_px` in its smaller dimension. */
export function smallTargets(page, size_px) {
  return page.evaluate((least) => {
    const pressable = '[role="button"], [role="checkbox"], [role="radio"], [role="tab"], [role="switch"], [role="link"]';
    return [...document.querySelectorAll(pressable)]
      .filter((one) => one.offsetParent !== null)
      .map((one) => ({ one, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < least - 0.5)
      .map(({ one, box }) => `${one.textContent.trim().slice(0, 20)} ${Math.round(box.width)}×${Math.round(box.height)}`);
  }, size_px);
}

/** Visible words whose letters are smaller than `size_px`. */
export function smallLetters(page, size_px) {
  return page.evaluate((least) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const small = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const holder = node.parentElement;
      if (!node.data.trim() || !holder || holder.offsetParent === null) continue;
      if (parseFloat(getComputedStyle(holder).fontSize) < least - 0.1) small.push(node.data.trim().slice(0, 30));
    }
    return small;
  }, size_px);
}

/** Hints in empty fields that are longer than their field. */
export function cutHints(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('.uni-input-placeholder')]
      .filter((one) => one.offsetParent !== null && one.scrollWidth > one.clientWidth)
      .map((one) => one.textContent),
  );
}
