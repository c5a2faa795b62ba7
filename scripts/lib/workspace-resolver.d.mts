import type { Plugin } from "esbuild";

export function workspaceResolver(root: string): Plugin;
