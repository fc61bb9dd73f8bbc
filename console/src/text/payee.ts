/** An account that money goes back to, as it is typed. */
export interface PayeeForm {
  name: string
  account: string
  bank: string
}

/** An account of which nothing is typed yet but, where it is known, whose it is. */
export const emptyPayee = (name = ''): PayeeForm => ({ name, account: '', bank: '' })

/** As it is sent: without the blanks around it, and without a bank that nobody named. */
export const payeeOf = (form: PayeeForm) => ({
  name: form.name.trim(),
  account: form.account.trim(),
  bank: form.bank.trim() || undefined
})
