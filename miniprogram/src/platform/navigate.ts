/** Every page by its short name; the paths are public (messages and menus link to them). */
export const PAGES = {
  home: '/pages/home/home',
  fees: '/pages/fees/fees',
  confirm: '/pages/confirm/confirm',
  pay: '/pages/pay/pay',
  orders: '/pages/orders/orders',
  order: '/pages/order/order',
  reports: '/pages/reports/reports',
  titles: '/pages/titles/titles',
  messages: '/pages/messages/messages',
  messageSettings: '/pages/messages/settings',
  me: '/pages/me/me',
  devices: '/pages/devices/devices',
  password: '/pages/password/password',
  help: '/pages/help/help',
  offices: '/pages/offices/offices',
  privacy: '/pages/privacy/privacy',
  login: '/pages/login/login',
  missing: '/pages/missing/missing',
  notice: '/pages/bank/notice',
  remittance: '/pages/bank/remittance',
  find: '/pages/guest/find',
  asked: '/pages/guest/asked',
  receipts: '/pages/papers/receipts',
  report: '/pages/papers/report',
  vouchers: '/pages/papers/vouchers',
  credits: '/pages/credit/credits',
  credit: '/pages/credit/credit',
  requestCredit: '/pages/credit/request',
  recover: '/pages/account/recover',
  phone: '/pages/account/phone',
  question: '/pages/account/question',
  personalData: '/pages/account/data',
  members: '/pages/unit/members',
  invite: '/pages/unit/invite',
  accept: '/pages/unit/accept',
  register: '/pages/register/register',
  registrations: '/pages/register/mine',
  agreement: '/pages/register/agreement',
  consents: '/pages/register/consents',
  unitProfile: '/pages/unit/profile',
  unitChange: '/pages/unit/change',
  qualifications: '/pages/unit/qualifications'
} as const

/** A page's short name. */
export type PageName = keyof typeof PAGES

/** WeChat keeps at most ten pages; beyond that the newest is replaced. */
const PAGE_STACK_MAX = 9

/** A page's address with its query. */
export function pageUrl(page: PageName, query: Record<string, string> = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return PAGES[page] + (pairs.length > 0 ? `?${pairs.join('&')}` : '')
}

/** Opens a page so that going back returns here. */
export function open(page: PageName, query: Record<string, string> = {}): void {
  const url = pageUrl(page, query)
  if (getCurrentPages().length >= PAGE_STACK_MAX) uni.redirectTo({ url })
  else uni.navigateTo({ url, fail: () => uni.redirectTo({ url }) })
}

/** Puts a page in this one's place: going back does not return here. */
export function replace(page: PageName, query: Record<string, string> = {}): void {
  uni.redirectTo({ url: pageUrl(page, query) })
}

/** Whether there is a page of ours to go back to. */
export function canGoBack(): boolean {
  return getCurrentPages().length > 1
}

/** Goes back, or home when this page was opened by a link. */
export function back(): void {
  if (canGoBack()) uni.navigateBack({ delta: 1 })
  else goHome()
}

/** Goes to the home page and forgets the way here. */
export function goHome(): void {
  uni.reLaunch({ url: PAGES.home })
}

/** Says that there is no such page. */
export function showMissing(): void {
  uni.reLaunch({ url: PAGES.missing })
}

/** The page part of a link such as `/h5/#/pages/order/order?id=…`; home when it is none of ours. */
export function pageOfLink(link: string): string {
  const at = link.indexOf('/pages/')
  const path = at >= 0 ? link.slice(at) : ''
  const known = Object.values(PAGES).some((page) => path === page || path.startsWith(`${page}?`))
  return known ? path : PAGES.home
}

/** Opens a link of a message or a `return_to`. */
export function openLink(link: string, instead = false): void {
  const url = pageOfLink(link)
  if (url === PAGES.home) goHome()
  else if (instead) uni.redirectTo({ url })
  else uni.navigateTo({ url, fail: () => uni.redirectTo({ url }) })
}

/** The address of the page shown now, with its query; used to come back after a login. */
export function currentUrl(): string {
  const pages = getCurrentPages()
  const page = pages[pages.length - 1] as unknown as
    | { route?: string; options?: Record<string, string>; $page?: { fullPath?: string } }
    | undefined
  if (!page) return PAGES.home
  if (page.$page?.fullPath) return page.$page.fullPath
  const pairs = Object.entries(page.options ?? {}).map(([name, value]) => `${name}=${value}`)
  return `/${page.route ?? ''}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}

/** Reads one value of a page's query; the two targets differ in whether it is still encoded. */
export function queryValue(options: Record<string, unknown> | undefined, name: string): string {
  const value = options?.[name]
  if (typeof value !== 'string') return ''
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
