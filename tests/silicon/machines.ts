/** The machine that a file of cases wants. */
import type { CaseMachine, SystemTables } from './case-machine.ts';
import { LongMachine } from './long-machine.ts';
import { UserMachine } from './user-machine.ts';

export function createMachine(tables: SystemTables): CaseMachine {
  return tables.long ? new LongMachine(tables) : new UserMachine(tables);
}
