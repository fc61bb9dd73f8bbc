import { signInByMiniProgram } from '@/api/session'
import type { Session } from '@/api/types'
import { session } from '@/stores/session'
import { clientKind } from './environment'

/** One silent attempt per visit: a WeChat that does not know us must not send us round in circles. */
const TRIED_KEY = 'tejian-silent-sign-in'

/** Sends the browser to WeChat's silent authorisation and back to `page` (a path of ours). */
export function startWechatAuthorisation(page: string): void {
  // #ifdef H5
  const return_to = `${window.location.pathname}#${page}`
  window.location.replace(`/wechat/oauth/start?return_to=${encodeURIComponent(return_to)}`)
  // #endif
  void page
}

function triedInThisVisit(): boolean {
  let tried = true
  // #ifdef H5
  try {
    tried = window.sessionStorage.getItem(TRIED_KEY) === '1'
    window.sessionStorage.setItem(TRIED_KEY, '1')
  } catch {
    tried = true
  }
  // #endif
  return tried
}

/** `wx.login`: a code that our server exchanges for the openid. */
function miniProgramCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    uni.login({
      provider: 'weixin',
      success: ({ code }) => resolve(code),
      fail: ({ errMsg }) => reject(new Error(errMsg))
    })
  })
}

/**
 * Whom WeChat is to charge when somebody pays who is not signed in: in the mini-program a fresh ticket
 * of our server; a browser carries it in a cookie and needs none.
 */
export async function payerTicket(): Promise<string | undefined> {
  if (clientKind() !== 'mini-program' || session.signedIn.value) return undefined
  const known = session.adopt(await signInByMiniProgram(await miniProgramCode()))
  return known.bind_ticket ?? undefined
}

/**
 * Signs in without a question where WeChat can vouch for the person (B-01). In the mini-program
 * this calls the server; in WeChat's browser it leaves the page and comes back. Resolves to the
 * session as far as it is known; a plain browser just stays a visitor.
 */
export async function signInSilently(current: Session, page: string): Promise<Session> {
  if (current.signed_in) return current
  const kind = clientKind()
  if (kind === 'mini-program') return session.adopt(await signInByMiniProgram(await miniProgramCode()))
  if (kind === 'h5-wechat' && !current.wechat.openid_known && !triedInThisVisit()) {
    startWechatAuthorisation(page)
    // The page is being left; nothing after this should run.
    await new Promise(() => undefined)
  }
  return current
}
