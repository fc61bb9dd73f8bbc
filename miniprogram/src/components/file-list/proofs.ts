import { computed, onScopeDispose, reactive } from 'vue'
import { asApiError, type ApiError } from '@/api/error'
import type { Upload } from '@/api/money'
import { createUpload, deleteUpload, fetchUpload, sendPart } from '@/api/uploads'
import { newKey } from '@/platform/key'
import type { PickedFile } from '@/platform/pick'

/** The server takes at most this much at once; a broken line costs no more than one part. */
export const PART_BYTES = 512 * 1024

/** One proof as the page shows it. */
export interface Proof {
  key: string
  name: string
  bytes: number
  sent_bytes: number
  state: 'sending' | 'stopped' | 'ready' | 'refused'
  upload: Upload | null
  error: ApiError | null
}

/** Files of one purpose (S0-37, S1-08): each is sent in parts and goes on where it stopped. */
export function useProofs(changed: () => void, purpose = 'remittance_proof') {
  const proofs = reactive<Proof[]>([])
  const files = new Map<string, PickedFile>()
  let gone: string[] = []
  let left = false

  const settled = (upload: Upload) => upload.state !== 'receiving'

  function learn(proof: Proof, upload: Upload): void {
    proof.upload = upload
    proof.sent_bytes = upload.received_bytes
    if (!settled(upload)) return
    proof.state = upload.state === 'ready' ? 'ready' : 'refused'
    proof.sent_bytes = proof.bytes
    files.delete(proof.key)
    changed()
  }

  /** Sends what has not arrived yet; where the line breaks it stops and can be gone on with. */
  async function send(proof: Proof): Promise<void> {
    const file = files.get(proof.key)
    if (!file) return
    proof.state = 'sending'
    proof.error = null
    try {
      const before = proof.upload
      learn(proof, before ? await fetchUpload(before.id) : await createUpload(purpose, file.name, file.bytes))
      while (proof.upload && !settled(proof.upload) && !left) {
        const offset = proof.upload.received_bytes
        const part = await file.read(offset, Math.min(PART_BYTES, file.bytes - offset))
        const next = await sendPart(proof.upload.id, offset, part)
        if (!settled(next) && next.received_bytes <= offset) throw new Error('上传没有进展')
        learn(proof, next)
      }
    } catch (cause) {
      proof.error = asApiError(cause)
      const { status, code } = proof.error
      const final = status >= 400 && status < 500 && code !== 'part_out_of_order'
      proof.state = final ? 'refused' : 'stopped'
    }
  }

  function add(picked: PickedFile[]): Promise<void[]> {
    const added = picked.map((file) => {
      const key = newKey()
      files.set(key, file)
      proofs.push({
        key,
        name: file.name,
        bytes: file.bytes,
        sent_bytes: 0,
        state: 'sending',
        upload: null,
        error: null
      })
      return proofs[proofs.length - 1]
    })
    return Promise.all(added.map(send))
  }

  function remove(proof: Proof): void {
    proofs.splice(proofs.indexOf(proof), 1)
    files.delete(proof.key)
    if (proof.upload) gone.push(proof.upload.id)
    changed()
  }

  /** Deletes what was taken back; only once the draft that is kept no longer names it. */
  async function clearAway(): Promise<void> {
    const ids = gone
    gone = []
    // A file that cannot be deleted now is swept away by the server later.
    await Promise.all(ids.map((id) => deleteUpload(id).catch(() => undefined)))
  }

  /** Shows what the server has already. */
  function take(uploads: Upload[]): void {
    proofs.splice(
      0,
      proofs.length,
      ...uploads.map(
        (upload): Proof => ({
          key: upload.id,
          name: upload.file_name,
          bytes: upload.bytes,
          sent_bytes: upload.received_bytes,
          state: upload.state === 'ready' ? 'ready' : upload.state === 'refused' ? 'refused' : 'stopped',
          upload,
          error: null
        })
      )
    )
  }

  onScopeDispose(() => {
    left = true
  })

  const ready_ids = computed(() =>
    proofs.flatMap(({ state, upload }) => (state === 'ready' && upload ? [upload.id] : []))
  )
  const sending = computed(() => proofs.some(({ state }) => state === 'sending'))
  return { proofs, ready_ids, sending, add, send, remove, clearAway, take }
}
