/**
 * The way back through a list that the server pages by key: it only knows "after this one", so the starts of the pages
 * that were passed are kept here. The first page starts at `null`.
 */
export class CursorStack {
  private starts: (string | null)[]

  constructor(starts: (string | null)[] = [null]) {
    this.starts = starts.length > 0 ? [...starts] : [null]
  }

  /** Where the page on show starts. */
  get current(): string | null {
    return this.starts[this.starts.length - 1] ?? null
  }

  /** Counting from one. */
  get page(): number {
    return this.starts.length
  }

  get hasPrevious(): boolean {
    return this.starts.length > 1
  }

  forward(next: string): void {
    this.starts.push(next)
  }

  back(): void {
    if (this.hasPrevious) this.starts.pop()
  }

  reset(): void {
    this.starts = [null]
  }

  /** For keeping across a visit to another page. */
  toArray(): (string | null)[] {
    return [...this.starts]
  }
}
