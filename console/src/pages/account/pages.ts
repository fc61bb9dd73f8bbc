/** Pages that a menu or a code can open, by their public addresses. */
export const TARGETS: { page: string; title: string }[] = [
  { page: '/h5/#/pages/home/home', title: '首页（待缴费用）' },
  { page: '/h5/#/pages/reports/reports', title: '检验报告' },
  { page: '/h5/#/pages/orders/orders', title: '缴款订单' },
  { page: '/h5/#/pages/orders/orders?tab=paid', title: '已支付订单（票据）' },
  { page: '/h5/#/pages/titles/titles', title: '开票抬头' },
  { page: '/h5/#/pages/messages/messages', title: '消息' },
  { page: '/h5/#/pages/credit/credits', title: '欠费申请' },
  { page: '/h5/#/pages/papers/vouchers', title: '领取凭证' },
  { page: '/h5/#/pages/me/me', title: '我的账号' },
  { page: '/h5/#/pages/guest/find', title: '凭编号缴费（不用登录）' },
  { page: '/h5/#/pages/help/help', title: '帮助' }
]

/** The replies that every installation comes with; one written here has the name that was given to it. */
const REPLY_NAMES: Record<string, string> = {
  PAY: '缴费',
  REFUND: '退款',
  REPORT: '检验报告',
  INVOICE: '发票和票据',
  ORDER: '缴款订单',
  SERVICE: '人工客服',
  HELP: '帮助'
}

/** What a reply is called on the pages. */
export const replyName = (key: string): string => REPLY_NAMES[key] ?? key
/** Whether a reply came with the installation: its name stays, because menu buttons go by it. */
export const isBuiltIn = (key: string): boolean => key in REPLY_NAMES
