/** A JSON document from one of our own status pages, or undefined when it does not answer well within `timeoutMs`. At most 4 MB is read. */
export async function getJson(url: string, timeoutMs: number): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    return text.length > 4 * 1024 * 1024 ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when a page answers with a 2xx within `timeoutMs`. */
export async function isOk(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
