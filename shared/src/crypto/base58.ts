const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const digitOf: ReadonlyMap<string, number> = new Map([...alphabet].map((letter, value) => [letter, value]));

/** Encodes bytes in the Bitcoin alphabet. Quadratic: for short input such as addresses. */
export function base58Encode(bytes: Uint8Array): string {
  const digits = changeBase(bytes, 256, 58);
  const zeros = countLeadingZeros(bytes);
  return "1".repeat(zeros) + digits.map((digit) => alphabet[digit]).join("");
}

/** Decodes text in the Bitcoin alphabet; undefined when a character is foreign. Quadratic: bound the length first. */
export function base58Decode(text: string): Uint8Array | undefined {
  const digits: number[] = [];
  for (const letter of text) {
    const digit = digitOf.get(letter);
    if (digit === undefined) return undefined;
    digits.push(digit);
  }
  const bytes = changeBase(digits, 58, 256);
  return new Uint8Array([...new Array<number>(countLeadingZeros(digits)).fill(0), ...bytes]);
}

/** Big-endian digits of one base as big-endian digits of another, without leading zeros. */
function changeBase(digits: ArrayLike<number>, from: number, to: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < digits.length; i++) {
    let carry = digits[i]!;
    for (let j = 0; j < result.length; j++) {
      carry += result[j]! * from;
      result[j] = carry % to;
      carry = Math.floor(carry / to);
    }
    for (; carry > 0; carry = Math.floor(carry / to)) result.push(carry % to);
  }
  return result.reverse();
}

function countLeadingZeros(digits: ArrayLike<number>): number {
  let zeros = 0;
  while (zeros < digits.length && digits[zeros] === 0) zeros++;
  return zeros;
}
