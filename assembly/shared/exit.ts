/** Why run() returned; the names follow KVM's exit reasons where one exists. */
export const EXIT_BUDGET = 0;
export const EXIT_HLT = 1;
export const EXIT_SHUTDOWN = 2;
export const EXIT_DEBUG = 3;
/** STATE_INTERCEPT asked for exceptions: vector, error code and address are in STATE_EXIT_DETAIL. */
export const EXIT_EXCEPTION = 4;
/** The host asked for the slice to end (STATE_STOP_REQUEST). */
export const EXIT_STOP = 5;
export const EXIT_NAMES = ['budget', 'hlt', 'shutdown', 'debug', 'exception', 'stop'];
