import type { Page } from './page.ts';

const forbidden: readonly RegExp[] = [
  /\bsessions?\b/gi,
  /(?<!user-)\bagents?\b/gi,
  /(?<![\w.])\/(?:work|home|Users|root|tmp)\/\w*/g,
  /\b(?:DESIGN|INTERFACES|STYLE|TRUST|TOOLCHAIN|FACTS)\.md\b/g,
];

/** A vendor's own words. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  // People who answer tickets are agents there.
  'connectors/zendesk/README.md': ['agent', 'agents'],
};

/** Words that speak of how or where the pages were made, and not of what they describe. */
export function findForbiddenWords(page: Page): string[] {
  return page.text.split('\n').flatMap((line, index) =>
    forbidden
      .flatMap((pattern) => [...line.matchAll(pattern)].map(([word]) => word))
      .filter((word) => !(allowed[page.path] ?? []).includes(word.toLowerCase()))
      .map((word) => `${page.path}:${index + 1} says "${word}"`),
  );
}
