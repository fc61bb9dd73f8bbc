import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/error'
import AppButton from '@/components/app-button/app-button.vue'
import AppChoice from '@/components/app-choice/app-choice.vue'
import AppError from '@/components/app-error/app-error.vue'
import AppPage from '@/components/app-page/app-page.vue'
import PageFailed from '@/components/page-failed/page-failed.vue'
import AppField from '@/components/app-field/app-field.vue'
import { deliveryProblems } from '@/components/delivery-form/problems'
import { qrImage } from '@/components/qr-code/qr-image'
import SearchBox from '@/components/search-box/search-box.vue'
import TitleForm from '@/components/title-form/title-form.vue'
import UnitBar from '@/components/unit-bar/unit-bar.vue'
import { appearance } from '@/stores/appearance'
import TimelineCard from '@/components/timeline-card/timeline-card.vue'
import { session } from '@/stores/session'
import { tap, type } from './support/mount'
import { phone, serverOf } from './support/phone'
import { session as signedIn, unit } from './support/shapes'

describe('a button', () => {
  it('is one to a screen reader and can be pressed', async () => {
    const button = mount(AppButton, { slots: { default: '去缴费' } })
    expect(button.attributes()).toMatchObject({ role: 'button', tabindex: '0', 'aria-disabled': 'false' })
    await button.trigger('click')
    expect(button.emitted('press')).toHaveLength(1)
  })

  it('swallows taps while it is busy or off', async () => {
    for (const props of [
      { busy: true, disabled: false },
      { busy: false, disabled: true }
    ]) {
      const button = mount(AppButton, { props })
      button.element.removeAttribute('disabled')
      await button.trigger('click')
      expect(button.emitted('press')).toBeUndefined()
      expect(button.attributes('aria-disabled')).toBe('true')
    }
  })
})

describe('the course of an order', () => {
  it('is told in its order, although WeChat counts in whole seconds', () => {
    const entry = (kind: string, at: number) => ({ kind, at, title: kind, by: '' })
    const entries = [
      entry('paid', 12_000),
      entry('created', 12_300),
      entry('payment_started', 12_400),
      entry('invoice_issued', 14_000)
    ]
    const shown = mount(TimelineCard, { props: { title: '办理进度', entries } })
    expect(shown.findAll('.what').map((one) => one.text())).toEqual([
      'invoice_issued',
      'paid',
      'payment_started',
      'created'
    ])
  })
})

describe('a choice', () => {
  it('that is impossible says why and cannot be chosen', async () => {
    const choice = mount(AppChoice, {
      props: { text: '对公转账', note: '暂未开通', chosen: false, disabled: true }
    })
    expect(choice.attributes('aria-label')).toBe('对公转账，暂未开通')
    await choice.trigger('click')
    expect(choice.emitted('choose')).toBeUndefined()
  })
})

describe('the frame of a page', () => {
  const userAgent = (text: string) => vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue(text)

  it('has a bar with the way back in a plain browser', () => {
    userAgent('Mozilla/5.0')
    const page = mount(AppPage, { props: { title: '确认缴费' } })
    expect(page.find('[role="banner"]').text()).toBe('首页确认缴费')
  })

  it('leaves the bar to WeChat, whose browser has one, and keeps a way home', async () => {
    userAgent('Mozilla/5.0 MicroMessenger/8.0')
    const page = mount(AppPage, { props: { title: '确认缴费' } })
    expect(page.find('[role="banner"]').exists()).toBe(false)
    expect(page.find('[role="heading"]').text()).toBe('确认缴费')
    await tap(page, '回首页')
    expect(phone.reLaunch).toHaveBeenCalledWith({ url: '/pages/home/home' })
  })
})

describe('a page whose code did not come', () => {
  it('says so in the frame, with ways out, and reloads only when there is a server', async () => {
    session.adopt(signedIn())
    const reload = vi.fn()
    vi.stubGlobal('location', { ...window.location, reload })
    phone.server = () => 'offline'
    const page = mount(PageFailed)
    expect(page.text()).toContain('这一页没有打开')
    expect(page.text()).toContain('首页')
    await tap(page, '重试')
    expect(reload).not.toHaveBeenCalled()
    phone.server = () => ({ data: signedIn() })
    await tap(page, '重试')
    expect(reload).toHaveBeenCalledOnce()
  })
})

describe('an error', () => {
  it('says what happened, whether money moved, what to do, whom to call with which number', async () => {
    session.adopt(signedIn())
    const error = new ApiError(504, {
      code: 'x',
      message: '微信没有及时答复',
      money: 'unknown',
      advice: '请稍后查看订单',
      trace_id: '01J9'
    })
    const shown = mount(AppError, { props: { error } })
    for (const text of ['微信没有及时答复', '不会重复扣款', '请稍后查看订单', '01J9'])
      expect(shown.text()).toContain(text)
    await tap(shown, '重试')
    expect(shown.emitted('retry')).toHaveLength(1)
    await tap(shown, '拨打电话')
    expect(phone.makePhoneCall.mock.calls[0][0].phoneNumber).toBe('02388888888')
  })
})

describe('a field', () => {
  it('names itself, and its mistake is announced', async () => {
    const field = mount(AppField, {
      props: { label: '手机号', modelValue: '', problem: '请输入 11 位手机号' }
    })
    expect(field.find('input').attributes('aria-label')).toBe('手机号')
    expect(field.find('[role="alert"]').text()).toBe('请输入 11 位手机号')
    await type(field, '手机号', '139')
    expect(field.emitted('update:modelValue')).toEqual([['139']])
  })
})

describe('the search box', () => {
  it('has a short hint for large letters, and is spoken of in full', async () => {
    const props = { modelValue: '', placeholder: '单位名称 / 注册代码', brief: '编号或单位' }
    const box = mount(SearchBox, { props })
    expect(box.find('input').attributes('placeholder')).toBe('单位名称 / 注册代码')
    appearance.setElder(true)
    await box.vm.$nextTick()
    expect(box.find('input').attributes()).toMatchObject({
      placeholder: '编号或单位',
      'aria-label': '单位名称 / 注册代码'
    })
    appearance.setElder(false)
  })

  it('asks once per pause, for the clean text', async () => {
    vi.useFakeTimers()
    const box = mount(SearchBox, { props: { modelValue: '', placeholder: '搜索' } })
    await type(box, '搜索', '３１')
    await type(box, '搜索', '３１１０　 ')
    expect(box.emitted('update:modelValue')).toBeUndefined()
    vi.runAllTimers()
    expect(box.emitted('update:modelValue')).toEqual([['3110']])
    vi.useRealTimers()
  })
})

describe('the unit bar', () => {
  beforeEach(() => {
    session.adopt(signedIn({ units: [unit('unt_1'), unit('unt_2', 3)] }))
  })

  it('always shows the unit and switches it in two taps', async () => {
    phone.server = serverOf({ 'PUT /session/unit': { data: signedIn({ unit: unit('unt_2') }) } })
    const bar = mount(UnitBar)
    expect(bar.text()).toContain('单位 unt_1')
    await tap(bar, '切换')
    await tap(bar, '单位 unt_2')
    expect(phone.asked[0].data).toEqual({ unit_id: 'unt_2' })
    expect(session.unit.value?.id).toBe('unt_2')
  })

  it('does not offer a switch where there is nothing to switch or an order is open', () => {
    expect(mount(UnitBar, { props: { fixed: true } }).text()).not.toContain('切换')
    session.adopt(signedIn())
    expect(mount(UnitBar).text()).not.toContain('切换')
  })
})

describe('the title form', () => {
  const blank = { kind: 'organization' as const, name: '', tax_no: '' }
  const form = () =>
    mount(TitleForm, { props: { initial: blank, saveText: '保存', saving: false, error: null } })

  it('cleans a pasted tax number and says at once what is wrong with it', async () => {
    const shown = form()
    await type(shown, '税号（统一社会信用代码）', '9135 0100 m000 100y44')
    expect(shown.text()).toContain('逐位核对')
    await type(shown, '税号（统一社会信用代码）', '9135 0100 m000 100y43')
    expect(shown.text()).not.toContain('逐位核对')
  })

  it('is not saved before it is complete', async () => {
    const shown = form()
    await tap(shown, '保存')
    expect(shown.text()).toContain('请填写单位名称')
    expect(shown.emitted('save')).toBeUndefined()
    await type(shown, '单位名称（发票抬头）', '测试一号')
    await type(shown, '税号（统一社会信用代码）', '91350100M000100Y43')
    await tap(shown, '保存')
    expect(shown.emitted('save')).toEqual([
      [{ kind: 'organization', name: '测试一号', tax_no: '91350100M000100Y43' }]
    ])
  })

  it('asks a person for no tax number', async () => {
    const shown = form()
    await type(shown, '税号（统一社会信用代码）', '123')
    await tap(shown, '个人')
    await type(shown, '姓名（发票抬头）', '张三')
    await tap(shown, '保存')
    expect(shown.emitted('save')).toEqual([[{ kind: 'individual', name: '张三' }]])
  })
})

describe('the delivery', () => {
  it('is complete by itself when it is electronic, and needs an address by post', () => {
    expect(deliveryProblems({ kind: 'electronic' })).toEqual({})
    expect(Object.keys(deliveryProblems({ kind: 'counter' }))).toEqual(['office'])
    expect(Object.keys(deliveryProblems({ kind: 'post', phone: '123' }))).toEqual([
      'recipient',
      'phone',
      'address'
    ])
  })
})

describe('a code to scan', () => {
  it('is drawn on the phone itself, with its quiet zone', () => {
    const image = decodeURIComponent(qrImage('weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00'))
    expect(image).toContain('viewBox="0 0 41 41"')
    expect(image).toContain('M4 4h1v1h-1z')
    expect(qrImage('a')).not.toBe(qrImage('b'))
  })
})
