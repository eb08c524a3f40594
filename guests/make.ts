// npx tsx guests/make.ts [name ...]: makes the guests, or those named, into build/guests/, with a manifest. What is there and whole stays.
import { PackageError } from './debian.ts';
import * as hello from './hello/recipe.ts';
import * as linux from './linux/recipe.ts';
import { install, isCurrent, orderManifest, type Recipe } from './manifest.ts';

const RECIPES: readonly Recipe[] = [hello, ...linux.recipes];

/** The exit code that says: the others are made, but this one cannot be made here. */
const CANNOT_MAKE = 3;

function make(recipe: Recipe): void {
  if (isCurrent(recipe.id, recipe.recipeHash())) return;
  console.error(`vitrine: making guest ${recipe.id} ...`);
  const guest = install(recipe.make());
  const size = guest.files.reduce((sum, file) => sum + file.size, 0);
  console.error(`vitrine: guest ${guest.id}: ${guest.sources.join(', ')}; ${(size / 1e6).toFixed(1)} MB`);
}

function main(names: readonly string[]): number {
  const unknown = names.find((name) => !RECIPES.some(({ id }) => id === name));
  if (unknown !== undefined) {
    console.error(`vitrine: there is no guest "${unknown}"; there are ${RECIPES.map(({ id }) => id).join(', ')}.`);
    return 2;
  }
  let status = 0;
  for (const recipe of RECIPES.filter(({ id }) => names.length === 0 || names.includes(id))) {
    try {
      make(recipe);
    } catch (error) {
      if (!(error instanceof PackageError)) throw error;
      console.error(
        `vitrine: guest ${recipe.id} could not be made (${error.message}); run "npm run build:guests" on a Debian system with access to its package archive, copy build/guests/ from one, or give a kernel and an initrd of your own.`,
      );
      status = CANNOT_MAKE;
    }
  }
  orderManifest();
  return status;
}

process.exitCode = main(process.argv.slice(2));
