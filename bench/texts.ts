// What the workloads work on: texts by chance, the same every time.

function generator(): (limit: number) => number {
  let seed = 1;
  return (limit) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
}

/** Words, the frequent ones often, in lines of about 60 letters: a megabyte. */
export function makeText(): string {
  const random = generator();
  const words = Array.from({ length: 4000 }, () =>
    Array.from({ length: 2 + random(9) }, () => 'etaoinshrdlucmfwypvbgk'[Math.min(random(22), random(22))]).join(''),
  );
  let text = '';
  let line = '';
  while (text.length < 1 << 20) {
    line += `${words[Math.min(random(4000), random(4000), random(4000))]} `;
    if (line.length < 60) continue;
    text += `${line.trimEnd()}\n`;
    line = '';
  }
  return text;
}

const PROGRAM_BYTES = 1 << 19;
const OPERATORS = ['+', '-', '*', '^', '&', '|'];
const HEAD = `/* Written by bench/texts.ts. */
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
typedef unsigned int u32;
enum kind { RED, GREEN, BLUE, KINDS };
struct node { struct node *next; u32 key; enum kind kind; char name[12]; };
static struct node nodes[64];
static u32 table[256];
u32 function0(u32 a, u32 b) { return a + b; }
`;

/** A C program without headers, half a megabyte: declarations, macros, expressions, loops, switches, structures, strings. */
export function makeProgram(): string {
  const random = generator();
  const operand = (): string =>
    ['a', 'b', 'c', 'i', String(random(1000)), `table[(a + ${random(99)}) % SIZE(table)]`, `n->key`][random(7)] ?? 'a';
  const expression = (depth: number): string =>
    depth === 0
      ? operand()
      : `(${expression(depth - 1)} ${OPERATORS[random(OPERATORS.length)]} ${expression(random(depth))})`;
  const statements = (functions: number): readonly (() => string)[] => [
    () => `c = ${expression(3)};`,
    () => `for (i = 0; i < ${2 + random(30)}; i++) table[i] ${OPERATORS[random(6)]}= ${expression(2)};`,
    () => `if (${expression(1)} > ${expression(1)}) a += ${expression(2)}; else b = MIN(${operand()}, ${operand()});`,
    () => `c += function${random(functions)}(${expression(1)}, ${expression(1)});`,
    () => `while (n->next && n->kind != ${['RED', 'GREEN', 'BLUE'][random(3)]}) n = n->next;`,
    () => `n->name[${random(12)}] = "${random(2 ** 31).toString(36)}"[${random(3)}];`,
    () =>
      `switch (a % ${4 + random(4)}) { case 0: b++; break; case 1: c = ${expression(2)}; case 2: a--; break; default: b ^= a >> ${1 + random(7)}; }`,
  ];
  let text = HEAD;
  for (let functions = 1; text.length < PROGRAM_BYTES; functions++) {
    const choices = statements(functions);
    const body = Array.from({ length: 6 + random(14) }, () => `  ${choices[random(choices.length)]?.()}\n`).join('');
    text += `\nu32 function${functions}(u32 a, u32 b) {\n  struct node *n = &nodes[a % SIZE(nodes)];\n  u32 c = 0, i = 0;\n${body}  return a ^ b ^ c;\n}\n`;
  }
  return text;
}
