import { showMissing } from './navigate'

/** What only the browser's router needs; the mini-program has none of this. */
interface Route {
  loader?: () => Promise<unknown>
}

interface Router {
  afterEach(run: (to: { matched: unknown[] }) => void): void
}

interface Shown {
  $page?: { fullPath?: string }
}

/** After the first page has been used for a moment, the line is free. */
const QUIET_MS = 3000

/** An address typed or changed by hand while the pages are open may be none of ours. */
export function watchForMissing(): void {
  const { $router } = getApp() as unknown as { $router: Router }
  $router.afterEach(({ matched }) => {
    if (matched.length === 0) showMissing()
  })
}

/**
 * The router keeps a page that is open when only what stands behind `?` changes in the address (a bookmark, a link, a
 * step back), and pages read that once: an order's address must never show another order, so the page is begun anew.
 */
export function watchForOther(): void {
  window.addEventListener('hashchange', () => {
    // The router has its turn first.
    setTimeout(() => {
      const shown = (getCurrentPages().at(-1) as Shown | undefined)?.$page?.fullPath
      if (shown && isOther(shown, window.location.hash.slice(1))) window.location.reload()
    })
  })
}

/** Whether an address asks the page that is shown for something else. */
export function isOther(shown: string, wanted: string): boolean {
  const [path, words] = parts(shown)
  const [wantedPath, wantedWords] = parts(wanted)
  return path === wantedPath && words !== wantedWords
}

function parts(address: string): [string, string] {
  const [path = '', words = ''] = decodeURIComponent(address).split('?', 2)
  return [path, words.split('&').filter(Boolean).sort().join('&')]
}

/**
 * Fetches the code of all other pages while there is nothing else to do, so that they also open in
 * a machine room without a signal. Who saves data, or has no network now, is left alone.
 */
export function fetchPagesAhead(): void {
  const { connection } = navigator as { connection?: { saveData?: boolean } }
  if (connection?.saveData) return
  setTimeout(async () => {
    const { __uniRoutes: routes } = window as unknown as { __uniRoutes: Route[] }
    for (const { loader } of routes) {
      if (!navigator.onLine) return
      // A page that does not come now is fetched when it is opened.
      await loader?.().catch(() => undefined)
    }
  }, QUIET_MS)
}
