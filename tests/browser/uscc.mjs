// Credit codes of nobody, each with its check sign.

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
let number = 0;

/** One that no unit has. */
export function freeCode() {
  number += 1;
  const body = `91500103DEM9${String(100 + number).padStart(5, '0')}`;
  let weight = 1;
  let sum = 0;
  for (const sign of body) {
    sum += (ALPHABET.indexOf(sign) * weight) % 31;
    weight = (weight * 3) % 31;
  }
  return body + ALPHABET[(31 - (sum % 31)) % 31];
}
