import { beforeEach, describe, expect, it } from 'vitest'
import type { Voucher } from '@/api/money'
import type { Report as ReportLine } from '@/api/types'
import Report from '@/pages/papers/report.vue'
import Vouchers from '@/pages/papers/vouchers.vue'
import Reports from '@/pages/reports/reports.vue'
import { session } from '@/stores/session'
import { tap, visit } from './support/mount'
import { phone, refusal, serverOf } from './support/phone'
import { session as signedIn, unit } from './support/shapes'

const line = (id: string, more: Partial<ReportLine> = {}): ReportLine =>
  ({
    id,
    report_no: `R-${id}`,
    device_name: `电梯 ${id}`,
    unit_name: unit().name,
    conclusion: '合格',
    downloadable: true,
    ...more
  }) as ReportLine
const pages = { pages: [{ number: 1, url: '/files/report-pages/t', width: 800, height: 1131 }] }
const voucher = (more: Partial<Voucher> = {}): Voucher => ({
  id: 'vch_1',
  voucher_no: 'LQ1',
  code: 'LQ1',
  state: 'open',
  state_text: '待领取',
  created_at: 0,
  reports: [{ id: 'rpt_1', report_no: 'R1', device_name: '电梯' }],
  ...more
})

beforeEach(() => {
  session.adopt(signedIn())
})

describe('a report', () => {
  it('is shown page by page beside the original and the label', async () => {
    phone.server = serverOf({
      'GET /reports/rpt_1/pages': { data: pages },
      'POST /download-links': refusal(404, 'not_found')
    })
    const shown = await visit(Report, { id: 'rpt_1', no: 'R1' })
    expect(shown.text()).toContain('第 1 页，共 1 页')
    await tap(shown, '打开原件')
    await tap(shown, '设备标签')
    expect(phone.askedFor('POST', '/download-links').map(({ data }) => data)).toEqual([
      { kind: 'report', id: 'rpt_1' },
      { kind: 'device_label', id: 'rpt_1' }
    ])
  })

  it('can still be opened when it cannot be shown here', async () => {
    phone.server = serverOf({
      'GET /reports/rpt_1/pages': refusal(409, 'preview_unavailable', { message: '这份报告不能在页面上显示' })
    })
    const shown = await visit(Report, { id: 'rpt_1' })
    expect(shown.text()).toContain('不能在页面上显示')
    expect(shown.text()).toContain('打开原件')
  })

  it('is shared for some days, and the link can be taken back', async () => {
    phone.server = serverOf({
      'GET /reports/rpt_1/pages': { data: pages },
      'POST /reports/rpt_1/share': {
        data: { id: 'shr_1', url: 'https://pay.example.cn/shared/t', expires_at: 1 }
      },
      'DELETE /report-shares/shr_1': { status: 204 }
    })
    const shown = await visit(Report, { id: 'rpt_1' })
    await tap(shown, '给别人看')
    await tap(shown, '30 天内有效')
    await tap(shown, '生成链接')
    expect(phone.askedFor('POST', '/share')[0].data).toEqual({ days: 30 })
    expect(shown.text()).toContain('/shared/t')
    await tap(shown, '收回链接')
    expect(phone.askedFor('DELETE', '/shr_1')).toHaveLength(1)
  })
})

describe('a voucher for printed reports', () => {
  it('takes only reports that can be had', async () => {
    phone.server = serverOf({
      'GET /reports': {
        data: { items: [line('a'), line('b', { downloadable: false, blocked_reason: '未缴费' })], years: [] }
      },
      'POST /pickup-vouchers': { data: voucher() }
    })
    const shown = await visit(Reports, { pick: '1' })
    expect(shown.findAll('[role="checkbox"]')).toHaveLength(1)
    await tap(shown, '要纸质件 电梯 a')
    await tap(shown, '生成凭证（1 份）')
    expect(phone.askedFor('POST', '/pickup-vouchers')[0].data).toEqual({ report_ids: ['a'] })
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/papers/vouchers')
  })

  it('is given up only after a question', async () => {
    phone.server = serverOf({
      'GET /pickup-vouchers': { data: { items: [voucher()], next: null } },
      'DELETE /pickup-vouchers/vch_1': { status: 204 }
    })
    const shown = await visit(Vouchers)
    await tap(shown, '取消凭证 LQ1')
    expect(phone.askedFor('DELETE', '/vch_1')).toHaveLength(0)
    await tap(shown, '确定作废')
    expect(phone.askedFor('DELETE', '/vch_1')).toHaveLength(1)
  })
})
