import type { NewInvoiceTitle } from '@/api/types'
import { clientKind } from './environment'

/** Whether WeChat's own list of invoice titles can be opened here. */
export function canChooseFromWechat(): boolean {
  return clientKind() === 'mini-program'
}

/** Opens WeChat's list of invoice titles; resolves to null when the person closed it. */
export function chooseFromWechat(): Promise<NewInvoiceTitle | null> {
  return new Promise((resolve) => {
    uni.chooseInvoiceTitle({
      success: (chosen) =>
        resolve({
          kind: String(chosen.type) === '0' ? 'organization' : 'individual',
          name: chosen.title,
          tax_no: chosen.taxNumber || undefined,
          address: chosen.companyAddress || undefined,
          phone: chosen.telephone || undefined,
          bank_name: chosen.bankName || undefined,
          bank_account: chosen.bankAccount || undefined
        }),
      fail: () => resolve(null)
    })
  })
}
