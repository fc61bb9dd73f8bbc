// What the product is made of, as CycloneDX 1.6 (JSON): the server's crates, and the packages of both front ends, each with
// version, licence and checksum, from the lock files alone. The same lock files give the same text.
//   node scripts/sbom.mjs            writes target/sbom/{server,miniprogram,console}.cdx.json
//   node scripts/sbom.mjs --check    writes nothing; looks whether every part has a version, a checksum and a licence, and
//                                    whether deny.toml permits what the server is made of
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = (path) => readFileSync(`${root}/${path}`, 'utf8')
const byReference = (one, other) => (one['bom-ref'] < other['bom-ref'] ? -1 : 1)

function document(name, version, components, dependencies) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': name, name, version } },
    components: components.sort(byReference),
    dependencies,
  }
}

/** Old texts say `MIT/Apache-2.0` where an expression is meant. */
const licence = (spelled) => (spelled ? [{ expression: spelled.replaceAll(' / ', ' OR ').replaceAll('/', ' OR ') }] : [])

/** Packages that tell their licence in a way of old, which the lock file does not repeat; as their own files say it. */
const TOLD_ELSEWHERE = { 'dom-walk': 'MIT', 'exif-parser': 'MIT', 'qrcode-terminal': 'Apache-2.0' }

/** `name version` of every crate that is compiled for the server: resolution alone names optional ones as well. */
function compiled() {
  const wanted = ['tree', '--locked', '--package', 'tejian', '--edges', 'normal,build', '--target', 'x86_64-unknown-linux-gnu']
  const told = execFileSync('cargo', [...wanted, '--prefix', 'none', '--format', '{p}'], { cwd: root, maxBuffer: 1 << 28 })
  return new Set([...String(told).matchAll(/^(\S+) v(\S+)/gm)].map((found) => `${found[1]} ${found[2]}`))
}

function server() {
  const wanted = ['metadata', '--locked', '--format-version', '1', '--filter-platform', 'x86_64-unknown-linux-gnu']
  const metadata = JSON.parse(execFileSync('cargo', wanted, { cwd: root, maxBuffer: 1 << 28 }))
  const checksums = new Map()
  for (const block of text('Cargo.lock').split('[[package]]')) {
    const field = (name) => block.match(new RegExp(`^${name} = "(.*)"$`, 'm'))?.[1]
    if (field('checksum')) checksums.set(`${field('name')} ${field('version')}`, field('checksum'))
  }
  const packages = new Map(metadata.packages.map((one) => [one.id, one]))
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]))
  // What is only needed to test is not part of the product.
  const built = compiled()
  const isBuilt = (id) => built.has(`${packages.get(id).name} ${packages.get(id).version}`)
  const isUsed = (dep) => isBuilt(dep.pkg) && dep.dep_kinds.some((kind) => kind.kind !== 'dev')
  const used = (node) => node.deps.filter(isUsed).map((dep) => dep.pkg)
  const top = metadata.packages.find((one) => one.name === 'tejian').id
  const reached = new Set([top])
  for (const id of reached) used(nodes.get(id)).forEach((next) => reached.add(next))
  const reference = (id) => `pkg:cargo/${packages.get(id).name}@${packages.get(id).version}`
  const components = [...reached]
    .filter((id) => id !== top)
    .map((id) => {
      const { name, version, license, source } = packages.get(id)
      const checksum = checksums.get(`${name} ${version}`)
      return {
        type: 'library',
        'bom-ref': reference(id),
        name,
        version,
        purl: reference(id),
        licenses: licence(license),
        ...(checksum ? { hashes: [{ alg: 'SHA-256', content: checksum }] } : {}),
        ...(source ? {} : { properties: [{ name: 'tejian:own', value: 'true' }] }),
      }
    })
  const dependencies = [...reached].map((id) => ({
    ref: id === top ? 'tejian' : reference(id),
    dependsOn: [...new Set(used(nodes.get(id)).map(reference))].sort(),
  }))
  dependencies.sort((one, other) => (one.ref < other.ref ? -1 : 1))
  return document('tejian', packages.get(top).version, components, dependencies)
}

function frontEnd(directory) {
  const lock = JSON.parse(text(`${directory}/package-lock.json`))
  const components = new Map()
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.link) continue
    const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const purl = `pkg:npm/${name.replace('@', '%40')}@${entry.version}`
    const [kind, digest] = (entry.integrity ?? '').split(/-(.*)/s)
    components.set(purl, {
      type: 'library',
      'bom-ref': purl,
      name,
      version: entry.version,
      purl,
      // Tools that build the pages are told apart from what is in them.
      scope: entry.dev ? 'excluded' : 'required',
      licenses: licence(entry.license ?? TOLD_ELSEWHERE[name]),
      ...(digest
        ? { hashes: [{ alg: kind.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }] }
        : {}),
    })
  }
  const top = lock.packages['']
  return document(`tejian-${directory}`, top.version ?? '0.0.0', [...components.values()], [])
}

/** What deny.toml says, as far as it can be held to lock files alone; `make deny` looks at more. */
function rules() {
  const told = text('deny.toml')
  const list = (name) => told.match(new RegExp(`^${name} = \\[\\n([\\s\\S]*?)^\\]`, 'm'))[1]
  const quoted = (pattern, source) => new Set([...source.matchAll(pattern)].map((found) => found[1]))
  return {
    allowed: quoted(/^\s*"([^"]+)"/gm, list('allow')),
    banned: quoted(/crate = "([^"@]+)"/g, list('deny')),
    skipped: quoted(/crate = "([^"]+@[^"]+)"/g, list('skip')),
  }
}

/** Whether an expression of SPDX can be met by licences that are allowed: OR binds weakest, then AND. */
function isMet(expression, allowed) {
  const inner = /\(([^()]*)\)/
  const met = (plain) =>
    plain.split(' OR ').some((part) => part.split(' AND ').every((one) => one.trim() === 'yes' || allowed.has(one.trim())))
  let rest = expression
  while (inner.test(rest)) rest = rest.replace(inner, (_, within) => (met(within) ? 'yes' : 'no'))
  return met(rest)
}

function forbidden({ components }) {
  const { allowed, banned, skipped } = rules()
  const complaints = []
  if (allowed.size < 5 || banned.size < 3 || skipped.size < 5) complaints.push('deny.toml is not read')
  const outside = components.filter((part) => !part.properties)
  const versions = new Map()
  for (const part of outside) {
    const [licence] = part.licenses
    if (licence && !isMet(licence.expression, allowed)) complaints.push(`${part.purl}: ${licence.expression} is not allowed`)
    if (banned.has(part.name)) complaints.push(`${part.purl} is banned`)
    versions.set(part.name, [...(versions.get(part.name) ?? []), part.version])
  }
  const numbers = (version) => version.split(/[.+-]/).map(Number)
  const older = (one, other) => {
    const [left, right] = [numbers(one), numbers(other)]
    const at = left.findIndex((number, index) => number !== right[index])
    return at < 0 ? 0 : left[at] - right[at]
  }
  for (const [name, all] of versions) {
    for (const version of all.sort(older).slice(0, -1)) {
      if (!skipped.has(`${name}@${version}`)) complaints.push(`${name} ${version} stands beside ${all.at(-1)}`)
    }
  }
  return complaints
}

const documents = { server: server(), miniprogram: frontEnd('miniprogram'), console: frontEnd('console') }
if (process.argv.includes('--check')) {
  const complaints = forbidden(documents.server)
  for (const [name, { components }] of Object.entries(documents)) {
    if (components.length < 20) complaints.push(`${name} has ${components.length} parts only`)
    for (const part of components.filter((part) => !part.properties)) {
      if (!part.version || !part.hashes) complaints.push(`${name}: ${part.purl} has no version or no checksum`)
      if (!part.licenses.length && part.scope !== 'excluded') complaints.push(`${name}: ${part.purl} has no licence`)
    }
  }
  complaints.forEach((complaint) => console.log(complaint))
  const parts = Object.values(documents).reduce((sum, one) => sum + one.components.length, 0)
  console.log(`${parts} parts`)
  console.log(`${complaints.length ? 0 : 1} passed, ${complaints.length ? 1 : 0} failed`)
  process.exit(complaints.length ? 1 : 0)
}
mkdirSync(`${root}/target/sbom`, { recursive: true })
for (const [name, content] of Object.entries(documents)) {
  writeFileSync(`${root}/target/sbom/${name}.cdx.json`, `${JSON.stringify(content, null, 1)}\n`)
  console.log(`target/sbom/${name}.cdx.json: ${content.components.length} parts`)
}
