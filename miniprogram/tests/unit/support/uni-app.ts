import { onMounted, onUnmounted } from 'vue'

/** The page's life as the framework calls it; tests give the query with `openWith`. */
let query: Record<string, string> = {}

/** Sets the query that the next mounted page is opened with. */
export function openWith(next: Record<string, string>): void {
  query = next
}

export const onLoad = (run: (options: Record<string, string>) => void) => onMounted(() => run(query))
export const onShow = (run: () => void) => onMounted(() => run())
export const onHide = (run: () => void) => onUnmounted(() => run())
export const onShareAppMessage = (share: () => object) => void share
export const onLaunch = (run: () => void) => run()
export const onReachBottom = (run: () => void) => void run
export const onPullDownRefresh = (run: () => void) => void run
