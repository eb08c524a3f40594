/** The imports of the core, declared in env.ts. What asks a device cannot be done twice, so a compared run ends with it. */
import { spoil } from '../jit/lockstep-log';
import * as env from './env';

export {
  mmioRead,
  mmioWrite,
  acknowledgeInterrupt,
  apicEoi,
  unimplemented,
  systemEvent,
  installModule,
  dropModule,
  dropModules,
  divergence,
} from './env';

export function portIn(port: i32, width: i32): i32 {
  spoil();
  return env.portIn(port, width);
}

export function portOut(port: i32, width: i32, value: i32): void {
  spoil();
  env.portOut(port, width, value);
}

export function ferr(level: i32): void {
  spoil();
  env.ferr(level);
}
