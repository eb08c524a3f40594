/**
 * Fused multiply-add of packed binary32 and binary64 (FMA) - SDM vol. 2, VFMADD132PD and family. The digits say which operands
 * are the factors and which is the addend: 132 is x * z + y.
 */
import { fma } from '../../machine/float-fma';
import { FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT } from '../../softfloat/ieee-fma';

export const ROWS = `
VEX.66.W0 0F 38 96 /r | VFMADDSUB132PS Vx,Hx,Wx | VFMADDSUB132PS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 96 /r | VFMADDSUB132PD Vx,Hx,Wx | VFMADDSUB132PD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 97 /r | VFMSUBADD132PS Vx,Hx,Wx | VFMSUBADD132PS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 97 /r | VFMSUBADD132PD Vx,Hx,Wx | VFMSUBADD132PD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 98 /r | VFMADD132PS Vx,Hx,Wx    | VFMADD132PS(rw,r,r)    | FMA raises
VEX.66.W1 0F 38 98 /r | VFMADD132PD Vx,Hx,Wx    | VFMADD132PD(rw,r,r)    | FMA raises
VEX.66.W0 0F 38 9A /r | VFMSUB132PS Vx,Hx,Wx    | VFMSUB132PS(rw,r,r)    | FMA raises
VEX.66.W1 0F 38 9A /r | VFMSUB132PD Vx,Hx,Wx    | VFMSUB132PD(rw,r,r)    | FMA raises
VEX.66.W0 0F 38 9C /r | VFNMADD132PS Vx,Hx,Wx   | VFNMADD132PS(rw,r,r)   | FMA raises
VEX.66.W1 0F 38 9C /r | VFNMADD132PD Vx,Hx,Wx   | VFNMADD132PD(rw,r,r)   | FMA raises
VEX.66.W0 0F 38 9E /r | VFNMSUB132PS Vx,Hx,Wx   | VFNMSUB132PS(rw,r,r)   | FMA raises
VEX.66.W1 0F 38 9E /r | VFNMSUB132PD Vx,Hx,Wx   | VFNMSUB132PD(rw,r,r)   | FMA raises
VEX.66.W0 0F 38 A6 /r | VFMADDSUB213PS Vx,Hx,Wx | VFMADDSUB213PS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 A6 /r | VFMADDSUB213PD Vx,Hx,Wx | VFMADDSUB213PD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 A7 /r | VFMSUBADD213PS Vx,Hx,Wx | VFMSUBADD213PS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 A7 /r | VFMSUBADD213PD Vx,Hx,Wx | VFMSUBADD213PD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 A8 /r | VFMADD213PS Vx,Hx,Wx    | VFMADD213PS(rw,r,r)    | FMA raises
VEX.66.W1 0F 38 A8 /r | VFMADD213PD Vx,Hx,Wx    | VFMADD213PD(rw,r,r)    | FMA raises
VEX.66.W0 0F 38 AA /r | VFMSUB213PS Vx,Hx,Wx    | VFMSUB213PS(rw,r,r)    | FMA raises
VEX.66.W1 0F 38 AA /r | VFMSUB213PD Vx,Hx,Wx    | VFMSUB213PD(rw,r,r)    | FMA raises
VEX.66.W0 0F 38 AC /r | VFNMADD213PS Vx,Hx,Wx   | VFNMADD213PS(rw,r,r)   | FMA raises
VEX.66.W1 0F 38 AC /r | VFNMADD213PD Vx,Hx,Wx   | VFNMADD213PD(rw,r,r)   | FMA raises
VEX.66.W0 0F 38 AE /r | VFNMSUB213PS Vx,Hx,Wx   | VFNMSUB213PS(rw,r,r)   | FMA raises
VEX.66.W1 0F 38 AE /r | VFNMSUB213PD Vx,Hx,Wx   | VFNMSUB213PD(rw,r,r)   | FMA raises
VEX.66.W0 0F 38 B6 /r | VFMADDSUB231PS Vx,Hx,Wx | VFMADDSUB231PS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 B6 /r | VFMADDSUB231PD Vx,Hx,Wx | VFMADDSUB231PD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 B7 /r | VFMSUBADD231PS Vx,Hx,Wx | VFMSUBADD231PS(rw,r,r) | FMA raises
VEX.66.W1 0F 38 B7 /r | VFMSUBADD231PD Vx,Hx,Wx | VFMSUBADD231PD(rw,r,r) | FMA raises
VEX.66.W0 0F 38 B8 /r | VFMADD231PS Vx,Hx,Wx    | VFMADD231PS(rw,r,r)    | FMA raises
VEX.66.W1 0F 38 B8 /r | VFMADD231PD Vx,Hx,Wx    | VFMADD231PD(rw,r,r)    | FMA raises
VEX.66.W0 0F 38 BA /r | VFMSUB231PS Vx,Hx,Wx    | VFMSUB231PS(rw,r,r)    | FMA raises
VEX.66.W1 0F 38 BA /r | VFMSUB231PD Vx,Hx,Wx    | VFMSUB231PD(rw,r,r)    | FMA raises
VEX.66.W0 0F 38 BC /r | VFNMADD231PS Vx,Hx,Wx   | VFNMADD231PS(rw,r,r)   | FMA raises
VEX.66.W1 0F 38 BC /r | VFNMADD231PD Vx,Hx,Wx   | VFNMADD231PD(rw,r,r)   | FMA raises
VEX.66.W0 0F 38 BE /r | VFNMSUB231PS Vx,Hx,Wx   | VFNMSUB231PS(rw,r,r)   | FMA raises
VEX.66.W1 0F 38 BE /r | VFNMSUB231PD Vx,Hx,Wx   | VFNMSUB231PD(rw,r,r)   | FMA raises
`;

export function VFMADDSUB132PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, x, z, y, FMA_NEGATE_ADDEND, 0);
}

export function VFMADDSUB132PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, x, z, y, FMA_NEGATE_ADDEND, 0);
}

export function VFMSUBADD132PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, x, z, y, 0, FMA_NEGATE_ADDEND);
}

export function VFMSUBADD132PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, x, z, y, 0, FMA_NEGATE_ADDEND);
}

export function VFMADD132PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, x, z, y, 0, 0);
}

export function VFMADD132PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, x, z, y, 0, 0);
}

export function VFMSUB132PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, x, z, y, FMA_NEGATE_ADDEND, FMA_NEGATE_ADDEND);
}

export function VFMSUB132PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, x, z, y, FMA_NEGATE_ADDEND, FMA_NEGATE_ADDEND);
}

export function VFNMADD132PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, x, z, y, FMA_NEGATE_PRODUCT, FMA_NEGATE_PRODUCT);
}

export function VFNMADD132PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, x, z, y, FMA_NEGATE_PRODUCT, FMA_NEGATE_PRODUCT);
}

export function VFNMSUB132PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, x, z, y, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFNMSUB132PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, x, z, y, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFMADDSUB213PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, x, z, FMA_NEGATE_ADDEND, 0);
}

export function VFMADDSUB213PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, x, z, FMA_NEGATE_ADDEND, 0);
}

export function VFMSUBADD213PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, x, z, 0, FMA_NEGATE_ADDEND);
}

export function VFMSUBADD213PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, x, z, 0, FMA_NEGATE_ADDEND);
}

export function VFMADD213PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, x, z, 0, 0);
}

export function VFMADD213PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, x, z, 0, 0);
}

export function VFMSUB213PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, x, z, FMA_NEGATE_ADDEND, FMA_NEGATE_ADDEND);
}

export function VFMSUB213PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, x, z, FMA_NEGATE_ADDEND, FMA_NEGATE_ADDEND);
}

export function VFNMADD213PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, x, z, FMA_NEGATE_PRODUCT, FMA_NEGATE_PRODUCT);
}

export function VFNMADD213PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, x, z, FMA_NEGATE_PRODUCT, FMA_NEGATE_PRODUCT);
}

export function VFNMSUB213PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, x, z, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFNMSUB213PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, x, z, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFMADDSUB231PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, z, x, FMA_NEGATE_ADDEND, 0);
}

export function VFMADDSUB231PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, z, x, FMA_NEGATE_ADDEND, 0);
}

export function VFMSUBADD231PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, z, x, 0, FMA_NEGATE_ADDEND);
}

export function VFMSUBADD231PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, z, x, 0, FMA_NEGATE_ADDEND);
}

export function VFMADD231PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, z, x, 0, 0);
}

export function VFMADD231PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, z, x, 0, 0);
}

export function VFMSUB231PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, z, x, FMA_NEGATE_ADDEND, FMA_NEGATE_ADDEND);
}

export function VFMSUB231PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, z, x, FMA_NEGATE_ADDEND, FMA_NEGATE_ADDEND);
}

export function VFNMADD231PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, z, x, FMA_NEGATE_PRODUCT, FMA_NEGATE_PRODUCT);
}

export function VFNMADD231PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, z, x, FMA_NEGATE_PRODUCT, FMA_NEGATE_PRODUCT);
}

export function VFNMSUB231PS<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f32>(m.at, y, z, x, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}

export function VFNMSUB231PD<M, T, V>(m: M, x: V, y: V, z: V): V {
  return fma<f64>(m.at, y, z, x, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT | FMA_NEGATE_ADDEND);
}
