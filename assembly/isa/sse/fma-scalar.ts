/**
 * Fused multiply-add of scalar binary32 and binary64 (FMA) - SDM vol. 2, VFMADD132PD and family. The digits say which operands
 * are the factors and which is the addend: 132 is x * z + y.
 */
import { fmaLow } from '../../machine/float-fma';
import { FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT } from '../../softfloat/ieee-fma';

export const ROWS = `
VEX.66.W0 0F 38 99 /r | VFMADD132SS Vss,Hss,Wss  | VFMADD132SS(rw,r,r)  | FMA raises
VEX.66.W1 0F 38 99 /r | VFMADD132SD Vsd,Hsd,Wsd  | VFMADD132SD(rw,r,r)  | FMA raises
VEX.66.W0 0F 38 9B /r | VFMSUB132SS Vss,Hss,Wss  | VFMSUB132SS(rw,r,r)  | FMA raises
VEX.66.W1 0F 38 9B /r | VFMSUB132SD Vsd,Hsd,Wsd  | VFMSUB132SD(rw,r,r)  | FMA raises
VEX.66.W0 0F 38 9D /r | VFNMADD132SS Vss,Hss,Wss | VFNMADD132SS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 9D /r | VFNMADD132SD Vsd,Hsd,Wsd | VFNMADD132SD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 9F /r | VFNMSUB132SS Vss,Hss,Wss | VFNMSUB132SS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 9F /r | VFNMSUB132SD Vsd,Hsd,Wsd | VFNMSUB132SD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 A9 /r | VFMADD213SS Vss,Hss,Wss  | VFMADD213SS(rw,r,r)  | FMA raises
VEX.66.W1 0F 38 A9 /r | VFMADD213SD Vsd,Hsd,Wsd  | VFMADD213SD(rw,r,r)  | FMA raises
VEX.66.W0 0F 38 AB /r | VFMSUB213SS Vss,Hss,Wss  | VFMSUB213SS(rw,r,r)  | FMA raises
VEX.66.W1 0F 38 AB /r | VFMSUB213SD Vsd,Hsd,Wsd  | VFMSUB213SD(rw,r,r)  | FMA raises
VEX.66.W0 0F 38 AD /r | VFNMADD213SS Vss,Hss,Wss | VFNMADD213SS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 AD /r | VFNMADD213SD Vsd,Hsd,Wsd | VFNMADD213SD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 AF /r | VFNMSUB213SS Vss,Hss,Wss | VFNMSUB213SS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 AF /r | VFNMSUB213SD Vsd,Hsd,Wsd | VFNMSUB213SD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 B9 /r | VFMADD231SS Vss,Hss,Wss  | VFMADD231SS(rw,r,r)  | FMA raises
VEX.66.W1 0F 38 B9 /r | VFMADD231SD Vsd,Hsd,Wsd  | VFMADD231SD(rw,r,r)  | FMA raises
VEX.66.W0 0F 38 BB /r | VFMSUB231SS Vss,Hss,Wss  | VFMSUB231SS(rw,r,r)  | FMA raises
VEX.66.W1 0F 38 BB /r | VFMSUB231SD Vsd,Hsd,Wsd  | VFMSUB231SD(rw,r,r)  | FMA raises
VEX.66.W0 0F 38 BD /r | VFNMADD231SS Vss,Hss,Wss | VFNMADD231SS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 BD /r | VFNMADD231SD Vsd,Hsd,Wsd | VFNMADD231SD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 BF /r | VFNMSUB231SS Vss,Hss,Wss | VFNMSUB231SS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 BF /r | VFNMSUB231SD Vsd,Hsd,Wsd | VFNMSUB231SD(rw,r,r) | FMA raises
`;

export function VFMADD132SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, x, z, y, 0);
}

export function VFMADD132SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, x, z, y, 0);
}

export function VFMSUB132SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, x, z, y, FMA_NEGATE_ADDEND);
}

export function VFMSUB132SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, x, z, y, FMA_NEGATE_ADDEND);
}

export function VFNMADD132SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, x, z, y, FMA_NEGATE_PRODUCT);
}

export function VFNMADD132SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, x, z, y, FMA_NEGATE_PRODUCT);
}

export function VFNMSUB132SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, x, z, y, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFNMSUB132SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, x, z, y, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFMADD213SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, x, z, 0);
}

export function VFMADD213SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, x, z, 0);
}

export function VFMSUB213SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, x, z, FMA_NEGATE_ADDEND);
}

export function VFMSUB213SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, x, z, FMA_NEGATE_ADDEND);
}

export function VFNMADD213SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, x, z, FMA_NEGATE_PRODUCT);
}

export function VFNMADD213SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, x, z, FMA_NEGATE_PRODUCT);
}

export function VFNMSUB213SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, x, z, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFNMSUB213SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, x, z, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFMADD231SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, z, x, 0);
}

export function VFMADD231SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, z, x, 0);
}

export function VFMSUB231SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, z, x, FMA_NEGATE_ADDEND);
}

export function VFMSUB231SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, z, x, FMA_NEGATE_ADDEND);
}

export function VFNMADD231SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, z, x, FMA_NEGATE_PRODUCT);
}

export function VFNMADD231SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, z, x, FMA_NEGATE_PRODUCT);
}

export function VFNMSUB231SS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f32>(m.at, x, y, z, x, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFNMSUB231SD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fmaLow<f64>(m.at, x, y, z, x, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}
