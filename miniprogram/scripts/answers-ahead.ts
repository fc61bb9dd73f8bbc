import type { Plugin } from 'vite'
import { ASKED_AHEAD, SESSION_PATH, type AskedAhead } from '../src/api/ahead'

interface Answer {
  statusCode: number
  header: Record<string, string>
  data: { signed_in?: boolean; unit?: { id: string } | null; consents_needed?: unknown[] }
}

/**
 * Runs in the page, before everything else. Asks who is here and, where that is somebody with a unit who has agreed to
 * the texts, what his first page will ask. Nothing newer than the code is built for (`build.target`) may stand in here.
 */
function askAhead(session_path: string, asked: Record<string, AskedAhead[]>, home: string): void {
  if (typeof fetch !== 'function') return
  const kept: Record<string, Promise<Answer | null>> = {}
  ;(window as unknown as { tejian_ahead: typeof kept }).tejian_ahead = kept
  const address = location.hash.slice(2).split('?')
  const words = address[1] || ''
  const word = (name: string) => {
    const found = words.split('&').filter((pair) => pair.indexOf(`${name}=`) === 0)[0]
    return found ? found.slice(name.length + 1) : ''
  }
  const ask = (method: string, path: string, body?: unknown) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers: Record<string, string> = {
      Accept: 'application/json',
      'X-Client': /MicroMessenger/i.test(navigator.userAgent) ? 'h5-wechat' : 'h5-browser',
      'X-Requested-With': 'tejian'
    }
    if (text) headers['Content-Type'] = 'application/json'
    const answer = fetch(path, { method, headers, body: text, credentials: 'same-origin' })
      .then((got) =>
        got.ok
          ? got.json().then((data) => ({
              statusCode: got.status,
              header: { date: got.headers.get('date') || '' },
              data
            }))
          : null
      )
      // The page asks again by itself, and says what is wrong.
      .catch(() => null)
    kept[`${method} ${path}${text ? ` ${text}` : ''}`] = answer
    return answer
  }
  ask('GET', session_path).then((answer) => {
    const who = answer && answer.data
    if (!who || !who.signed_in || !who.unit || (who.consents_needed || []).length > 0) return
    // The page will first turn to the unit that the message names.
    if (word('unit') && word('unit') !== who.unit.id) return
    for (const { method, path, body, where } of asked[address[0] || home] || []) {
      if (where && words.indexOf(where) < 0) continue
      ask(
        method,
        path.replace(/\{(\w+)\}/g, (_whole, name) => word(name)),
        body
      )
    }
  })
}

/**
 * A first page knows what it has to ask long before its code has come: asked at once, the answers are there when the code
 * is. On a slow line that is two ways there and back less.
 */
export function answersAhead(): Plugin {
  return {
    name: 'tejian:answers-ahead',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler() {
        const given = [SESSION_PATH, ASKED_AHEAD, 'pages/home/home'].map((one) => JSON.stringify(one))
        return [
          {
            tag: 'script',
            children: `(${askAhead.toString()})(${given.join(',')})`,
            injectTo: 'head-prepend'
          }
        ]
      }
    }
  }
}
