/** Bytes that all connections together may hold in memory: what peers have not read yet, or have not finished sending. */
export class ByteBudget {
  private readonly limit: number;
  private held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.held;
  }

  /** Counts `by` more bytes (fewer where negative). False when that is more than all may hold; it is counted all the same. */
  add(by: number): boolean {
    this.held += by;
    return this.held <= this.limit;
  }
}
