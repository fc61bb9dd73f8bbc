import { beforeEach, describe, expect, it, vi } from 'vitest'
import Consents from '@/pages/register/consents.vue'
import Accept from '@/pages/unit/accept.vue'
import { request } from '@/api/request'
import { session } from '@/stores/session'
import { tap, visit } from './support/mount'
import { pages, phone, refusal, serverOf } from './support/phone'
import { session as signedIn } from './support/shapes'

const line = (purpose: string, optional = false) => ({
  purpose,
  title: '用户注册协议',
  version: '2',
  reading_seconds: 0,
  optional
})
const opened = {
  ...line('registration'),
  paragraphs: [{ kind: 'text', text: '正文' }],
  opened_token: 'token'
}
const given = {
  purpose: 'registration',
  title: '',
  version: '2',
  agreed_at: 0,
  outdated: false,
  optional: false
}
const answers = (consents: unknown[]) =>
  serverOf({
    'GET /agreements': { data: { items: [line('registration'), line('follow_up', true)] } },
    'GET /agreements/registration': { data: opened },
    'GET /consents': { data: { items: consents } },
    'POST /consents': { status: 204 },
    'GET /session': { data: signedIn() },
    'GET /invitations/t1': {
      data: {
        id: 'ivt_1',
        invited_by_masked: '王*',
        unit_name: '示例物业',
        role: 'finance',
        role_text: '财务',
        expires_at: 0
      }
    },
    'POST /invitations/accept': { data: signedIn() }
  } as never)
beforeEach(() => {
  session.adopt(signedIn())
})

describe('who was invited', () => {
  it('joins only after agreeing to what everybody agrees to; what is voluntary is not asked for', async () => {
    phone.server = answers([])
    const page = await visit(Accept, { token: 't1' })
    expect(page.text()).toContain('加入前请阅读下面的协议')
    await tap(page, '同意协议并接受邀请')
    expect(phone.askedFor('POST', '/invitations/accept')).toHaveLength(0)
    await tap(page, '我已阅读并同意以上协议')
    await tap(page, '同意协议并接受邀请')
    expect(phone.askedFor('POST', '/consents').map(({ data }) => data)).toEqual([
      { purpose: 'registration', version: '2', opened_token: 'token' }
    ])
    expect(phone.askedFor('POST', '/invitations/accept')).toHaveLength(1)
  })

  it('is asked nothing twice', async () => {
    phone.server = answers([given])
    const page = await visit(Accept, { token: 't1' })
    expect(page.text()).not.toContain('加入前请阅读')
    await tap(page, '接受邀请')
    expect(phone.askedFor('POST', '/invitations/accept')).toHaveLength(1)
  })
})

describe('who may not act before he has agreed', () => {
  it('is led to the texts and back to where he was', async () => {
    phone.server = serverOf({ 'POST /checkouts': refusal(409, 'consent_missing') } as never)
    pages.push({ route: 'pages/confirm/confirm', options: { all: '1' } })
    await request('POST', '/api/v1/checkouts', {}).catch(() => undefined)
    const [[{ url }]] = phone.redirectTo.mock.calls
    expect(decodeURIComponent(url)).toBe('/pages/register/consents?return_to=/pages/confirm/confirm?all=1')
    phone.server = answers([])
    const page = await visit(Consents, { return_to: '/pages/confirm/confirm?all=1' })
    await tap(page, '我已阅读并同意以上协议')
    await tap(page, '同意并继续')
    await vi.waitFor(() =>
      expect(phone.redirectTo.mock.lastCall?.[0].url).toBe('/pages/confirm/confirm?all=1')
    )
  })
})
