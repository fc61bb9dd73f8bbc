import type { ManualChunkMeta } from 'rollup'

/** What every other page needs travels together: on a slow line a request costs more than a few kilobytes. */
const SHARED = /\/src\/(api|composables|platform|stores|text)\/|\/node_modules\/wot-design-uni\//
const SHARED_COMPONENTS =
  /\/src\/components\/(app-|page-|money-sum|unit-bar|help-line|sticky-bar|paged-list|list-end|search-box|fee-row|order-card|copy-row|notice-card|my-invitations|elder-switch)/

/** Empty in the end, but whatever imports them would have to wait for the file they lie in. */
const FRAMEWORK_STYLE = /\/node_modules\/.*\.css$/

/** Where most people arrive; what these need comes with the framework, what only other pages share comes after it. */
const FIRST = /\/src\/(main\.ts|pages\/(home\/home|confirm\/confirm)\.vue)$/

/** Names the file that a module goes into, once all modules are known. */
export function sharedCode(): (id: string, meta: ManualChunkMeta) => string | undefined {
  let needed: Set<string> | undefined
  const neededFirst = ({ getModuleIds, getModuleInfo }: ManualChunkMeta) => {
    const found = new Set<string>()
    const walk = (id: string) => {
      if (found.has(id)) return
      found.add(id)
      getModuleInfo(id)?.importedIds.forEach(walk)
    }
    for (const id of getModuleIds()) if (FIRST.test(id)) walk(id)
    return found
  }
  return (id, meta) => {
    if (FRAMEWORK_STYLE.test(id)) return 'shared'
    if (!SHARED.test(id) && !SHARED_COMPONENTS.test(id)) return undefined
    needed ??= neededFirst(meta)
    return needed.has(id) ? 'shared' : 'common'
  }
}
