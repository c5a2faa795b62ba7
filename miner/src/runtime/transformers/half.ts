/** Numbers of IEEE 754 binary16, as their bits, as float32. */
export function halfToFloat(bits: Uint16Array): Float32Array {
  // Where the engine has Float16Array, the library gives one: its numbers need no reading.
  if (!(bits instanceof Uint16Array)) return Float32Array.from(bits as ArrayLike<number>);
  return Float32Array.from(bits, (half) => {
    const sign = half >> 15 === 1 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
