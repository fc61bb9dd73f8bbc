// A person with a thumb: counts every touch and every typed character (users.md §3).

/** Touches and types on a page (or a frame of it), and counts. */
export class Person {
  constructor(page) {
    this.page = page;
    this.taps = 0;
    this.characters = 0;
  }

  /** From here on the budget runs. */
  startCounting() {
    this.taps = 0;
    this.characters = 0;
  }

  async tap(target) {
    await target.click();
    this.taps += 1;
  }

  async type(target, text) {
    await target.fill(text);
    this.characters += text.length;
  }
}
