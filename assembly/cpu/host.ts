/** The imports of the core, declared in env.ts. */
export {
  portIn,
  portOut,
  mmioRead,
  mmioWrite,
  acknowledgeInterrupt,
  apicEoi,
  ferr,
  unimplemented,
  systemEvent,
  installModule,
  dropModules,
} from './env';
