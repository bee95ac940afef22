export { encodeForm, type FormValue } from './encode-form.ts';
export { matchResults } from './match-results.ts';
export { collect, type Page, pages } from './paging.ts';
export { parseAnswer, parseWritten } from './parse-answer.ts';
