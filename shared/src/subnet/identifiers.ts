const subnetName = /^[a-z][a-z0-9-]{0,31}$/;
const taskId = /^[a-z][a-zA-Z0-9-]{0,31}$/;

/** True for a name a subnet may have: it becomes a folder, a metric label and a command-line value. */
export function isSubnetName(value: unknown): value is string {
  return typeof value === "string" && subnetName.test(value);
}

/** True for an id a task or a variant may have: it becomes a URL segment and a metric label. */
export function isTaskId(value: unknown): value is string {
  return typeof value === "string" && taskId.test(value);
}
