/** ADCX ADOX: SDM vol. 2A. Additions with a carry of their own each, so that two chains can interleave; no other flag changes. */

export const ROWS = `
66 0F 38 F6 /r | ADCX Gy,Ey | ADCX(rw,r) | ADX cold
F3 0F 38 F6 /r | ADOX Gy,Ey | ADOX(rw,r) | ADX cold
`;

/** Carry out of the top bit of r = x + y + carry in: majority of the operands' and the inverted result's top bits. */
function carryOut<M, T>(m: M, x: u64, y: u64, r: u64): u64 {
  const either = m.and<T>(m.or<T>(x, y), m.not<T>(r));
  return m.shr<T>(m.or<T>(m.and<T>(x, y), either), m.const(sizeof<T>() * 8 - 1));
}

export function ADCX<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.add<T>(m.add<T>(x, y), m.carryValue());
  m.flagsCarry(carryOut<M, T>(m, x, y, r));
  return r;
}

/** ADOX - its carry is OF. */
export function ADOX<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.add<T>(m.add<T>(x, y), m.conditionValue(0));
  m.flagsRotateIf(m.const(1), m.carryValue(), carryOut<M, T>(m, x, y, r));
  return r;
}
