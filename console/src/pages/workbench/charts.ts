import type { ChartOption } from '@/components/chart'
import type { Dashboard } from '@/api/types'
import { yuan, yuanShort } from '@/text/money'

/** Colours that differ in lightness too, so that they can be told apart without colour. */
const METHODS = [
  { key: 'online_fen', text: '线上支付', color: '#0b57b7' },
  { key: 'transfer_fen', text: '对公转账', color: '#5fa3e6' },
  { key: 'remitted_fen', text: '已汇款', color: '#e0a23b' },
  { key: 'counter_fen', text: '窗口收款', color: '#3f8f6b' }
] as const

const QUIET = { color: '#5b6675', fontSize: 11 }

/** Bars stacked by method, one for each day. */
export function paymentsChart(days: Dashboard['payments_by_day']): ChartOption {
  return {
    grid: { left: 8, right: 16, top: 40, bottom: 6, containLabel: true },
    legend: {
      top: 10,
      left: 12,
      itemWidth: 10,
      itemHeight: 10,
      itemGap: 16,
      textStyle: QUIET,
      icon: 'roundRect'
    },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      valueFormatter: (value) => `¥${yuan(Number(value))}`
    },
    xAxis: {
      type: 'category',
      data: days.map((day) => day.on.slice(5)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: '#cdd4dd' } },
      axisLabel: QUIET
    },
    yAxis: {
      type: 'value',
      splitNumber: 4,
      splitLine: { lineStyle: { color: '#eef1f5' } },
      axisLabel: { ...QUIET, formatter: (value: number) => yuanShort(value) }
    },
    series: METHODS.map((method) => ({
      name: method.text,
      type: 'bar',
      stack: 'day',
      barMaxWidth: 22,
      itemStyle: { color: method.color },
      data: days.map((day) => day[method.key])
    }))
  }
}

/** One lying bar: delivered, on the way, failed. */
export function deliveryChart(messages: Dashboard['messages']): ChartOption {
  const parts = [
    { text: '已送达', value: messages.delivered, color: '#3f8f6b' },
    { text: '已发出', value: messages.sent, color: '#5fa3e6' },
    { text: '失败', value: messages.failed, color: '#c2453b' }
  ]
  return {
    grid: { left: 16, right: 16, top: 40, bottom: 22 },
    legend: {
      top: 8,
      left: 12,
      itemWidth: 10,
      itemHeight: 10,
      icon: 'roundRect',
      textStyle: QUIET,
      formatter: (name) => `${name} ${parts.find((part) => part.text === name)?.value ?? 0}`
    },
    tooltip: { trigger: 'item' },
    xAxis: {
      type: 'value',
      show: false,
      max: Math.max(1, ...[parts.reduce((sum, part) => sum + part.value, 0)])
    },
    yAxis: { type: 'category', show: false, data: ['消息'] },
    series: parts.map((part) => ({
      name: part.text,
      type: 'bar',
      stack: 'all',
      barWidth: 18,
      itemStyle: { color: part.color },
      data: [part.value]
    }))
  }
}
