/** `npm run docs:accuracy`: writes docs/accuracy.md. */
import { writeFileSync } from 'node:fs';
import { ACCURACY_PAGE, accuracyPage } from './accuracy.ts';

writeFileSync(ACCURACY_PAGE, accuracyPage());
