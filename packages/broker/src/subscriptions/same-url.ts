/** Whether two texts are one address: vendors write host, default port and percent-encoding in their own way. */
export function isSameUrl(a: string, b: string): boolean {
  return a === b || normal(a) === normal(b);
}

/** A slash at its end apart, which some vendors add: enough only for what is known to be ours by more than its URL. */
export function isNearlySameUrl(a: string, b: string): boolean {
  return normal(a).replace(/\/$/, '') === normal(b).replace(/\/$/, '');
}

function normal(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text;
  url.pathname = url.pathname.replaceAll(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : code.toUpperCase();
  });
  return url.href;
}
