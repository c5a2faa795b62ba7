import { childEnvironment } from "@subnetkit/cli/local/child-environment";
import { localPaths } from "@subnetkit/cli/local/paths";
import { describe, expect, it } from "vitest";

const paths = localPaths("/clone");

describe("what the processes of a network inherit", () => {
  it("is the caller's environment without npm's variables and the bootstrap's", () => {
    const env = childEnvironment(paths, {
      PATH: "/bin",
      HTTPS_PROXY: "http://proxy",
      npm_config_cache: "/x",
      SUBNETKIT_SETUP: "{}",
      INIT_CWD: "/y",
    });
    expect(env).toMatchObject({ PATH: "/bin", HTTPS_PROXY: "http://proxy" });
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(["npm_config_cache"]));
    expect(env["SUBNETKIT_SETUP"]).toBeUndefined();
    expect(env["INIT_CWD"]).toBeUndefined();
  });

  it("keeps temporary files inside the state folder", () => {
    expect(childEnvironment(paths, { TMPDIR: "/tmp" })["TMPDIR"]).toBe("/clone/.subnetkit/tmp");
  });

  it("leaves the allocator to a caller who has set it", () => {
    expect(childEnvironment(paths, { MALLOC_ARENA_MAX: "8" })["MALLOC_ARENA_MAX"]).toBe("8");
    expect(childEnvironment(paths, {})["MALLOC_ARENA_MAX"]).toBe("2");
  });
});
