import { showMissing } from './navigate'

/** What only the browser's router needs; the mini-program has none of this. */
interface Route {
  loader?: () => Promise<unknown>
}

interface Router {
  afterEach(run: (to: { matched: unknown[] }) => void): void
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
