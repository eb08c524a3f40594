// Debian packages of another architecture, with apt's own tools and the host's sources, without touching the host's packages:
// lists, cache and package state are private folders under build/debian/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/set-up.mjs';

/** Why there can be no package, in words for the user. */
export class PackageError extends Error {}

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

const TOOLS = ['apt-get', 'apt-cache', 'dpkg-deb', 'tar'];
/** The last release with 32-bit kernels: asked for what the host's own release has not. */
const OLDER_RELEASE = 'bookworm';

export class Archive {
  readonly #folder = join(ROOT, 'build/debian');
  readonly #architecture: string;
  readonly #options: string[];

  constructor(architecture: string) {
    const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error);
    if (missing.length > 0) throw new PackageError(`this system lacks ${missing.join(', ')}`);
    this.#architecture = architecture;
    const state = join(this.#folder, 'state');
    const cache = join(this.#folder, 'cache');
    for (const path of [join(state, 'lists/partial'), join(cache, 'archives/partial')])
      mkdirSync(path, { recursive: true });
    // An empty package state: nothing is installed, so nothing conflicts.
    const status = join(this.#folder, 'status');
    if (!existsSync(status)) writeFileSync(status, '');
    const settings = {
      'Dir::State': state,
      'Dir::State::status': status,
      'Dir::Cache': cache,
      'APT::Architecture': architecture,
      'APT::Architectures::': architecture,
      'APT::Get::List-Cleanup': 'false',
      // The private folders need not be readable for apt's own user.
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
    };
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  }

  /**
   * Fetches the package lists, the older release's too if the host's own has no package `wanted`. A list that cannot be had is
   * no failure yet: whether a package is found decides.
   */
  update(wanted: string): void {
    this.#run('apt-get', ['update', '-q']);
    if (this.#show(wanted) !== '') return;
    const source = this.#debianSource();
    if (source === undefined) return;
    const list = join(this.#folder, 'sources.list');
    writeFileSync(list, `deb ${source} ${OLDER_RELEASE} main\n`);
    this.#options.push('-o', `Dir::Etc::sourcelist=${list}`, '-o', 'Dir::Etc::sourceparts=-');
    this.#run('apt-get', ['update', '-q']);
  }

  /** The packages that one depends on. */
  dependencies(name: string): string[] {
    const line = /^Depends: (.*)$/m.exec(this.#show(name))?.[1];
    if (line === undefined) throw new PackageError(`the package lists have no ${name}`);
    return line.split(',').map((part) => part.trim().split(' ')[0] ?? '');
  }

  /** Downloads the newest version of the first of the names that there is, unless it is in the cache already. */
  download(...names: readonly string[]): Package {
    for (const name of names) {
      const record = this.#show(name);
      const version = /^Version: (.*)$/m.exec(record)?.[1];
      if (version === undefined) continue;
      const folder = join(this.#folder, 'packages');
      mkdirSync(folder, { recursive: true });
      // apt writes an epoch's colon as %3a in the file's name, and checks the hash of a file that is already there.
      const result = this.#run('apt-get', ['download', '-q', name], folder);
      const prefix = `${name}_${version.replaceAll(':', '%3a')}_`;
      // The same version of another architecture may lie beside it.
      const file = [this.#architecture, 'all']
        .map((architecture) => `${prefix}${architecture}.deb`)
        .find((entry) => existsSync(join(folder, entry)));
      if (result.status !== 0 || file === undefined)
        throw new PackageError(`apt-get could not download ${name}: ${lastLine(result.stderr)}`);
      return { name, version, path: join(folder, file) };
    }
    throw new PackageError(`the package lists have none of ${names.join(', ')}`);
  }

  #show(name: string): string {
    return this.#run('apt-cache', ['show', '--no-all-versions', name]).stdout;
  }

  /** The place that the host's own Debian packages come from. */
  #debianSource(): string | undefined {
    const format = '$(ORIGIN) $(COMPONENT) $(REPO_URI)';
    const lines = this.#run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).stdout.split('\n');
    const line = lines.find((text) => text.startsWith('Debian main ') && !text.includes('security'));
    return line?.split(' ')[2];
  }

  #run(
    command: string,
    args: readonly string[],
    folder = this.#folder,
  ): { status: number | null; stdout: string; stderr: string } {
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const result = spawnSync(command, [...this.#options, ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    if (result.error) throw new PackageError(`${command} did not run: ${result.error.message}`);
    return result;
  }
}

/** For each pattern the first file of the package whose path matches. */
export function readPackageFiles(archive: Package, patterns: readonly RegExp[]): Uint8Array[] {
  const tar = spawnSync('dpkg-deb', ['--fsys-tarfile', archive.path], { maxBuffer: 1 << 30 });
  if (tar.status !== 0)
    throw new PackageError(`dpkg-deb could not read ${archive.name}: ${lastLine(tar.stderr.toString())}`);
  const paths = spawnSync('tar', ['-t'], { input: tar.stdout, encoding: 'utf8', maxBuffer: 1 << 26 }).stdout.split(
    '\n',
  );
  return patterns.map((pattern) => {
    const path = paths.find((entry) => pattern.test(entry));
    if (path === undefined) throw new PackageError(`${archive.name} ${archive.version} has no file ${pattern.source}`);
    const file = spawnSync('tar', ['-xO', path], { input: tar.stdout, maxBuffer: 1 << 30 });
    if (file.status !== 0) throw new PackageError(`tar could not unpack ${path}`);
    return new Uint8Array(file.stdout);
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
