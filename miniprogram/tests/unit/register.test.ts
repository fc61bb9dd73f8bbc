import { beforeEach, describe, expect, it } from 'vitest'
import type { Registration } from '@/api/registrations'
import Register from '@/pages/register/register.vue'
import { session } from '@/stores/session'
import { tap, type, visit } from './support/mount'
import { phone, refusal, serverOf } from './support/phone'
import { session as signedIn } from './support/shapes'

const registration = (more: Partial<Registration> = {}): Registration => ({
  id: 'rgn_1',
  registration_no: 'ZC1',
  kind: 'certified',
  kind_text: '认证单位',
  state: 'draft',
  state_text: '填写中',
  source: 'online',
  uscc: '',
  unit_name: '示例物业',
  unit_kind: '',
  unit_kind_text: '',
  district_code: '',
  district_text: '',
  address: '',
  legal_rep: '',
  industry_code: '',
  industry_text: '',
  registrant_name: '',
  registrant_phone_masked: '139****0001',
  email: '',
  login_name: '',
  safety_manager_name: '',
  safety_manager_phone: '',
  licences: [],
  forms: [],
  papers: [],
  updated_at: 0,
  ...more
})
const consents = (outdated = false) => ({
  items: ['registration', 'personal_information'].map((purpose) => ({
    purpose,
    title: purpose,
    version: '1',
    agreed_at: 0,
    outdated,
    optional: false
  }))
})
const text = (purpose: string) => ({
  purpose,
  title: '用户注册协议',
  version: '1',
  reading_seconds: 10,
  optional: false,
  paragraphs: [{ kind: 'text', text: '正文' }],
  opened_token: 'token'
})
const answers = (more: Record<string, unknown> = {}) => ({
  'GET /dictionaries': { data: { unit_kinds: [], industries: [], districts: [], manufacturing_kinds: [] } },
  'GET /agreements/registration': { data: text('registration') },
  'GET /agreements/enterprise_service': { data: text('enterprise_service') },
  'GET /agreements/personal_information': { data: text('personal_information') },
  'GET /consents': { data: consents() },
  'GET /registrations': { data: { items: [] } },
  ...more
})

beforeEach(() => {
  session.adopt(signedIn())
})

describe('registering', () => {
  it('begins with the agreement, and its button waits as long as the server does', async () => {
    phone.server = serverOf(answers({ 'GET /consents': { data: { items: [] } } }) as never)
    const page = await visit(Register)
    expect(page.text()).toContain('《用户注册协议》')
    expect(page.text()).toContain('10 秒后可以勾选')
    await tap(page, '我已阅读并同意以上协议')
    expect(page.text()).not.toContain('用户类型')
  })

  it('goes on where a draft was left', async () => {
    const draft = registration()
    phone.server = serverOf(
      answers({
        'GET /registrations': { data: { items: [{ id: 'rgn_1', state: 'draft' }] } },
        'GET /registrations/rgn_1': { data: draft }
      }) as never
    )
    const page = await visit(Register)
    expect(page.text()).toContain('单位信息')
    expect(page.find<HTMLInputElement>('input[aria-label="企业名称"]').element.value).toBe('示例物业')
  })

  it('names the fields that the server refuses, and keeps what was typed', async () => {
    const draft = registration()
    phone.server = serverOf(
      answers({
        'GET /registrations': { data: { items: [{ id: 'rgn_1', state: 'draft' }] } },
        'GET /registrations/rgn_1': { data: draft },
        'PUT /registrations/rgn_1': { data: registration({ legal_rep: '张法人' }) },
        'POST /registrations/rgn_1/submit': refusal(422, 'registration_incomplete', {
          message: '注册信息还没有填完整，没有提交',
          fields: { address: '请填写详细地址', licence_ids: '请上传营业执照（照片或扫描件）' }
        })
      }) as never
    )
    const page = await visit(Register)
    await type(page, '法人姓名', '张法人')
    await tap(page, '提交审核')
    expect(phone.askedFor('PUT', '/registrations/rgn_1')[0].data).toMatchObject({
      legal_rep: '张法人',
      kind: 'certified'
    })
    expect(page.text()).toContain('请填写详细地址')
    expect(page.text()).toContain('请上传营业执照')
    expect(page.text()).toContain('还有 2 处需要填写或修改')
  })

  it('shows a rejected one with its reason', async () => {
    phone.server = serverOf(
      answers({
        'GET /registrations/rgn_1': { data: registration({ state: 'rejected', opinion: '看不清' }) }
      }) as never
    )
    const page = await visit(Register, { id: 'rgn_1' })
    expect(page.text()).toContain('审核意见：看不清')
    await tap(page, '修改后重新提交')
    expect(page.text()).toContain('单位信息')
  })
})
