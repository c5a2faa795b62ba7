import { existsSync, statSync } from "node:fs";
import type { SubnetDefinition } from "@subnetkit/shared/subnet/define-subnet";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import { compileSubnet, findSubnet } from "../local/network/subnet-file.ts";
import { localPaths } from "../local/paths.ts";
import { cloneRoot } from "../system/clone-root.ts";

/** The definition of a built-in subnet, of a subnet's source file, or of a file that was compiled before (.mjs). Throws as compiling and loading do. */
export async function readDefinition(nameOrPath: string): Promise<SubnetDefinition> {
  const compiled = nameOrPath.endsWith(".mjs") && existsSync(nameOrPath) && statSync(nameOrPath).isFile();
  if (compiled) return await loadSubnetDefinition(nameOrPath);
  const root = cloneRoot();
  const source = findSubnet(nameOrPath, { root, cwd: process.cwd() });
  return (await compileSubnet(source, { root, buildDir: localPaths(root).build })).definition;
}
