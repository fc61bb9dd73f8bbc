// node scripts/precompress.mjs FOLDER: writes a .br and a .gz beside every text of a built front end, so that the server
// sends what was compressed once, as small as it gets, instead of compressing at every visit.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Smaller ones gain nothing. */
const SMALLEST_BYTES = 860;

const folder = process.argv[2];
if (!folder) throw new Error('which folder?');
for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !/\.(js|css|svg)$/.test(entry.name)) continue;
  for (const end of ['br', 'gz']) rmSync(`${file}.${end}`, { force: true });
  const bytes = readFileSync(file);
  if (bytes.length < SMALLEST_BYTES) continue;
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}
