/** Loads code whose stack traces may be read by a person: maps are turned on first, so that they name the sources. */
export async function withSourceMaps<T>(load: () => Promise<T>): Promise<T> {
  process.setSourceMapsEnabled(true);
  return await load();
}
