// An IBM enhanced keyboard with 105 keys (IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-key)").
// Not implemented: scan code set 3 (refused) and its key types (F7-FD, acknowledged without effect), the variants of
// PrintScreen and Pause with modifiers, the time a reset takes (its answer comes at once).
import type { Timer } from './clock.ts';
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterTable,
  type Region,
} from './device.ts';
import { set1OfSet2, type Ps2Device } from './ps2.ts';
import { copyFields, StateReader } from './snapshot.ts';

const ACK = 0xfa;
const RESEND = 0xfe;
const BAT_PASSED = 0xaa;
const ECHO = 0xee;
const ID = [0xab, 0x83] as const;
const BREAK = 0xf0;
/** The keyboard's own buffer; a key too many leaves an overrun code in it. */
const BUFFER_SIZE = 16;
/** 10.9 characters per second after half a second (F6, "Set default"). */
const DEFAULT_TYPEMATIC = 0x2b;
const STATE_VERSION = 1;

/** Make codes of set 2 by the W3C's names of key positions; 0xE0 in the high byte is a prefix. */
const MAKE_CODES = new Map(
  `KeyA 1c, KeyB 32, KeyC 21, KeyD 23, KeyE 24, KeyF 2b, KeyG 34, KeyH 33, KeyI 43, KeyJ 3b, KeyK 42, KeyL 4b, KeyM 3a,
  KeyN 31, KeyO 44, KeyP 4d, KeyQ 15, KeyR 2d, KeyS 1b, KeyT 2c, KeyU 3c, KeyV 2a, KeyW 1d, KeyX 22, KeyY 35, KeyZ 1a,
  Digit0 45, Digit1 16, Digit2 1e, Digit3 26, Digit4 25, Digit5 2e, Digit6 36, Digit7 3d, Digit8 3e, Digit9 46,
  Backquote 0e, Minus 4e, Equal 55, Backslash 5d, BracketLeft 54, BracketRight 5b, Semicolon 4c, Quote 52, Comma 41,
  Period 49, Slash 4a, IntlBackslash 61, IntlRo 51, IntlYen 6a, Backspace 66, Space 29, Tab 0d, Enter 5a, Escape 76,
  CapsLock 58, NumLock 77, ScrollLock 7e, ShiftLeft 12, ShiftRight 59, ControlLeft 14, ControlRight e014, AltLeft 11,
  AltRight e011, MetaLeft e01f, MetaRight e027, ContextMenu e02f, F1 05, F2 06, F3 04, F4 0c, F5 03, F6 0b, F7 83,
  F8 0a, F9 01, F10 09, F11 78, F12 07, Insert e070, Delete e071, Home e06c, End e069, PageUp e07d, PageDown e07a,
  ArrowUp e075, ArrowDown e072, ArrowLeft e06b, ArrowRight e074, Numpad0 70, Numpad1 69, Numpad2 72, Numpad3 7a,
  Numpad4 6b, Numpad5 73, Numpad6 74, Numpad7 6c, Numpad8 75, Numpad9 7d, NumpadDecimal 71, NumpadAdd 79,
  NumpadSubtract 7b, NumpadMultiply 7c, NumpadDivide e04a, NumpadEnter e05a`
    .split(',')
    .map((entry): [string, number] => {
      const [name = '', code = ''] = entry.trim().split(' ');
      return [name, Number.parseInt(code, 16)];
    }),
);
/** Two keys that send sequences: PrintScreen as with a shift before it, Pause without a break. */
const PRINT_SCREEN_MAKE = [0xe012, 0xe07c] as const;
const PRINT_SCREEN_BREAK = [0xe07c, 0xe012] as const;
const PAUSE_SET2 = [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77] as const;
const PAUSE_SET1 = [0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5] as const;

export class Ps2Keyboard implements Device, Ps2Device {
  readonly id = 'keyboard';
  readonly registers: RegisterTable;
  onData: () => void = () => {};
  readonly #context: DeviceContext;
  readonly #typematic: Timer;
  readonly #fields = {
    scanCodeSet: 2,
    leds: 0,
    typematic: DEFAULT_TYPEMATIC,
    isEnabled: true,
    /** The command whose parameter comes next, or 0. */
    awaits: 0,
    lastByte: 0,
    /** Make code of the key that repeats, or 0. */
    repeating: 0,
    repeatNs: -1,
  };
  #queue: number[] = [];

  constructor(context: DeviceContext) {
    this.#context = context;
    this.#typematic = context.clock.timer((deadlineNs) => {
      this.#repeat(deadlineNs);
    });
    const f = this.#fields;
    this.registers = registerTable('PS/2 Hardware Interface, Keyboards', [
      ['LEDs', 0xed, 'wo', 1, 'Set/reset status indicators', () => f.leds, 'SCROLL NUM CAPS'],
      ['scan code set', 0xf0, 'rw', 1, 'Select alternate scan codes', () => f.scanCodeSet],
      ['typematic', 0xf3, 'wo', 1, 'Set typematic rate/delay', () => f.typematic, 'RATE:5 DELAY:2'],
    ]);
  }

  /** Scroll, Num and Caps Lock as the guest shows them, for the page. */
  get leds(): number {
    return this.#fields.leds;
  }

  /** A key by its W3C position name (`KeyboardEvent.code`). Repeats of the host are not passed: the keyboard has its own. */
  key(code: string, isDown: boolean): void {
    if (!this.#fields.isEnabled) return;
    const bytes = this.#keyBytes(code, isDown);
    if (bytes.length === 0) return;
    this.#setRepeating(isDown ? (MAKE_CODES.get(code) ?? 0) : 0);
    this.#enqueueKey(bytes);
  }

  regions(): readonly Region[] {
    return [];
  }

  reset(): void {
    this.#queue = [];
    this.#fields.awaits = 0;
    this.#fields.lastByte = 0;
    this.#fields.leds = 0;
    this.#setDefaults();
    this.#fields.isEnabled = true;
  }

  save(): DeviceState {
    return { version: STATE_VERSION, ...copyFields(this.#fields), queue: [...this.#queue] };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    reader.fill(this.#fields);
    this.#queue = reader.numbers('queue', 2 * BUFFER_SIZE);
    this.#typematic.load(this.#fields.repeatNs < 0 ? null : this.#fields.repeatNs);
  }

  receive(): number {
    const byte = this.#queue.shift() ?? -1;
    if (byte >= 0) this.#fields.lastByte = byte;
    return byte;
  }

  send(byte: number): void {
    const f = this.#fields;
    const command = f.awaits;
    f.awaits = 0;
    // A byte from 0xED up in place of a parameter is a new command ("the keyboard ... processes the new command").
    if (command !== 0 && byte < 0xed) this.#parameter(command, byte);
    else this.#command(byte);
    if (this.#queue.length > 0) this.onData();
  }

  #command(byte: number): void {
    const f = this.#fields;
    switch (byte) {
      case 0xed:
      case 0xf0:
      case 0xf3:
      case 0xfb:
      case 0xfc:
      case 0xfd:
        f.awaits = byte;
        this.#answer(ACK);
        break;
      case 0xee:
        this.#answer(ECHO);
        break;
      case 0xf2:
        this.#answer(ACK, ...ID);
        break;
      case 0xf4:
        this.#clear(true);
        this.#answer(ACK);
        break;
      case 0xf5:
        this.#setDefaults();
        this.#clear(false);
        this.#answer(ACK);
        break;
      case 0xf6:
        this.#setDefaults();
        this.#clear(f.isEnabled);
        this.#answer(ACK);
        break;
      case 0xf7:
      case 0xf8:
      case 0xf9:
      case 0xfa:
        this.#answer(ACK);
        break;
      case 0xfe:
        this.#answer(f.lastByte);
        break;
      case 0xff:
        this.reset();
        this.#answer(ACK, BAT_PASSED);
        break;
      default:
        this.#answer(RESEND);
    }
  }

  #parameter(command: number, byte: number): void {
    const f = this.#fields;
    if (command === 0xed) f.leds = byte & 7;
    if (command === 0xf3) f.typematic = byte & 0x7f;
    if (command !== 0xf0) {
      this.#answer(ACK);
      return;
    }
    if (byte === 0) {
      this.#answer(ACK, f.scanCodeSet);
    } else if (byte === 1 || byte === 2) {
      f.scanCodeSet = byte;
      this.#answer(ACK);
    } else {
      this.#context.log.unimplemented(`keyboard scan code set ${byte}`);
      this.#answer(RESEND);
    }
  }

  #answer(...bytes: number[]): void {
    // The host sends nothing new before it has the answer; one that does anyway loses answers, as with a real keyboard.
    if (this.#queue.length + bytes.length <= 2 * BUFFER_SIZE) this.#queue.push(...bytes);
  }

  #clear(isEnabled: boolean): void {
    this.#queue = [];
    this.#fields.isEnabled = isEnabled;
    this.#setRepeating(0);
  }

  #setDefaults(): void {
    this.#fields.typematic = DEFAULT_TYPEMATIC;
    this.#fields.scanCodeSet = 2;
    this.#setRepeating(0);
  }

  #enqueueKey(bytes: readonly number[]): void {
    if (this.#queue.length + bytes.length <= BUFFER_SIZE) this.#queue.push(...bytes);
    else if (this.#queue.length <= BUFFER_SIZE) this.#queue.push(this.#fields.scanCodeSet === 1 ? 0xff : 0x00);
    this.onData();
  }

  #keyBytes(code: string, isDown: boolean): readonly number[] {
    const isSet1 = this.#fields.scanCodeSet === 1;
    if (code === 'Pause') {
      if (!isDown) return [];
      return isSet1 ? PAUSE_SET1 : PAUSE_SET2;
    }
    if (code === 'PrintScreen') {
      return (isDown ? PRINT_SCREEN_MAKE : PRINT_SCREEN_BREAK).flatMap((make) => this.#bytesOf(make, isDown));
    }
    const make = MAKE_CODES.get(code);
    return make === undefined ? [] : this.#bytesOf(make, isDown);
  }

  #bytesOf(make: number, isDown: boolean): number[] {
    const prefix = make > 0xff ? [make >> 8] : [];
    const code = make & 0xff;
    if (this.#fields.scanCodeSet === 1) return [...prefix, set1OfSet2(code) | (isDown ? 0 : 0x80)];
    return isDown ? [...prefix, code] : [...prefix, BREAK, code];
  }

  /** Delay of 250 ms to 1 s, then a period of (8 + A) * 2^B * 4.17 ms ("Set typematic rate/delay"). */
  #setRepeating(make: number): void {
    const f = this.#fields;
    f.repeating = make;
    const delayNs = (((f.typematic >> 5) & 3) + 1) * 250e6;
    this.#armRepeat(make === 0 ? -1 : this.#context.clock.now() + delayNs);
  }

  #repeat(deadlineNs: number): void {
    const f = this.#fields;
    this.#enqueueKey(this.#bytesOf(f.repeating, true));
    const periodNs = Math.round((8 + (f.typematic & 7)) * 2 ** ((f.typematic >> 3) & 3) * 4.17e6);
    this.#armRepeat(Math.max(deadlineNs + periodNs, this.#context.clock.now()));
  }

  #armRepeat(deadlineNs: number): void {
    this.#fields.repeatNs = deadlineNs;
    this.#typematic.load(deadlineNs < 0 ? null : deadlineNs);
  }
}
