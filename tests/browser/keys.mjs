// A person at a keyboard with a reader of the screen: moves by keys alone, and knows things by the role and the name that
// the browser tells readers.

const STOPS_MAX = 80;
/** Sheets slide in. */
const STILL_MS_MAX = 3_000;

/** Keys of a page. Nothing here clicks or points. */
export async function keysOf(page) {
  const tree = await page.context().newCDPSession(page);
  // From the start the browser hands choosers of files to us: a key is faster than that could be arranged.
  page.on('filechooser', () => undefined);

  /** Role, name and state of what has the focus, as a reader says it. */
  async function focused() {
    const { result } = await tree.send('Runtime.evaluate', { expression: 'document.activeElement' });
    const { nodes } = await tree.send('Accessibility.getPartialAXTree', { objectId: result.objectId, fetchRelatives: false });
    const [{ role, name, properties = [] }] = nodes;
    const state = Object.fromEntries(properties.map((one) => [one.name, one.value.value]));
    return { role: role?.value ?? '', name: name?.value ?? '', state };
  }

  const press = (key) => page.keyboard.press(key);
  const fits = (one, role, name) => one.role === role && (name instanceof RegExp ? name.test(one.name) : one.name === name);

  /** Goes on with `key` until the focus is on this role and name; throws with what was met where it never is. */
  async function reach(role, name, key = 'Tab') {
    const met = [];
    for (let steps = 0; steps < STOPS_MAX; steps += 1) {
      const here = await focused();
      if (fits(here, role, name)) return here;
      met.push(`${here.role} ${here.name}`);
      await press(key);
    }
    throw new Error(`the keyboard does not reach ${role} ${name}; it met\n${met.join('\n')}`);
  }

  const covered = () =>
    page.evaluate(() => {
      const one = document.activeElement;
      const box = one.getBoundingClientRect();
      const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return at !== null && (one.contains(at) || at.contains(one)) ? '' : `${one.textContent} is under ${at?.textContent}`;
    });

  /** What has the focus must not lie under something else, once it has stopped moving. */
  async function seen() {
    const until = Date.now() + STILL_MS_MAX;
    for (let wrong = await covered(); wrong; wrong = await covered()) {
      if (Date.now() > until) throw new Error(wrong);
    }
  }

  return {
    focused,
    press,
    reach,
    /** Goes to a button (or what can be pressed) and presses it. */
    async push(name, { role = 'button', key = 'Enter' } = {}) {
      await reach(role, name);
      await seen();
      await press(key);
    },
    /** Goes to a field and types; goes on at once, without waiting. */
    async type(name, text, role = 'textbox') {
      await reach(role, name);
      await seen();
      await page.keyboard.type(text);
    },
    /** Opens a list of choices, walks to one with the arrows and takes it. */
    async choose(label, option) {
      await reach('button', new RegExp(`^${label} `));
      await press('Enter');
      await page.getByRole('dialog', { name: label }).waitFor();
      await page.waitForFunction(() => document.activeElement.getAttribute('role') === 'radio');
      await reach('radio', option, 'ArrowDown');
      await seen();
      await press('Space');
      await page.getByRole('dialog', { name: label }).waitFor({ state: 'detached' });
    },
    /** Opens the chooser of files and gives one. */
    async attach(name, file) {
      await reach('button', name);
      await seen();
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press('Enter')]);
      await chooser.setFiles(file);
    },
    /** Every stop of the tab key from the present focus to the end of the page, as `role name`. */
    async stops() {
      const met = [];
      for (let steps = 0; steps < STOPS_MAX; steps += 1) {
        await press('Tab');
        const { role, name } = await focused();
        // Behind the last one comes the browser itself.
        if (!name) break;
        met.push(`${role} ${name}`);
      }
      return met;
    },
  };
}
