// The shapes of the payers' HTTP interface (`/api/v1`). Money is fen, instants are epoch
// milliseconds (UTC), dates are `YYYY-MM-DD`.

export interface components {
  schemas: {
    Unit: {
      id: string
      name: string
      uscc_masked?: string
      role: 'owner' | 'admin' | 'finance' | 'applicant' | 'viewer'
      payable_count: number
    }
    Account: {
      id: string
      display_name: string
      phone_masked?: string
      kind: 'person' | 'unit'
    }
    App: {
      institute_name: string
      service_phone: string
      service_hours: string
      mp_app_id: string
      mini_app_id: string
      subscribe_template_ids: string[]
      second_confirmation: string[]
      demo: boolean
    }
    Session: {
      signed_in: boolean
      token?: string
      bind_ticket?: string
      account?: components['schemas']['Account']
      unit?: components['schemas']['Unit']
      units: components['schemas']['Unit'][]
      preferences: { elder_mode: boolean }
      wechat: { openid_known: boolean; bound: boolean }
      app: components['schemas']['App']
    }
    SignedInDevice: {
      id: string
      client: string
      device: string
      signed_in_at: number
      last_seen_at: number
      current: boolean
    }
    SmsCodeSent: { resend_after_s: number; expires_in_s: number }
    Home: {
      payable: components['schemas']['Total']
      orders: { pending_payment: number; paid: number; completed: number; void: number }
      unread_messages: number
      latest_message?: components['schemas']['Message']
    }
    Total: { count: number; amount_fen: number }
    Fee: {
      id: string
      report_no: string
      device_name: string
      device_kind: string
      registration_code: string
      factory_serial_no?: string
      unit_name: string
      place?: string
      amount_fen: number
      receipt_class: 'nontax' | 'vat'
      payee_name: string
      inspected_on?: string
      posted_at: number
    }
    FeePage: {
      items: components['schemas']['Fee'][]
      next: string | null
      total: components['schemas']['Total']
    }
    AllMatching: { q?: string; except?: string[] }
    Preview: {
      fee_ids: string[]
      count: number
      amount_fen: number
      groups: components['schemas']['Group'][]
      unavailable: components['schemas']['UnavailableFee'][]
      defaults: {
        method: 'online'
        invoice_title?: components['schemas']['InvoiceTitle']
        invoice_kind?: string
        delivery: components['schemas']['Delivery']
      }
    }
    UnavailableFee: { fee_id: string; reason: string }
    Group: {
      key: string
      receipt_class: 'nontax' | 'vat'
      receipt_class_text: string
      payee_name: string
      count: number
      amount_fen: number
      fee_ids: string[]
      first_fees: components['schemas']['Fee'][]
      methods: { method: string; text: string; available: boolean; reason?: string }[]
      invoice_kinds: { kind: string; text: string }[]
    }
    MadeOrder: {
      id: string
      order_no: string
      state: components['schemas']['OrderState']
      receipt_class: 'nontax' | 'vat'
      amount_fen: number
      count: number
      expires_at: number
      title: string
    }
    Checkout: {
      key: string
      fee_ids: string[]
      expected_amount_fen: number
      method: 'online'
      invoice: {
        kind_by_group: Record<string, string>
        title_id?: string
        title?: components['schemas']['NewInvoiceTitle']
      }
      delivery: components['schemas']['Delivery']
    }
    Delivery: {
      kind: 'electronic' | 'counter' | 'post'
      office?: string
      recipient?: string
      phone?: string
      address?: string
    }
    Office: {
      id: string
      name: string
      address: string
      phone: string
      kind: 'window' | 'station'
    }
    OrderState:
      | 'pending_payment'
      | 'paying'
      | 'paid'
      | 'completed'
      | 'void'
      | 'refunding'
      | 'refunded'
    OrderSummary: {
      id: string
      order_no: string
      state: components['schemas']['OrderState']
      state_text: string
      unit_name: string
      receipt_class: 'nontax' | 'vat'
      method: string
      amount_fen: number
      count: number
      created_at: number
      paid_at?: number
      expires_at?: number
      invoice_state: string
      invoice_state_text: string
      title: string
    }
    OrderPage: {
      items: components['schemas']['OrderSummary'][]
      next: string | null
      years: number[]
    }
    Order: components['schemas']['OrderSummary'] & {
      amount_capitals: string
      payee: { name: string }
      invoice: components['schemas']['Invoice']
      delivery: components['schemas']['Delivery']
      lines: components['schemas']['OrderLine'][]
      lines_next: string | null
      timeline: components['schemas']['TimelineEntry'][]
      next_step?: { text: string; promised_at?: number }
      void_reason?: string
      refund?: { amount_fen: number; state: string; state_text: string; reason: string }
      can: {
        pay: boolean
        void: boolean
        download_document: boolean
        download_reports: boolean
        download_invoice: boolean
        retry_invoice: boolean
      }
    }
    Invoice: {
      id?: string
      state: string
      state_text: string
      kind: string
      kind_text?: string
      title?: components['schemas']['NewInvoiceTitle']
      failure?: string
      issued_at?: number
    }
    OrderLine: {
      fee_id: string
      report_id: string
      report_no: string
      device_name: string
      registration_code: string
      factory_serial_no?: string
      amount_fen: number
      report_ready: boolean
    }
    OrderLinePage: { items: components['schemas']['OrderLine'][]; next: string | null }
    TimelineEntry: { at: number; kind: string; title: string; detail?: string; by?: string }
    Payment: {
      id: string
      order_id: string
      channel: 'jsapi' | 'mini_program' | 'native'
      amount_fen: number
      expires_at: number
      parameters?: components['schemas']['PaymentParameters']
      code_url?: string
    }
    PaymentParameters: {
      appId: string
      timeStamp: string
      nonceStr: string
      package: string
      signType: string
      paySign: string
    }
    PaymentState: {
      state: 'unpaid' | 'confirming' | 'paid' | 'refunding' | 'void'
      message: string
      order_id: string
      order_no: string
      order_state: components['schemas']['OrderState']
      amount_fen: number
    }
    Report: {
      id: string
      report_no: string
      device_name: string
      device_kind: string
      registration_code: string
      factory_serial_no?: string
      unit_name: string
      conclusion: string
      issued_on: string
      order_id?: string
      downloadable: boolean
      blocked_reason?: string
      bytes?: number
    }
    ReportPage: {
      items: components['schemas']['Report'][]
      next: string | null
      years: number[]
    }
    DownloadLink: { url: string; file_name: string; content_type: string; expires_at: number }
    NewInvoiceTitle: {
      kind: 'organization' | 'individual'
      name: string
      tax_no?: string
      address?: string
      phone?: string
      bank_name?: string
      bank_account?: string
      email?: string
    }
    InvoiceTitle: components['schemas']['NewInvoiceTitle'] & { id: string; is_default: boolean }
    TitleCheck: { ok: boolean; fields: Record<string, string> }
    Message: {
      id: string
      kind: string
      title: string
      body: string
      link: string
      created_at: number
      read_at?: number
    }
    MessagePage: {
      items: components['schemas']['Message'][]
      next: string | null
      unread: number
    }
  }
}
