/**
 * A request whose body is a text that is already there. msw clones every request before it matches, and a body that
 * is a stream costs more to clone than a fake takes to answer.
 */
export class TextRequest extends Request {
  readonly #text: string;

  constructor(
    url: string,
    init: { method: string; headers: Readonly<Record<string, string>> },
    text: string,
  ) {
    super(url, init);
    this.#text = text;
  }

  // The platform's types declare these as properties, so they cannot be overridden by methods.
  override clone = (): this => this;
  override text = async (): Promise<string> => this.#text;
  override json = async (): Promise<unknown> => JSON.parse(this.#text);
  override arrayBuffer = (): Promise<ArrayBuffer> => new Response(this.#text).arrayBuffer();
  override formData = () => new Response(this.#text, { headers: this.headers }).formData();
}
