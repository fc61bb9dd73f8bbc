/** Where the pages run; it decides how people sign in, pay and open files. */
export type ClientKind = 'h5-wechat' | 'h5-browser' | 'mini-program'

/**
 * Where the server is. In the browser it is the page's own origin; the mini-program needs it at
 * build time (`VITE_API_ORIGIN`), because WeChat only talks to registered HTTPS hosts.
 */
export const API_ORIGIN: string = import.meta.env.VITE_API_ORIGIN ?? ''

/**
 * The whole address of a file of ours, for pictures: the browser's framework would look for a bare
 * path below the pages.
 */
export function fileAddress(path: string): string {
  let origin = API_ORIGIN
  // #ifdef H5
  origin ||= window.location.origin
  // #endif
  return origin + path
}

/** Tells whether a browser's name is that of WeChat's built-in browser. */
export function isWechatUserAgent(userAgent: string): boolean {
  return /MicroMessenger/i.test(userAgent)
}

/** Where we run right now. */
export function clientKind(): ClientKind {
  let kind: ClientKind = 'mini-program'
  // #ifdef H5
  kind = isWechatUserAgent(navigator.userAgent) ? 'h5-wechat' : 'h5-browser'
  // #endif
  return kind
}
