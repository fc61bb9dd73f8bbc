import { request, staffPath } from './request'
import type { Dashboard, Desk, Page, SearchGroup, Task } from './types'

/** Every desk the officer works at, with counts. */
export const fetchWorklist = () => request<{ desks: Desk[] }>('GET', staffPath('/worklist'))

/** What waits, most urgent first. */
export const fetchTasks = (desk: string, mine: boolean, after: string | null) =>
  request<Page<Task>>('GET', staffPath('/worklist/items', { desk, mine, after }))

/** Anything by any number, name or phone. */
export const searchAll = (q: string) => request<{ groups: SearchGroup[] }>('GET', staffPath('/search', { q }))

/** Figures of a span of Beijing days. */
export const fetchDashboard = (from: string, to: string) =>
  request<Dashboard>('GET', staffPath('/dashboard', { from, to }))
